//! The user of the target is a member of all roles that will own something, for the time of the migration.

use std::collections::BTreeSet;

use crate::facts::DatabasePair;
use crate::migrate::context::Source;
use crate::migrate::error::MigrateError;
use crate::migrate::event::Event;
use crate::migrate::roles;
use crate::migrate::run::Run;
use crate::outcome::Deviation;
use crate::pg::literal;
use crate::server::{Session, doing};

/// Makes the user a member where it is not. Memberships that an interrupted run has granted are among the answer, since
/// they are to be revoked too.
pub(super) async fn grant(
    run: &Run<'_>,
    pair: &DatabasePair,
    control: &Session,
    source: &Source,
) -> Result<Vec<String>, MigrateError> {
    let owner_of_entry = |e: &crate::plan::Entry| e.owner.clone().filter(|o| e.owner_statement(o).is_some());
    let mut owners: BTreeSet<String> = source.entries.iter().filter_map(owner_of_entry).collect();
    owners.insert(source.facts.owner.clone());
    if run.plan.overwrite {
        // Only its owner may drop the database that is to be replaced.
        let sql = format!(
            "select pg_catalog.pg_get_userbyid(datdba) from pg_catalog.pg_database where datname = {}",
            literal(&pair.target)
        );
        let there = control.single_text(&sql).await;
        owners.extend(there.map_err(doing(format!("ask who owns database {} on the target", pair.target)))?);
    }
    let missing = roles::cannot_own(control, &run.user, &owners, run.target_version).await?;
    let mut granted = run.before(pair).map(|before| before.lent.clone()).unwrap_or_default();
    granted.extend(missing.iter().cloned());
    if !missing.is_empty() {
        (run.events)(Event::RolesLent { database: pair.source.clone(), roles: missing.clone() });
        roles::become_able_to_own(control, &run.user, &missing).await?;
    }
    Ok(granted.into_iter().collect())
}

/// Revokes them. What could not be revoked is the answer.
pub(super) async fn revoke(run: &Run<'_>, control: &Session, granted: &[String]) -> Vec<Deviation> {
    roles::give_back(control, &run.user, granted).await
}

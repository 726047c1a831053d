//! The user of the target is a member of the roles it acts for, for the time of the migration.

use crate::facts::DatabasePair;
use crate::migrate::context::Source;
use crate::migrate::error::MigrateError;
use crate::migrate::event::Event;
use crate::migrate::memberships;
use crate::migrate::run::Run;
use crate::outcome::Deviation;
use crate::server::{Session, cell_text, doing};

/// Makes the user a member where it is not and may be. Memberships that an interrupted run has granted are among the
/// answer, since they are to be revoked too.
pub(super) async fn grant(
    run: &Run<'_>,
    pair: &DatabasePair,
    control: &Session,
    source: &Source,
) -> Result<Vec<String>, MigrateError> {
    let mut roles = memberships::acting_roles(&source.entries);
    roles.insert(source.facts.owner.clone());
    let large =
        "select distinct pg_catalog.pg_get_userbyid(m.lomowner) from pg_catalog.pg_largeobject_metadata m";
    let rows =
        source.snapshot.session.rows(large).await.map_err(doing("list the owners of large objects"))?;
    roles.extend(rows.iter().map(|row| run.plan.role_map.name(&cell_text(row, 0)).to_owned()));
    // Who replaces a database acts for its owner too.
    let replaced = run.plan.overwrite.then_some(pair.target.as_str());
    let missing = memberships::missing(control, &run.user, run.target_version, &roles, replaced).await?;
    let mut granted = run.before(pair).map(|before| before.lent.clone()).unwrap_or_default();
    if !missing.is_empty() {
        (run.events)(Event::RolesLent { database: pair.source.clone(), roles: missing.clone() });
    }
    for role in missing {
        match memberships::grant(control, &run.user, &role).await {
            Ok(()) => {
                granted.insert(role);
            }
            // What needs the membership is refused, and listed with its reason.
            Err(error) if error.is_refusal() => {}
            Err(error) => {
                revoke(run, control, &granted.into_iter().collect::<Vec<_>>()).await;
                return Err(error);
            }
        }
    }
    Ok(granted.into_iter().collect())
}

/// Revokes them. What could not be revoked is the answer.
pub(super) async fn revoke(run: &Run<'_>, control: &Session, granted: &[String]) -> Vec<Deviation> {
    memberships::revoke(control, &run.user, granted).await
}

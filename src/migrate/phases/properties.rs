//! The database gets its comment, limit, settings, grants and owner.

use crate::migrate::context::Context;
use crate::migrate::database::MAINTENANCE_DATABASE;
use crate::migrate::error::MigrateError;
use crate::migrate::refusal::SUPERUSER;
use crate::outcome::{Deviation, DeviationKind};
use crate::server::doing;

/// Runs the statements. What the target refuses is listed.
pub(super) async fn set(cx: &mut Context<'_>) -> Result<(), MigrateError> {
    let database = &cx.pair.target;
    let is_the_providers = database == MAINTENANCE_DATABASE && !cx.run.user.superuser;
    for (what, statement) in cx.source.facts.finish_statements(database) {
        let preposition = if what.contains(" of role ") { "in" } else { "of" };
        let what = format!("{what} {preposition} database {database}");
        if is_the_providers {
            cx.properties_refused = true;
            let reason = "was left out: the database is the provider's, only its contents are migrated";
            cx.outcome.deviations.push(
                Deviation::new(DeviationKind::LeftOut, what, reason)
                    .with_sql(statement, "the owner of the database"),
            );
            continue;
        }
        if let Err(error) = cx.control.execute(&statement).await {
            if !cx.target.lists_refusals || !error.is_refusal() {
                return Err(doing(format!("set {what} ({statement})"))(error).into());
            }
            cx.properties_refused = true;
            cx.outcome.deviations.push(
                Deviation::new(DeviationKind::Refused, what, format!("was refused: {error}"))
                    .with_sql(statement, SUPERUSER),
            );
        }
    }
    Ok(())
}

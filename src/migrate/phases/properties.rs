//! The database gets its comment, limit, settings, grants and owner.

use crate::migrate::context::Context;
use crate::migrate::error::MigrateError;
use crate::outcome::{Deviation, DeviationKind};
use crate::server::doing;

/// Runs the statements. What the target refuses to a user without superuser rights is told.
pub(super) async fn set(cx: &mut Context<'_>) -> Result<(), MigrateError> {
    let database = &cx.pair.target;
    for (_, statement) in cx.source.facts.finish_statements(database) {
        if let Err(error) = cx.control.execute(&statement).await {
            if cx.run.user.superuser || !error.is_refusal() {
                return Err(doing(format!("finish database {database} ({statement})"))(error).into());
            }
            cx.properties_refused = true;
            let object = format!("a setting or grant of database {database}");
            let refused = format!("was refused by the target: {statement}: {error}");
            cx.outcome.deviations.push(
                Deviation::new(DeviationKind::Refused, object, refused)
                    .with_sql(statement, "a superuser of the target"),
            );
        }
    }
    Ok(())
}

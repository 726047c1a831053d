//! What event triggers do when materialized views are refreshed.
//!
//! `pg_restore` refreshes materialized views after it has created the event triggers, which then fire for that: one that logs
//! has a line more. We refresh before (`Stage::Refresh`), and here once more where a trigger would fire.

use crate::migrate::context::Context;
use crate::migrate::error::MigrateError;
use crate::outcome::{Deviation, DeviationKind};
use crate::plan::Stage;
use crate::server::{ProbeError, Session, cell_text, doing};

/// The event triggers of the copy that fire when a materialized view is refreshed.
const FIRING: &str = "select e.evtname from pg_catalog.pg_event_trigger e \
      where e.evtenabled in ('O', 'A') and e.evtevent in ('ddl_command_start', 'ddl_command_end') \
        and (e.evttags is null or 'REFRESH MATERIALIZED VIEW' = any (e.evttags)) order by 1";

/// Our sessions start without event triggers where that can be said.
const SWITCH_ON: &str = "select pg_catalog.set_config('event_triggers', 'on', true) \
      where pg_catalog.current_setting('event_triggers', true) = 'off'";

/// Refreshes the materialized views once more where event triggers fire for that. They are filled already: one that a
/// trigger refuses stays as it is, and is told.
pub(super) async fn refresh_again(cx: &mut Context<'_>) -> Result<(), MigrateError> {
    let views = cx.graph.stages.positions(Stage::Refresh);
    if views.is_empty() {
        return Ok(());
    }
    let rows = cx.session.rows(FIRING).await.map_err(doing("list the event triggers of the target"))?;
    if rows.is_empty() {
        return Ok(());
    }
    let mut reason =
        "fires when a materialized view is refreshed: what it does then is in the copy, as after pg_restore"
            .to_owned();
    for position in views {
        let entry = &cx.source.entries[*position];
        if let Err(error) = refresh(&cx.session, &entry.definition).await {
            cx.session.execute("rollback").await.map_err(doing("end a transaction on the target"))?;
            reason = format!("refuses to have {} refreshed, which was filled before: {error}", entry.title());
        }
    }
    let triggers: Vec<String> = rows.iter().map(|row| cell_text(row, 0)).collect();
    let object = format!("event trigger {}", triggers.join(", "));
    cx.outcome.deviations.push(Deviation::new(DeviationKind::Note, object, reason));
    Ok(())
}

async fn refresh(session: &Session, definition: &str) -> Result<(), ProbeError> {
    session.execute("begin").await?;
    session.execute(SWITCH_ON).await?;
    session.execute(definition).await?;
    session.execute("commit").await
}

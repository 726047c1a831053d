//! Everything that comes before the data.

use crate::migrate::context::Context;
use crate::migrate::error::MigrateError;
use crate::migrate::event::Event;
use crate::migrate::phases::resumed;
use crate::migrate::resume::Start;
use crate::outcome::Deviation;
use crate::server::doing;

/// Restores it, or finds what of an interrupted run still counts.
pub(super) async fn restore(cx: &mut Context<'_>) -> Result<(), MigrateError> {
    if cx.start == Start::Data {
        cx.outcome.objects = cx.before.schema.unwrap_or(0);
        return resumed::compare_with_source(cx).await;
    }
    cx.note_source();
    drop_public(cx).await?;
    cx.restore_pre_data().await?;
    cx.tell(Event::SchemaMade { database: cx.database(), objects: cx.outcome.objects });
    Ok(())
}

/// Drops the schema `public` of the new database where the source has none of that name: `pg_dump` does not say so. What
/// another user's server refuses is told.
async fn drop_public(cx: &mut Context<'_>) -> Result<(), MigrateError> {
    const IS_MISSING: &str =
        "select not exists (select from pg_catalog.pg_namespace n where n.nspname = 'public')";
    let source = &cx.source.snapshot.session;
    let is_missing =
        source.single_text(IS_MISSING).await.map_err(doing("look for schema public on the source"))?;
    if is_missing.as_deref() != Some("t") {
        return Ok(());
    }
    let why = if cx.was_there {
        "the database existed".to_owned()
    } else {
        match cx.session.execute("drop schema if exists public").await {
            Ok(()) => return Ok(()),
            // Before 15 it belongs to the superuser who made the server.
            Err(error) if error.is_refusal() => error.to_string(),
            Err(error) => return Err(doing("drop schema public on the target")(error).into()),
        }
    };
    let reason = format!("is on the target, and not on the source: {why}");
    let deviation = Deviation::changed("schema public", reason).with_sql("DROP SCHEMA public", "its owner");
    cx.outcome.deviations.push(deviation);
    Ok(())
}

//! Everything that comes before the data.

use std::sync::Arc;

use crate::migrate::context::Context;
use crate::migrate::error::MigrateError;
use crate::migrate::event::Event;
use crate::migrate::phases::resumed;
use crate::migrate::resume::Start;
use crate::migrate::schema;
use crate::plan::{Entry, Stage};

/// Archive entries restored in one transaction: few enough for any lock table.
const BATCH_ENTRIES: usize = 50;

/// Restores it, or finds what of an interrupted run still counts.
pub(super) async fn restore(cx: &mut Context<'_>) -> Result<(), MigrateError> {
    if cx.start == Start::Data {
        cx.outcome.objects = cx.before.schema.unwrap_or(0);
        return resumed::compare_with_source(cx).await;
    }
    cx.note_source();
    let source = Arc::clone(&cx.source);
    let entries: Vec<&Entry> =
        cx.graph.stages.positions(Stage::PreData).iter().map(|position| &source.entries[*position]).collect();
    cx.say(format!("creating {} objects", entries.len()));
    for batch in entries.chunks(BATCH_ENTRIES) {
        // Many entries in one transaction spare round trips and commits. If one fails, none of them is there, and
        // they are restored one by one to find which.
        if cx.target.superuser && schema::create_batch(&cx.session, batch, &cx.target).await {
            cx.outcome.objects += batch.len();
            continue;
        }
        for entry in batch {
            cx.restore(entry).await?;
        }
    }
    cx.tell(Event::SchemaMade { database: cx.database(), objects: cx.outcome.objects });
    Ok(())
}

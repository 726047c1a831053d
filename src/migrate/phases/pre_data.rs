//! Everything that comes before the data.

use crate::migrate::context::Context;
use crate::migrate::error::MigrateError;
use crate::migrate::event::Event;
use crate::migrate::phases::resumed;
use crate::migrate::resume::Start;

/// Restores it, or finds what of an interrupted run still counts.
pub(super) async fn restore(cx: &mut Context<'_>) -> Result<(), MigrateError> {
    if cx.start == Start::Data {
        cx.outcome.objects = cx.before.schema.unwrap_or(0);
        return resumed::compare_with_source(cx).await;
    }
    cx.note_source();
    cx.restore_pre_data().await?;
    cx.tell(Event::SchemaMade { database: cx.database(), objects: cx.outcome.objects });
    Ok(())
}

//! Statistics of the new database.

use crate::migrate::context::Context;
use crate::migrate::error::MigrateError;
use crate::server::doing;

/// Tables that are analyzed by one statement.
const BATCH_ANALYZED: usize = 100;

/// Gathers statistics of all that a bare ANALYZE looks at, catalogs included, over several sessions.
pub(super) async fn analyze(cx: &mut Context<'_>) -> Result<(), MigrateError> {
    cx.say("analyzing");
    let run = cx.run;
    let failed = || doing("analyze the target");
    // One statement for several tables came with 11. Partitions are looked at with the table they are of.
    if run.target_version < 110_000 || run.workers < 2 {
        return Ok(cx.session.execute("analyze").await.map_err(failed())?);
    }
    let sql = "select c.oid::pg_catalog.regclass from pg_catalog.pg_class c \
                   where c.relkind in ('r', 'm', 'p') and not c.relispartition and c.relpersistence <> 't' order by c.relpages desc, c.oid";
    let rows = cx.session.rows(sql).await.map_err(failed())?;
    let names: Vec<String> = rows.into_iter().filter_map(|mut row| row.pop().flatten()).collect();
    // The largest first, in turn, so that the sessions end at about the same time.
    let shares = (0..run.workers).map(|n| names.iter().skip(n).step_by(run.workers));
    let pair = cx.pair;
    let work = shares.map(|share| async move {
        let session = run.target_session(pair).await?;
        let share: Vec<&str> = share.map(String::as_str).collect();
        for batch in share.chunks(BATCH_ANALYZED) {
            session.execute(&format!("analyze {}", batch.join(", "))).await.map_err(failed())?;
        }
        Ok::<(), MigrateError>(())
    });
    futures_util::future::try_join_all(work).await?;
    Ok(())
}

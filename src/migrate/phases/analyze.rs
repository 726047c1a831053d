//! Statistics of the new database. They are never a reason to fail: what cannot be gathered is told.

use crate::migrate::context::Context;
use crate::migrate::error::MigrateError;
use crate::outcome::{Deviation, DeviationKind};
use crate::server::{Session, cell_text, doing};

/// Tables that are analyzed by one statement.
const BATCH_ANALYZED: usize = 100;

/// What a bare ANALYZE looks at, catalogs included; partitions are looked at with the table they are of. A parent of
/// foreign tables is not analyzed, since that would contact their servers: its other children are.
const TABLES: &str = "with recursive above (child, oid) as ( \
       select i.inhrelid, i.inhparent from pg_catalog.pg_inherits i \
         join pg_catalog.pg_class c on c.oid = i.inhrelid where c.relkind = 'f' \
       union select a.child, i.inhparent from above a join pg_catalog.pg_inherits i on i.inhrelid = a.oid \
     ) \
     select c.oid::pg_catalog.regclass, \
            (select pg_catalog.string_agg(distinct a.child::pg_catalog.regclass::text, ', ') from above a where a.oid = c.oid) \
       from pg_catalog.pg_class c \
      where c.relkind in ('r', 'm', 'p') and c.relpersistence <> 't' \
        and (not c.relispartition \
             or exists (select from pg_catalog.pg_inherits i join above a on a.oid = i.inhparent where i.inhrelid = c.oid)) \
      order by c.relpages desc, c.oid";

/// Gathers statistics, over several sessions.
pub(super) async fn analyze(cx: &mut Context<'_>) -> Result<(), MigrateError> {
    cx.say("analyzing");
    let rows = cx.session.rows(TABLES).await.map_err(doing("list the tables of the target"))?;
    let mut names = Vec::new();
    for row in &rows {
        let (name, foreign) = (cell_text(row, 0), cell_text(row, 1));
        if foreign.is_empty() {
            names.push(name);
        } else {
            let why = format!("that would read the foreign tables among its children: {foreign}");
            cx.outcome.deviations.push(not_gathered(&name, &why));
        }
    }
    let (run, pair, workers) = (cx.run, cx.pair, cx.run.workers.max(1));
    // One statement for several tables came with 11.
    let batch = if run.target_version < 110_000 { 1 } else { BATCH_ANALYZED };
    // The largest first, in turn, so that the sessions end at about the same time.
    let shares = (0..workers).map(|n| names.iter().skip(n).step_by(workers));
    let work = shares.map(|share| async move {
        let session = run.target_session(pair).await?;
        let share: Vec<&str> = share.map(String::as_str).collect();
        let mut deviations = Vec::new();
        for tables in share.chunks(batch) {
            deviations.extend(analyze_tables(&session, tables).await);
        }
        Ok::<Vec<Deviation>, MigrateError>(deviations)
    });
    let deviations = futures_util::future::try_join_all(work).await?;
    cx.outcome.deviations.extend(deviations.into_iter().flatten());
    Ok(())
}

/// Analyzes tables together; if that fails one by one, so that each failure is that of a table.
async fn analyze_tables(session: &Session, tables: &[&str]) -> Vec<Deviation> {
    if tables.len() > 1 && session.execute(&format!("analyze {}", tables.join(", "))).await.is_ok() {
        return Vec::new();
    }
    let mut deviations = Vec::new();
    for table in tables {
        if let Err(error) = session.execute(&format!("analyze {table}")).await {
            deviations.push(not_gathered(table, &error.to_string()));
        }
    }
    deviations
}

fn not_gathered(table: &str, why: &str) -> Deviation {
    let object = format!("the statistics of table {table}");
    Deviation::new(DeviationKind::LeftOut, object, format!("were not gathered: {why}"))
        .with_sql(format!("ANALYZE {table}"), "the owner of the table")
}

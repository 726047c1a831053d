//! The source: everything that is needed of a database, read inside one snapshot.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::DatabasePair;
use crate::migrate::context::Source;
use crate::migrate::error::MigrateError;
use crate::migrate::resume;
use crate::migrate::run::Run;
use crate::migrate::schema::SchemaTarget;
use crate::migrate::source_schema::{self, SourceSchema};
use crate::outcome::{DatabaseOutcome, Deviation, DeviationKind};
use crate::server::{Session, SnapshotHolder, answered_number, connect_reading, doing, read_relations};

/// The next transaction of the session's server, and the rows of its database that were ever written, as the server
/// counts them. The counts may arrive late, the transactions do not: only when both have grown was there a write.
async fn writes(session: &Session) -> Result<(i64, i64), MigrateError> {
    let sql = "select pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()), \
               (select coalesce(pg_catalog.sum(n_tup_ins + n_tup_upd + n_tup_del), 0) from pg_catalog.pg_stat_user_tables)";
    let action = "look for writes to the source";
    let rows = session.rows(sql).await.map_err(doing(action))?;
    Ok((answered_number(&rows, 0, action)?, answered_number(&rows, 1, action)?))
}

/// Reads a database. What is left out, and why, is among the deviations of the outcome.
pub(super) async fn read(
    run: &Run<'_>,
    pair: &DatabasePair,
    control: &Session,
    target: &SchemaTarget,
    outcome: &mut DatabaseOutcome,
) -> Result<Source, MigrateError> {
    let plan = run.plan;
    let snapshot = SnapshotHolder::take(&plan.source, &pair.source, plan.home.as_deref()).await?;
    // At once: the server counts rows at the first look, not when the snapshot was taken.
    let writes = writes(&snapshot.session).await?;
    run.say(pair, "reading the schema");
    let schema = source_schema::read(plan, &snapshot, run.source_version).await?;
    let relations = read_relations(&snapshot.session).await?;
    let seen = resume::look(&snapshot, control, &schema.entries).await?;
    let all: BTreeMap<i32, u32> = schema
        .entries
        .iter()
        .filter(|e| !matches!(e.kind.as_str(), "DATABASE" | "DATABASE PROPERTIES"))
        .map(|e| (e.id, e.object))
        .collect();
    let SourceSchema { facts, entries, tables, mut deviations } =
        schema.apply(plan, pair, target, control).await?;
    outcome.deviations.append(&mut deviations);
    let restored: BTreeSet<i32> = entries.iter().map(|e| e.id).collect();
    let left_out = all.into_iter().filter(|(id, _)| !restored.contains(id)).map(|(_, oid)| oid).collect();
    Ok(Source { snapshot, facts, entries, left_out, tables, relations, seen, writes })
}

/// Says whether the source was written to. Asked on a session of its own: the snapshot does not see what came after it.
pub(super) async fn written_since(
    run: &Run<'_>,
    pair: &DatabasePair,
    before: (i64, i64),
) -> Option<Deviation> {
    let now = async {
        let session = connect_reading(&run.plan.source, &pair.source, run.plan.home.as_deref()).await?;
        writes(&session).await
    };
    match now.await {
        Ok((transactions, rows)) if transactions > before.0 && rows > before.1 => Some(Deviation::new(
            DeviationKind::LeftOut,
            "the source",
            "was written to during the migration: what came after the snapshot is not on the target",
        )),
        Ok(_) => None,
        Err(error) => Some(Deviation::new(
            DeviationKind::Note,
            "whether the source was written to",
            format!("is not known: {error}"),
        )),
    }
}

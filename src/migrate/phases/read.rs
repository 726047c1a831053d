//! The source: everything that is needed of a database, read inside one snapshot.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::facts::DatabasePair;
use crate::migrate::context::Source;
use crate::migrate::error::MigrateError;
use crate::migrate::run::Run;
use crate::migrate::schema::{SchemaTarget, left_out};
use crate::migrate::{database, resume};
use crate::outcome::{DatabaseOutcome, Deviation, DeviationKind};
use crate::plan::Entry;
use crate::server::{Session, SnapshotHolder, connect, doing, dump_schema, list_tables, search_path};

/// The next transaction of the session's server, and the rows of its database that were ever written, as the server
/// counts them. The counts may arrive late, the transactions do not: only when both have grown was there a write.
async fn writes(session: &Session) -> Result<(i64, i64), MigrateError> {
    let sql = "select pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()), \
               (select coalesce(pg_catalog.sum(n_tup_ins + n_tup_upd + n_tup_del), 0) from pg_catalog.pg_stat_user_tables)";
    let rows = session.rows(sql).await.map_err(doing("look for writes to the source"))?;
    let number = |at: usize| rows.first().and_then(|row| row.get(at)?.as_ref()?.parse().ok()).unwrap_or(0);
    Ok((number(0), number(1)))
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
    let mut facts = database::read(&snapshot.session, run.source_version).await?;
    run.say(pair, "reading the schema");
    let (entries, tables) = tokio::join!(
        dump_schema(&plan.pg_dump, &plan.source, &snapshot.session, &snapshot.name),
        list_tables(&snapshot.session, run.source_version)
    );
    let (entries, tables) = (entries?, tables?);
    let seen = resume::look(&snapshot, control, &entries).await?;
    let all: BTreeMap<i32, String> = entries.iter().map(|e| (e.id, e.title())).collect();
    let search_path = if plan.filters.is_empty() {
        Vec::new()
    } else {
        search_path(&plan.source, &pair.source, plan.home.as_deref()).await?
    };
    let mut selected = plan.filters.apply(entries, tables, &search_path).map_err(MigrateError::Refused)?;
    outcome.deviations.append(&mut selected.notes);
    facts.apply(&plan.role_map);
    for entry in &mut selected.entries {
        plan.role_map.apply(entry);
    }
    if !plan.keep_owners {
        facts.owner.clone_from(&target.user);
        for entry in &mut selected.entries {
            entry.owner = None;
        }
        outcome
            .deviations
            .push(Deviation::changed("everything", format!("belongs to {}, as asked for", target.user)));
    }
    let entries = without_left_out(selected.entries, target, plan.keep_owners, outcome);
    let restored: BTreeSet<i32> = entries.iter().map(|e| e.id).collect();
    let left_out = all.into_iter().filter(|(id, _)| !restored.contains(id)).map(|(_, title)| title).collect();
    Ok(Source { snapshot, facts, entries, left_out, tables: selected.tables, seen, writes })
}

/// The entries that are restored on this target.
fn without_left_out(
    entries: Vec<Entry>,
    target: &SchemaTarget,
    keep_owners: bool,
    outcome: &mut DatabaseOutcome,
) -> Vec<Entry> {
    let mut skipped = HashSet::new();
    for entry in &entries {
        // Default privileges are those of a role, and this one creates nothing here.
        let of_other_role = !keep_owners && entry.kind == "DEFAULT ACL";
        let why = if of_other_role {
            Some("it is about objects of another role".to_owned())
        } else {
            left_out(entry, target)
        };
        if let Some(why) = why {
            skipped.insert(entry.id);
            if !why.is_empty() {
                outcome.deviations.push(Deviation::left_out(entry.title(), why));
            }
        }
    }
    entries.into_iter().filter(|e| !skipped.contains(&e.id)).collect()
}

/// Says whether the source was written to. Asked on a session of its own: the snapshot does not see what came after it.
pub(super) async fn written_since(
    run: &Run<'_>,
    pair: &DatabasePair,
    before: (i64, i64),
) -> Option<Deviation> {
    let now = async {
        let session = connect(&run.plan.source, &pair.source, run.plan.home.as_deref()).await?;
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

//! The data: tables side by side with the indexes and constraints that wait for them, then sequences and views.

use std::collections::{BTreeMap, BTreeSet};

use tokio::task::JoinSet;

use crate::migrate::error::MigrateError;
use crate::migrate::schema::{self, SchemaTarget};
use crate::pg::literal;
use crate::plan::{CopyFormat, CopyPart, Entry, Graph, SourceTable, Work, copy_format};
use crate::report::TableOutcome;
use crate::server::{CopyEnd, Session, copy_rows, doing, list_sequences};

/// The size in bytes from which a table is emptied and copied frozen.
const FROZEN_BYTES_MIN: i64 = 1024 * 1024;

/// A connection to each side.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) source: Session,
    pub(crate) target: Session,
}

/// What all workers need to know.
#[derive(Debug)]
pub(crate) struct DataPlan {
    pub(crate) entries: Vec<Entry>,
    pub(crate) tables: Vec<SourceTable>,
    pub(crate) graph: Graph,
    pub(crate) target: SchemaTarget,
    pub(crate) encoding: String,
}

enum StepEnd {
    Copied { table: usize, end: CopyEnd, format: CopyFormat },
    Created,
}

/// Walks the graph: a step starts when all it waits for is done and a pair is free, the heaviest first. The first
/// error ends it; what was running is canceled on the servers by whoever holds them.
pub(crate) async fn run(
    plan: &std::sync::Arc<DataPlan>,
    pairs: &mut Vec<Pair>,
) -> Result<Vec<TableOutcome>, MigrateError> {
    let steps = &plan.graph.steps;
    let mut waiting: Vec<usize> = steps.iter().map(|step| step.needs.len()).collect();
    let mut followers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, step) in steps.iter().enumerate() {
        for need in &step.needs {
            followers.entry(*need).or_default().push(number);
        }
    }
    // Ordered by weight, so that the heaviest is the last.
    let mut ready: BTreeSet<(i64, usize)> =
        (0..steps.len()).filter(|n| waiting[*n] == 0).map(|n| (steps[n].weight, n)).collect();
    let mut running = JoinSet::new();
    let mut outcomes: Vec<Option<TableOutcome>> = vec![None; plan.tables.len()];
    loop {
        while let Some(pair) = pairs.pop() {
            let Some((_, number)) = ready.pop_last() else {
                pairs.push(pair);
                break;
            };
            let plan = std::sync::Arc::clone(plan);
            running.spawn(async move {
                let end = step(&plan, number, &pair).await;
                (number, pair, end)
            });
        }
        let Some(done) = running.join_next().await else { break };
        let (number, pair, end) =
            done.map_err(|error| MigrateError::statement("run a step".to_owned(), error.to_string()))?;
        pairs.push(pair);
        if let StepEnd::Copied { table, end, format } = end? {
            let entry = outcomes[table].get_or_insert_with(|| TableOutcome {
                name: plan.tables[table].title(),
                rows: 0,
                bytes: 0,
                format: if format == CopyFormat::Binary { "binary" } else { "text" }.to_owned(),
                parts: 0,
            });
            entry.rows += end.rows;
            entry.bytes += end.bytes;
            entry.parts += 1;
        }
        for follower in followers.get(&number).into_iter().flatten() {
            waiting[*follower] -= 1;
            if waiting[*follower] == 0 {
                ready.insert((steps[*follower].weight, *follower));
            }
        }
    }
    if let Some(stuck) = waiting.iter().position(|n| *n > 0) {
        return Err(MigrateError::statement(
            format!("order the steps: {:?} waits for ever", steps[stuck].work),
            "the dependencies form a circle".to_owned(),
        ));
    }
    Ok(outcomes.into_iter().flatten().collect())
}

async fn step(plan: &DataPlan, number: usize, pair: &Pair) -> Result<StepEnd, MigrateError> {
    match &plan.graph.steps[number].work {
        Work::Copy { table, part } => copy(plan, *table, *part, pair).await,
        Work::Entry(position) => schema::create(&pair.target, &plan.entries[*position], &plan.target)
            .await
            .map(|()| StepEnd::Created),
    }
}

async fn copy(
    plan: &DataPlan,
    number: usize,
    part: Option<CopyPart>,
    pair: &Pair,
) -> Result<StepEnd, MigrateError> {
    let table = &plan.tables[number];
    let format = copy_format(table, &plan.encoding);
    let mut options =
        vec![if format == CopyFormat::Binary { "format binary" } else { "format text" }.to_owned()];
    if plan.encoding == "SQL_ASCII" {
        options.push("encoding 'SQL_ASCII'".to_owned());
    }
    let columns = table.column_list();
    let (name, list) =
        (table.sql(), if columns.is_empty() { String::new() } else { format!(" ({columns})") });
    let out_options = options.join(", ");
    let out = match (&part, &table.condition) {
        (Some(part), _) => {
            let to = part.to.map(|to| format!(" and ctid < '({to},0)'::pg_catalog.tid")).unwrap_or_default();
            let from = part.from;
            format!(
                "copy (select {columns} from only {name} where ctid >= '({from},0)'::pg_catalog.tid{to}) to stdout ({out_options})"
            )
        }
        (None, Some(condition)) => {
            format!("copy (select {columns} from only {name} {condition}) to stdout ({out_options})")
        }
        (None, None) => format!("copy {name}{list} to stdout ({out_options})"),
    };
    let action = || format!("copy table {}", table.title());
    // A table that is copied whole is emptied first and copied frozen, all in one transaction; with wal_level=minimal
    // that needs no WAL. Where there is little to copy, the new files of TRUNCATE would cost more than they save. The
    // rows an extension has put into its own table stay.
    let whole = part.is_none() && table.condition.is_none() && table.bytes >= FROZEN_BYTES_MIN;
    if whole {
        options.push("freeze".to_owned());
        pair.target.execute(&format!("begin; truncate only {name}")).await.map_err(doing(action()))?;
    }
    let into = format!("copy {name}{list} from stdin ({})", options.join(", "));
    let copied = copy_rows(&pair.source, &out, &pair.target, &into).await;
    let end = match copied {
        Ok(end) => end,
        Err(error) => {
            // The transaction is lost anyway; the server rolls it back with the session if this does not arrive.
            let _ = pair.target.execute("rollback").await;
            return Err(doing(action())(error).into());
        }
    };
    if whole {
        pair.target.execute("commit").await.map_err(doing(action()))?;
    }
    Ok(StepEnd::Copied { table: number, end, format })
}

/// Sets every sequence, and returns how many there are.
pub(crate) async fn sequences(source: &Session, target: &Session) -> Result<usize, MigrateError> {
    let names = list_sequences(source).await?;
    // Many at a time, but no statement of unlimited length.
    for batch in names.chunks(200) {
        let reads: Vec<String> = batch
            .iter()
            .map(|name| format!("select {}, last_value::text, is_called::text from {name}", literal(name)))
            .collect();
        let values = source
            .rows(&reads.join(" union all "))
            .await
            .map_err(doing("read the sequences of the source"))?;
        let sets: Vec<String> = values
            .iter()
            .map(|row| {
                let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
                format!("pg_catalog.setval({}, {}, {})", literal(&text(0)), text(1), text(2))
            })
            .collect();
        target
            .execute(&format!("select {}", sets.join(", ")))
            .await
            .map_err(doing("set the sequences of the target"))?;
    }
    Ok(names.len())
}

/// What of a database no dump carries, or carries otherwise, each in one sentence.
pub(crate) async fn not_carried(
    source: &Session,
    version_num: i64,
    entries: &[Entry],
) -> Result<Vec<String>, MigrateError> {
    let mut notes = Vec::new();
    let list = async |sql: &str, what: &str| -> Result<Vec<String>, MigrateError> {
        let rows = source.rows(sql).await.map_err(doing(format!("list {what} on the source")))?;
        Ok(rows.into_iter().filter_map(|mut row| row.pop().flatten()).collect())
    };
    // The name of an invalid index on a partitioned table only says that a partition lacks its part: that is carried.
    let sql = "select i.indexrelid::pg_catalog.regclass from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid \
               where not i.indisvalid and c.relkind = 'i' and c.oid >= 16384 order by 1";
    for index in list(sql, "invalid indexes").await? {
        notes.push(format!("index {index} is invalid on the source and was left out"));
    }
    if version_num < 120_000 {
        let sql = "select c.oid::pg_catalog.regclass from pg_catalog.pg_class c \
                   where c.oid >= 16384 and c.relhasoids and c.relkind = 'r' order by 1";
        for table in list(sql, "tables with oids").await? {
            notes.push(format!(
                "table {table} was made WITH OIDS: the hidden column oid and its numbers were not carried"
            ));
        }
    }
    let mut tablespaces: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in entries {
        if let Some(tablespace) = &entry.tablespace {
            *tablespaces.entry(tablespace).or_default() += 1;
        }
        if entry.kind == "SUBSCRIPTION" {
            notes.push(format!(
                "subscription {} was created disabled: enable it when the source has stopped",
                entry.tag
            ));
        }
    }
    for (tablespace, objects) in tablespaces {
        notes.push(format!(
            "{objects} objects of tablespace {tablespace} lie in the default tablespace of the target"
        ));
    }
    Ok(notes)
}

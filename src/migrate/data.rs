//! The data: tables side by side with the indexes and constraints that wait for them, then sequences.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::task::JoinSet;

use crate::migrate::error::MigrateError;
use crate::migrate::event::{DoneDatabase, Event};
use crate::migrate::run::Events;
use crate::migrate::schema::{self, SchemaTarget};
use crate::outcome::{Deviation, DeviationKind, ObjectOutcome, TableOutcome};
use crate::pg::literal;
use crate::plan::{CopyFormat, CopyPart, Entry, Graph, SourceTable, Step, Work, copy_format};
use crate::server::{Session, copy_rows, doing, list_sequences};

/// The size in bytes from which a table is emptied and copied frozen.
const FROZEN_BYTES_MIN: i64 = 1024 * 1024;

/// How often an entry is tried that other entries of this migration keep from being made.
const ATTEMPTS_MAX: usize = 20;

/// A connection to each side.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) source: Session,
    pub(crate) target: Session,
}

/// What all workers need to know.
#[derive(Debug)]
pub(crate) struct DataPlan {
    /// The database on the source.
    pub(crate) database: String,
    pub(crate) entries: Vec<Entry>,
    pub(crate) tables: Vec<SourceTable>,
    pub(crate) graph: Graph,
    pub(crate) target: SchemaTarget,
    pub(crate) encoding: String,
    /// What an interrupted run had done, and still counts.
    pub(crate) before: DoneDatabase,
    /// Whether there was an interrupted run: then tables may hold rows, and entries may be there.
    pub(crate) again: bool,
    /// When the migration of the database began.
    pub(crate) started: Instant,
    /// Parts that are on the target, by table.
    pub(crate) copied: Mutex<BTreeMap<usize, (usize, TableOutcome)>>,
}

/// How many small entries are made in one transaction, at most.
const BATCH_ENTRIES_MAX: usize = 20;

/// The steps in their order: what is ready, and who waits for whom.
struct Order {
    waiting: Vec<usize>,
    /// Whether a batch of foreign keys is being made. Each locks two tables, so two batches would wait for each other.
    keys_running: bool,
    followers: BTreeMap<usize, Vec<usize>>,
    /// By weight, so that the heaviest is the last.
    ready: BTreeSet<(i64, usize)>,
}

impl Order {
    fn new(plan: &DataPlan) -> Order {
        let steps = &plan.graph.steps;
        let waiting: Vec<usize> = steps.iter().map(|step| step.needs.len()).collect();
        let mut followers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (number, step) in steps.iter().enumerate() {
            for need in &step.needs {
                followers.entry(*need).or_default().push(number);
            }
        }
        let ready = (0..steps.len()).filter(|n| waiting[*n] == 0).map(|n| (steps[n].weight, n)).collect();
        let mut order = Order { waiting, keys_running: false, followers, ready };
        for number in (0..steps.len()).filter(|n| plan.is_done(*n)) {
            order.ready.remove(&(steps[number].weight, number));
            order.finish(plan, number);
        }
        // A step that is done may have become ready by one that is done too.
        order.ready.retain(|(_, number)| !plan.is_done(*number));
        order
    }

    /// What a free pair does next: the heaviest step, or several small entries of one kind.
    fn next(&mut self, plan: &DataPlan, workers: usize) -> Option<Vec<usize>> {
        let kind = |number: usize| plan.small_kind(number);
        let free = |number: usize, keys_running: bool| !(keys_running && kind(number) == Some(Small::Key));
        let keys_running = self.keys_running;
        let (_, first) = self.ready.iter().rev().find(|(_, number)| free(*number, keys_running)).copied()?;
        let of_kind = kind(first);
        let mut chosen: Vec<(i64, usize)> = vec![(plan.graph.steps[first].weight, first)];
        if of_kind.is_some() {
            let alike =
                self.ready.iter().rev().filter(|(_, number)| *number != first && kind(*number) == of_kind);
            let share = alike.clone().count() / workers.max(1);
            chosen.extend(alike.take(share.min(BATCH_ENTRIES_MAX - 1)));
        }
        for step in &chosen {
            self.ready.remove(step);
        }
        self.keys_running |= of_kind == Some(Small::Key);
        Some(chosen.into_iter().map(|(_, number)| number).collect())
    }

    fn finish(&mut self, plan: &DataPlan, number: usize) {
        for follower in self.followers.get(&number).into_iter().flatten() {
            self.waiting[*follower] -= 1;
            if self.waiting[*follower] == 0 {
                self.ready.insert((plan.graph.steps[*follower].weight, *follower));
            }
        }
    }
}

/// Kinds of small entries that are made several at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Small {
    /// One that needs one table: an index, a primary key.
    Index,
    /// A foreign key.
    Key,
}

impl DataPlan {
    /// Which kind of small entry a step makes, if it does.
    fn small_kind(&self, number: usize) -> Option<Small> {
        let step = &self.graph.steps[number];
        match &step.work {
            Work::Entry(position) if step.weight == 0 => match self.entries[*position].kind.as_str() {
                "INDEX" | "CONSTRAINT" | "STATISTICS" => Some(Small::Index),
                "FK CONSTRAINT" => Some(Small::Key),
                _ => None,
            },
            _ => None,
        }
    }

    /// The tables that are whole on the target.
    pub(crate) fn whole_tables(&self) -> Vec<TableOutcome> {
        let copied = self.copied.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = copied
            .values()
            .filter(|(parts, outcome)| *parts == outcome.parts)
            .map(|(_, outcome)| outcome.clone());
        self.before.tables.values().cloned().chain(whole).collect()
    }

    fn note(&self, table: usize, parts: usize, outcome: &TableOutcome) {
        let mut copied = self.copied.lock().unwrap_or_else(PoisonError::into_inner);
        match copied.get_mut(&table) {
            Some((_, whole)) => whole.add(outcome),
            None => {
                copied.insert(table, (parts, outcome.clone()));
            }
        }
    }

    /// Whether an interrupted run had done a step.
    fn is_done(&self, number: usize) -> bool {
        match &self.graph.steps[number].work {
            Work::Copy { table, .. } => self.before.tables.contains_key(&self.tables[*table].title()),
            Work::Entry(position) => self.before.entries.contains(&self.entries[*position].id),
        }
    }
}

/// Walks the graph: a step starts when all it waits for is done and a pair is free, the heaviest first. The first
/// error ends it; what was running is canceled on the servers by whoever holds them. Returns the indexes and constraints.
pub(crate) async fn run(
    plan: &Arc<DataPlan>,
    pairs: &mut Vec<Pair>,
    events: &Events,
) -> Result<Vec<ObjectOutcome>, MigrateError> {
    let mut order = Order::new(plan);
    let mut running = JoinSet::new();
    let mut objects = Vec::new();
    let workers = pairs.len();
    loop {
        while let Some(pair) = pairs.pop() {
            let Some(numbers) = order.next(plan, workers) else {
                pairs.push(pair);
                break;
            };
            let (plan, events) = (Arc::clone(plan), Arc::clone(events));
            running.spawn(async move {
                let end = steps(&plan, &numbers, &pair, &events).await;
                (numbers, pair, end)
            });
        }
        let Some(done) = running.join_next().await else { break };
        let (numbers, pair, end) =
            done.map_err(|error| MigrateError::statement("run a step".to_owned(), error.to_string()))?;
        pairs.push(pair);
        objects.extend(end?);
        if numbers.iter().any(|number| plan.small_kind(*number) == Some(Small::Key)) {
            order.keys_running = false;
        }
        for number in numbers {
            order.finish(plan, number);
        }
    }
    if let Some(stuck) = (0..order.waiting.len()).find(|n| order.waiting[*n] > 0 && !plan.is_done(*n)) {
        return Err(MigrateError::statement(
            format!("order the steps: {:?} waits for ever", plan.graph.steps[stuck].work),
            "the dependencies form a circle".to_owned(),
        ));
    }
    Ok(objects)
}

/// Empties the tables that an interrupted run has left unfinished: nobody knows what is in them.
pub(crate) async fn empty_unfinished(
    plan: &DataPlan,
    target: &Session,
    events: &Events,
) -> Result<(), MigrateError> {
    for table in plan.tables.iter().filter(|t| !plan.before.tables.contains_key(&t.title())) {
        events(Event::TableEmptied { database: plan.database.clone(), table: table.title() });
        // Rows that an extension has put into its own table stay.
        let sql = match &table.condition {
            Some(condition) => format!("delete from only {} {condition}", table.sql()),
            None => format!("truncate only {}", table.sql()),
        };
        let action = format!("empty table {}, to copy it again", table.title());
        target.execute(&sql).await.map_err(doing(action))?;
    }
    Ok(())
}

/// Does steps, several entries in one transaction. If that fails none of them is there, and they are made one by one, to
/// find which.
async fn steps(
    plan: &DataPlan,
    numbers: &[usize],
    pair: &Pair,
    events: &Events,
) -> Result<Vec<ObjectOutcome>, MigrateError> {
    let entries: Vec<&Entry> = numbers
        .iter()
        .filter_map(|number| match plan.graph.steps[*number].work {
            Work::Entry(position) => Some(&plan.entries[position]),
            Work::Copy { .. } => None,
        })
        .collect();
    let began = Instant::now();
    if entries.len() > 1 && !plan.again && schema::create_batch(&pair.target, &entries, &plan.target).await {
        // What each of them took is not known; they are alike.
        let seconds =
            began.elapsed().as_secs_f64() / f64::from(u16::try_from(entries.len()).unwrap_or(u16::MAX));
        let started_s = began.duration_since(plan.started).as_secs_f64();
        let made = |entry: &&Entry| {
            let (database, title) = (plan.database.clone(), entry.title());
            events(Event::EntryMade { database, entry: entry.id, title: title.clone(), seconds });
            ObjectOutcome { name: title, started_s, seconds }
        };
        return Ok(entries.iter().map(made).collect());
    }
    let mut objects = Vec::new();
    for number in numbers {
        objects.extend(step(plan, *number, pair, events).await?);
    }
    Ok(objects)
}

/// Does one step. A copy notes what it did in the plan; anything else is an object with its time.
async fn step(
    plan: &DataPlan,
    number: usize,
    pair: &Pair,
    events: &Events,
) -> Result<Option<ObjectOutcome>, MigrateError> {
    let step = &plan.graph.steps[number];
    let began = Instant::now();
    let started_s = began.duration_since(plan.started).as_secs_f64();
    match &step.work {
        Work::Copy { table, part } => {
            // The parts of a table stand side by side.
            let of_table = |s: &&Step| matches!(s.work, Work::Copy { table: t, .. } if t == *table);
            let index = plan.graph.steps[..number].iter().rev().take_while(of_table).count();
            let parts = index + plan.graph.steps[number..].iter().take_while(of_table).count();
            let (database, name) = (plan.database.clone(), plan.tables[*table].title());
            events(Event::CopyStarted { database: database.clone(), table: name, part: index, parts });
            let mut outcome = copy(plan, *table, *part, pair, events).await?;
            outcome.started_s = started_s;
            outcome.seconds = began.elapsed().as_secs_f64();
            plan.note(*table, parts, &outcome);
            events(Event::Copied {
                database,
                outcome: outcome.clone(),
                part: index,
                parts,
                weight: step.weight,
            });
            Ok(None)
        }
        Work::Entry(position) => {
            let entry = &plan.entries[*position];
            let (database, title) = (plan.database.clone(), entry.title());
            events(Event::EntryStarted { database: database.clone(), entry: entry.id, title: title.clone() });
            let mut attempts = 1..ATTEMPTS_MAX;
            loop {
                match schema::create(&pair.target, entry, &plan.target).await {
                    Err(error) if plan.again && error.is_duplicate() => break,
                    // Constraints lock two tables, and others that do may take them the other way round. The server ends
                    // one of them, with nothing done; it is tried again when the other has gone on.
                    Err(error) if error.is_deadlock() && attempts.next().is_some() => {}
                    result => break result?,
                }
            }
            let seconds = began.elapsed().as_secs_f64();
            events(Event::EntryMade { database, entry: entry.id, title: title.clone(), seconds });
            Ok(Some(ObjectOutcome { name: title, started_s, seconds }))
        }
    }
}

async fn copy(
    plan: &DataPlan,
    number: usize,
    part: Option<CopyPart>,
    pair: &Pair,
    events: &Events,
) -> Result<TableOutcome, MigrateError> {
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
    let crossed = |bytes| events(Event::Copying { database: plan.database.clone(), bytes });
    let copied = copy_rows(&pair.source, &out, &pair.target, &into, &crossed).await;
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
    Ok(TableOutcome {
        name: table.title(),
        rows: end.rows,
        bytes: end.bytes,
        format: if format == CopyFormat::Binary { "binary" } else { "text" }.to_owned(),
        parts: 1,
        ..TableOutcome::default()
    })
}

/// Sets every sequence, and returns how many there are.
pub(crate) async fn sequences(source: &Session, target: &Session) -> Result<usize, MigrateError> {
    let there: BTreeSet<String> = list_sequences(target).await?.into_iter().collect();
    // One that a filter leaves out is not there; one that is missing for another reason shows in the verification.
    let names: Vec<String> =
        list_sequences(source).await?.into_iter().filter(|name| there.contains(name)).collect();
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
) -> Result<Vec<Deviation>, MigrateError> {
    let mut notes = Vec::new();
    let list = async |sql: &str, what: &str| -> Result<Vec<String>, MigrateError> {
        let rows = source.rows(sql).await.map_err(doing(format!("list {what} on the source")))?;
        Ok(rows.into_iter().filter_map(|mut row| row.pop().flatten()).collect())
    };
    // The name of an invalid index on a partitioned table only says that a partition lacks its part: that is carried.
    let sql = "select i.indexrelid::pg_catalog.regclass from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid \
               where not i.indisvalid and c.relkind = 'i' and c.oid >= 16384 order by 1";
    for index in list(sql, "invalid indexes").await? {
        let index = format!("index {index}");
        let reason = "is invalid on the source and was left out";
        notes.push(Deviation::new(DeviationKind::LeftOut, index, reason));
    }
    if version_num < 120_000 {
        let sql = "select c.oid::pg_catalog.regclass from pg_catalog.pg_class c \
                   where c.oid >= 16384 and c.relhasoids and c.relkind = 'r' order by 1";
        for table in list(sql, "tables with oids").await? {
            notes.push(Deviation::changed(
                format!("table {table}"),
                "was created WITH OIDS: the hidden column oid and its numbers were not copied",
            ));
        }
    }
    let mut tablespaces: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in entries {
        if let Some(tablespace) = &entry.tablespace {
            *tablespaces.entry(tablespace).or_default() += 1;
        }
        if entry.kind == "SUBSCRIPTION" {
            notes.push(Deviation::changed(
                format!("subscription {}", entry.tag),
                "was created disabled: enable it when the source has stopped",
            ));
        }
    }
    for (tablespace, objects) in tablespaces {
        notes.push(Deviation::changed(
            format!("{objects} objects of tablespace {tablespace}"),
            "lie in the default tablespace of the target",
        ));
    }
    Ok(notes)
}

//! Tables, sequences and large objects side by side, with the indexes and constraints that wait for them.

use std::sync::{Arc, Mutex};

use tokio::task::JoinSet;

use crate::migrate::context::Context;
use crate::migrate::error::MigrateError;
use crate::migrate::event::Event;
use crate::migrate::queue::MemoryQueue;
use crate::migrate::run::control;
use crate::migrate::worker::{Job, Pair, work};
use crate::outcome::ObjectOutcome;
use crate::plan::{Schedule, Stage, Step, Work};
use crate::server::doing;

/// Indexes and constraints that are named with their times.
const SLOW_OBJECTS: usize = 200;

/// Does all steps of the graph.
pub(super) async fn copy(cx: &mut Context<'_>) -> Result<(), MigrateError> {
    let source = Arc::clone(&cx.source);
    let bytes: i64 = source.tables.iter().map(|t| t.bytes).sum();
    cx.say(format!("copying {} tables, {} MiB", source.tables.len(), bytes / 1024 / 1024));
    if cx.is_resumed() {
        empty_unfinished(cx).await?;
        cx.note_source();
    }
    let job = Arc::new(Job {
        database: cx.database(),
        source,
        target: cx.target.clone(),
        versions: (cx.run.source_version, cx.run.target_version),
        events: Arc::clone(&cx.run.events),
        again: cx.is_resumed(),
        started: cx.started,
        keep_owners: cx.run.plan.keep_owners,
        role_map: cx.run.plan.role_map.clone(),
        grants: cx.run.plan.grants,
        copied: Mutex::default(),
    });
    let ends = side_by_side(cx, &job).await;
    // Also after a failure: the report says what is on the target.
    {
        let mut copied = job.copied();
        let pieces = std::mem::take(&mut copied.refused_pieces);
        cx.outcome.deviations.extend(pieces.iter().map(|piece| piece.deviation.clone()));
        cx.refused.extend(pieces);
        cx.outcome.deviations.append(&mut copied.refused);
        cx.outcome.tables = cx.before.tables.values().cloned().chain(copied.whole_tables()).collect();
        cx.outcome.sequences = copied.sequences;
        cx.outcome.large_objects = copied.large_objects;
    }
    cx.outcome.slow_objects = ends?;
    cx.outcome.slow_objects.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    cx.outcome.slow_objects.truncate(SLOW_OBJECTS);
    cx.outcome.objects += cx.graph.stages.positions(Stage::Data).len();
    cx.tell(Event::DataMade { database: cx.database() });
    Ok(())
}

/// Empties the tables that an interrupted run has left unfinished: nobody knows what is in them.
async fn empty_unfinished(cx: &Context<'_>) -> Result<(), MigrateError> {
    for table in cx.source.tables.iter().filter(|t| !cx.before.tables.contains_key(&t.title())) {
        cx.tell(Event::TableEmptied { database: cx.database(), table: table.title() });
        // Rows that an extension has put into its own table stay.
        let sql = match &table.condition {
            Some(condition) => format!("delete from {} {condition}", table.rows_sql()),
            None => format!("truncate {}", table.rows_sql()),
        };
        let action = format!("empty table {}, to copy it again", table.title());
        cx.session.execute(&sql).await.map_err(doing(action))?;
    }
    Ok(())
}

/// Has workers do the steps. When one fails or the user wants to stop, what still runs is canceled on the servers too.
async fn side_by_side(cx: &Context<'_>, job: &Arc<Job>) -> Result<Vec<ObjectOutcome>, MigrateError> {
    let run = cx.run;
    let is_done = |step: &Step| match &step.work {
        Work::Copy(part) => cx.before.tables.contains_key(&cx.source.tables[part.table].title()),
        Work::Entry(position) => cx.before.entries.contains(&cx.source.entries[*position].id),
        // These are done again from the start.
        Work::Sequences | Work::LargeObjects | Work::AllData => false,
    };
    let schedule = Schedule::new(cx.graph.steps.clone(), is_done);
    let workers = run.workers.min(cx.graph.steps.len()).max(1);
    let queue = Arc::new(MemoryQueue::new(schedule, workers));
    let mut running = JoinSet::new();
    let mut pids: [Vec<String>; 2] = [Vec::new(), Vec::new()];
    let mut pairs = Vec::with_capacity(workers);
    for _ in 0..workers {
        let (source, target) = tokio::join!(cx.source.snapshot.join(), run.target_session(cx.pair));
        let pair = Pair { source: source?, target: target? };
        for session in [&pair.source, &pair.target] {
            let pid = session.single_text("select pg_catalog.pg_backend_pid()").await;
            pids[session.side as usize].extend(pid.map_err(doing("ask for the number of a session"))?);
        }
        pairs.push(pair);
    }
    for pair in pairs {
        running.spawn(work(Arc::clone(job), pair, Arc::clone(&queue)));
    }
    let result = run.unless_canceled(all(&mut running)).await;
    if result.is_err() {
        running.shutdown().await;
        for (endpoint, pids) in [&run.plan.source, &run.plan.target].into_iter().zip(&pids) {
            // Best effort: a server that cannot be reached has ended the sessions itself.
            if let Ok(session) = control(endpoint, run.plan).await {
                let calls: Vec<String> =
                    pids.iter().map(|pid| format!("pg_catalog.pg_cancel_backend({pid})")).collect();
                let _ = session.execute(&format!("select {}", calls.join(", "))).await;
            }
        }
    }
    result
}

/// What all workers have done, or the first error of one.
async fn all(
    running: &mut JoinSet<Result<Vec<ObjectOutcome>, MigrateError>>,
) -> Result<Vec<ObjectOutcome>, MigrateError> {
    let mut objects = Vec::new();
    while let Some(ended) = running.join_next().await {
        let ended = ended.map_err(|error| MigrateError::statement("run a worker", error.to_string()))?;
        objects.extend(ended?);
    }
    Ok(objects)
}

//! A worker: it takes steps from the queue and does them, with a session on each side.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::migrate::context::Source;
use crate::migrate::error::MigrateError;
use crate::migrate::event::Event;
use crate::migrate::large_objects::{self, PropertyChoice};
use crate::migrate::queue::StepQueue;
use crate::migrate::refusal::{self, RefusedPiece};
use crate::migrate::run::Events;
use crate::migrate::schema::{self, GrantedRights, SchemaTarget};
use crate::migrate::sequences;
use crate::outcome::{Deviation, ObjectOutcome, TableOutcome};
use crate::plan::{CopyStatements, Entry, GrantsChoice, RoleMap, Step, TablePart, Work, copy_statements};
use crate::server::{CopyEnd, ProbeError, Session, copy_rows, doing};

/// How often an entry is tried that sessions of others keep from being restored.
const ATTEMPTS_MAX: usize = 20;

/// A session on each side.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) source: Session,
    pub(crate) target: Session,
}

/// What all workers of a database need to know.
pub(crate) struct Job {
    /// The database on the source.
    pub(crate) database: String,
    pub(crate) source: Arc<Source>,
    pub(crate) target: SchemaTarget,
    /// Of source and target, as numbers.
    pub(crate) versions: (i64, i64),
    pub(crate) events: Events,
    /// Whether there was an interrupted run: then tables may hold rows, and entries may be there.
    pub(crate) again: bool,
    /// When the migration of the database began.
    pub(crate) started: Instant,
    /// Whether large objects are given to their owners; else everything belongs to the user of the target.
    pub(crate) keep_owners: bool,
    pub(crate) role_map: RoleMap,
    pub(crate) grants: GrantsChoice,
    pub(crate) copied: Mutex<Copied>,
}

/// What is on the target for good.
#[derive(Debug, Default)]
pub(crate) struct Copied {
    /// How many parts each table has, and what came of those that were copied.
    tables: BTreeMap<usize, (usize, TableOutcome)>,
    pub(crate) sequences: usize,
    pub(crate) large_objects: usize,
    /// What of large objects was refused.
    pub(crate) refused: Vec<Deviation>,
    /// What of entries was refused.
    pub(crate) refused_pieces: Vec<RefusedPiece>,
}

impl Copied {
    /// The tables that are whole.
    pub(crate) fn whole_tables(&self) -> impl Iterator<Item = TableOutcome> {
        let is_whole = |(parts, outcome): &&(usize, TableOutcome)| *parts == outcome.parts;
        self.tables.values().filter(is_whole).map(|(_, outcome)| outcome.clone())
    }

    fn add(&mut self, part: &TablePart, outcome: &TableOutcome) {
        match self.tables.get_mut(&part.table) {
            Some((_, whole)) => whole.add(outcome),
            None => {
                self.tables.insert(part.table, (part.parts, outcome.clone()));
            }
        }
    }
}

/// Does steps until all are done. Returns the indexes and constraints with their times.
pub(crate) async fn work(
    job: Arc<Job>,
    pair: Pair,
    queue: Arc<impl StepQueue>,
) -> Result<Vec<ObjectOutcome>, MigrateError> {
    let mut objects = Vec::new();
    while let Some(steps) = queue.take().await? {
        objects.extend(job.steps(&steps, &pair).await?);
        queue.finish(&steps).await?;
    }
    Ok(objects)
}

impl Job {
    pub(crate) fn copied(&self) -> MutexGuard<'_, Copied> {
        self.copied.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does steps, several entries in one transaction. If that fails none of them is there, and they are restored one by
    /// one, to find which.
    async fn steps(&self, steps: &[Step], pair: &Pair) -> Result<Vec<ObjectOutcome>, MigrateError> {
        let entry = |step: &Step| match step.work {
            Work::Entry(position) => Some(&self.source.entries[position]),
            _ => None,
        };
        let entries: Vec<&Entry> = steps.iter().filter_map(entry).collect();
        let began = Instant::now();
        if entries.len() > 1
            && !self.again
            && schema::create_batch(&pair.target, &entries, &self.target).await
        {
            // What each of them took is not known; they are alike.
            let count = f64::from(u16::try_from(entries.len()).unwrap_or(u16::MAX));
            let seconds = began.elapsed().as_secs_f64() / count;
            return Ok(entries.iter().map(|entry| self.restored(entry, began, seconds)).collect());
        }
        let mut objects = Vec::new();
        for step in steps {
            match &step.work {
                Work::Copy(part) => self.copy(part, step.weight, pair).await?,
                Work::Sequences => {
                    self.copied().sequences = sequences::copy(&pair.source, &pair.target).await?;
                }
                Work::LargeObjects => {
                    let owners = self.keep_owners.then_some(self.target.user.as_str());
                    let (source, target) = (&pair.source, &pair.target);
                    let choice =
                        PropertyChoice { grants: self.grants, lists_refusals: self.target.lists_refusals };
                    let (count, refused) =
                        large_objects::copy(source, target, owners, &self.role_map, self.again, &choice)
                            .await?;
                    let mut copied = self.copied();
                    copied.large_objects = count;
                    copied.refused.extend(refused);
                }
                Work::AllData => {}
                Work::Entry(position) => {
                    objects.push(self.restore(&self.source.entries[*position], pair).await?);
                }
            }
        }
        Ok(objects)
    }

    /// Tells that an entry is there.
    fn restored(&self, entry: &Entry, began: Instant, seconds: f64) -> ObjectOutcome {
        let (database, title) = (self.database.clone(), entry.title());
        (self.events)(Event::EntryMade { database, entry: entry.id, title: title.clone(), seconds });
        let started_s = began.duration_since(self.started).as_secs_f64();
        ObjectOutcome { name: title, started_s, seconds }
    }

    async fn restore(&self, entry: &Entry, pair: &Pair) -> Result<ObjectOutcome, MigrateError> {
        let began = Instant::now();
        let (database, title) = (self.database.clone(), entry.title());
        (self.events)(Event::EntryStarted { database, entry: entry.id, title });
        let mut attempts = 1..ATTEMPTS_MAX;
        loop {
            match schema::create(&pair.target, entry, &self.target).await {
                Err(error) if self.again && error.is_duplicate() => break,
                // Steps of a migration do not wait for each other, but somebody else may be in the database. The server
                // ends one of the two, with nothing done; it is tried again when the other has gone on.
                Err(error) if error.is_deadlock() && attempts.next().is_some() => {
                    tracing::warn!(entry = entry.title(), "tried again after a deadlock");
                    let text = format!("{} is tried again: {error}", entry.title());
                    (self.events)(Event::Message { database: Some(self.database.clone()), text });
                }
                Err(error) if self.target.lists_refusals && error.is_refusal() => {
                    break self.restore_in_pieces(entry, pair).await?;
                }
                result => break result?,
            }
        }
        Ok(self.restored(entry, began, began.elapsed().as_secs_f64()))
    }

    /// Restores what of an entry the target does not refuse: of those beside the data, all but the owner.
    async fn restore_in_pieces(&self, entry: &Entry, pair: &Pair) -> Result<(), MigrateError> {
        let mut rights = GrantedRights::default();
        let refused = refusal::restore_in_pieces(&pair.target, &self.target, entry, &mut rights).await?;
        for refused in &refused {
            let database = self.database.clone();
            (self.events)(Event::Refused { database, refused: refused.clone() });
        }
        self.copied().refused_pieces.extend(refused);
        Ok(())
    }

    async fn copy(&self, part: &TablePart, weight: i64, pair: &Pair) -> Result<(), MigrateError> {
        let table = &self.source.tables[part.table];
        let began = Instant::now();
        let (database, number, parts) = (self.database.clone(), part.number, part.parts);
        (self.events)(Event::CopyStarted {
            database: database.clone(),
            table: table.title(),
            part: number,
            parts,
        });
        let statements = copy_statements(table, part.range, &self.source.facts.encoding, self.versions);
        let end = self
            .copy_rows(&statements, pair)
            .await
            .map_err(doing(format!("copy table {}", table.title())))?;
        let outcome = TableOutcome {
            name: table.title(),
            rows: end.rows,
            bytes: end.bytes,
            format: statements.format.name().to_owned(),
            parts: 1,
            started_s: began.duration_since(self.started).as_secs_f64(),
            seconds: began.elapsed().as_secs_f64(),
        };
        self.copied().add(part, &outcome);
        (self.events)(Event::Copied { database, outcome, part: number, parts, weight });
        Ok(())
    }

    async fn copy_rows(&self, statements: &CopyStatements, pair: &Pair) -> Result<CopyEnd, ProbeError> {
        if let Some(empty) = &statements.empty {
            pair.target.execute(empty).await?;
        }
        let crossed = |bytes| (self.events)(Event::Copying { database: self.database.clone(), bytes });
        let copied = copy_rows(&pair.source, &statements.out, &pair.target, &statements.into, &crossed).await;
        if statements.empty.is_some() {
            // After a failure the transaction is lost anyway; the server rolls it back with the session if this does
            // not arrive.
            let end = pair.target.execute(if copied.is_ok() { "commit" } else { "rollback" }).await;
            return copied.and_then(|copied| end.map(|()| copied));
        }
        copied
    }
}

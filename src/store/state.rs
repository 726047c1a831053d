//! How far a run is: a fold of its events.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::findings::Verdict;
use crate::migrate::Event;
use crate::outcome::{DatabaseRunState, Phase, RunState, Substate};
use crate::store::record::FORMAT;

/// The state of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The format of the file.
    pub format: u32,
    /// The state of the run.
    pub state: RunState,
    /// What it is doing.
    pub substate: Substate,
    /// Why it failed.
    pub error: Option<String>,
    /// The process that works on it, or did last.
    pub pid: u32,
    /// The machine of that process.
    pub host: String,
    /// When it was started first, in RFC 3339.
    pub started_at: String,
    /// When it ended, in RFC 3339.
    pub ended_at: Option<String>,
    /// How often it was taken up again.
    pub resumed: usize,
    /// Its databases.
    pub databases: Vec<DatabaseState>,
}

/// The state of one database.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DatabaseState {
    /// Its name on the source.
    pub name: String,
    /// Its name on the target.
    pub target_name: String,
    /// Its state.
    pub state: DatabaseRunState,
    /// What is being done.
    pub phase: Phase,
    /// When it was begun, in RFC 3339.
    pub started_at: Option<String>,
    /// When it ended, in RFC 3339.
    pub ended_at: Option<String>,
    /// Tables in all.
    pub tables: usize,
    /// Tables that are being copied.
    pub tables_loading: usize,
    /// Tables that are on the target.
    pub tables_completed: usize,
    /// Tables of which the copy failed.
    pub tables_errored: usize,
    /// Rows that are on the target.
    pub rows: u64,
    /// Bytes that crossed.
    pub bytes: u64,
    /// Bytes of the heaps on the source, in all.
    pub heap_bytes: i64,
    /// Bytes of the heaps whose rows are on the target.
    pub heap_bytes_completed: i64,
    /// Indexes, constraints and the like that are on the target.
    pub objects_completed: usize,
    /// All objects to make.
    pub objects: usize,
    /// Seconds until the data is there, as far as one can tell; none before one can.
    pub seconds_left: Option<u64>,
    /// The last thing that was said about it.
    pub message: Option<String>,
    /// What deviates from the source.
    #[serde(default)]
    pub deviations: usize,
    /// Titles of tables that are being copied.
    #[serde(default)]
    pub loading: BTreeSet<String>,
    /// Titles of indexes and the like that are being made.
    #[serde(default)]
    pub making: BTreeSet<String>,
    /// Seconds since the epoch when the copy of the tables began.
    #[serde(default)]
    pub copying_since_s: Option<i64>,
    /// Parts that are on the target, by table.
    #[serde(skip)]
    pub parts: BTreeMap<String, usize>,
}

/// Whether somebody works on a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// A process does.
    Running,
    /// None does, though the run has not ended: its process died.
    Interrupted,
    /// It has ended.
    Ended,
}

impl State {
    /// The state of a run that begins.
    pub fn begin(substate: Substate, started_at: &str, host: &str) -> State {
        State {
            format: FORMAT,
            substate,
            pid: std::process::id(),
            host: host.to_owned(),
            started_at: started_at.to_owned(),
            ..State::default()
        }
    }

    /// Takes in an event that happened at a time: in RFC 3339, and in seconds since the epoch.
    pub fn add(&mut self, event: &Event, at: &str, at_s: i64) {
        match event {
            Event::Message { database: Some(database), text } => {
                let of = self.of(database, at);
                of.message = Some(text.clone());
            }
            Event::SourceRead { database, tables, bytes, objects, .. } => {
                let of = self.of(database, at);
                (of.tables, of.heap_bytes, of.objects) = (*tables, *bytes, *objects);
                of.phase = Phase::ReadingSource;
            }
            Event::SchemaMade { database, objects } => {
                let of = self.of(database, at);
                of.objects_completed = *objects;
                of.phase = Phase::Copying;
            }
            Event::CopyStarted { database, table, .. } => {
                let of = self.of(database, at);
                of.phase = Phase::Copying;
                of.copying_since_s.get_or_insert(at_s);
                of.loading.insert(table.clone());
                of.tables_loading = of.loading.len();
            }
            Event::Copying { database, bytes } => self.of(database, at).bytes += bytes,
            Event::Copied { database, outcome, parts, weight, .. } => {
                let of = self.of(database, at);
                of.rows += outcome.rows;
                of.heap_bytes_completed += weight;
                let parts_done = of.parts.entry(outcome.name.clone()).or_default();
                *parts_done += 1;
                if parts_done == parts {
                    of.loading.remove(&outcome.name);
                    of.tables_loading = of.loading.len();
                    of.tables_completed += 1;
                }
                of.seconds_left = of.estimate(at_s);
            }
            Event::EntryStarted { database, title, .. } => {
                self.of(database, at).making.insert(title.clone());
            }
            Event::EntryMade { database, title, .. } => {
                let of = self.of(database, at);
                of.making.remove(title);
                of.objects_completed += 1;
            }
            Event::DataMade { database } => {
                let of = self.of(database, at);
                of.seconds_left = None;
                of.tables_completed = of.tables;
            }
            Event::Refused { database, .. } => self.of(database, at).deviations += 1,
            Event::Finishing { database } => self.of(database, at).phase = Phase::Finishing,
            Event::Verifying { database } => self.of(database, at).phase = Phase::Verifying,
            Event::DatabaseEnded { database, outcome, .. } => {
                let of = self.of(database, at);
                of.state = outcome.state;
                of.deviations = outcome.deviations.len();
                of.phase = Phase::None;
                of.tables_errored = match outcome.state {
                    DatabaseRunState::Failed => of.loading.len(),
                    _ => 0,
                };
                of.loading.clear();
                of.making.clear();
                of.tables_loading = 0;
                of.seconds_left = None;
                of.message.clone_from(&outcome.error);
                of.ended_at = Some(at.to_owned());
                if outcome.state == DatabaseRunState::Succeeded {
                    of.tables_completed = outcome.tables.len();
                    of.tables = outcome.tables.len();
                    of.rows = outcome.tables.iter().map(|t| t.rows).sum();
                }
            }
            Event::Message { database: None, .. }
            | Event::RolesCarried { .. }
            | Event::RolesLent { .. }
            | Event::DatabaseIntended { .. }
            | Event::DatabaseMade { .. }
            | Event::DatabaseFound { .. }
            | Event::SourceSeen { .. }
            | Event::TableEmptied { .. } => {}
        }
    }

    /// Ends databases that were only judged, each as its verdict says.
    pub fn note_verdicts(&mut self, verdicts: &[(String, Verdict)]) {
        for database in self.databases.iter_mut().filter(|d| d.state == DatabaseRunState::Queued) {
            let Some((_, verdict)) = verdicts.iter().find(|(name, _)| *name == database.name) else {
                continue;
            };
            let (state, message) = match verdict {
                Verdict::Ready => (DatabaseRunState::Succeeded, "ready"),
                Verdict::ReadyWithWarnings => (DatabaseRunState::Succeeded, "ready, with warnings"),
                Verdict::NotReady => (DatabaseRunState::Failed, "not ready"),
                Verdict::Unknown => (DatabaseRunState::Failed, "not everything could be checked"),
            };
            (database.state, database.message) = (state, Some(message.to_owned()));
        }
    }

    /// Ends databases that were to be migrated after a validation that did not pass.
    pub fn note_not_migrated(&mut self) {
        for database in self.databases.iter_mut().filter(|d| d.state == DatabaseRunState::Queued) {
            database.state = DatabaseRunState::Failed;
            database.message = Some("not migrated: the validation did not pass".to_owned());
        }
    }

    /// Makes ready for a process that goes on: what was under way is not any more.
    pub fn take_up(&mut self, host: &str) {
        self.state = RunState::InProgress;
        (self.pid, self.host, self.resumed) = (std::process::id(), host.to_owned(), self.resumed + 1);
        (self.error, self.ended_at) = (None, None);
        for database in self.databases.iter_mut().filter(|d| d.state != DatabaseRunState::Succeeded) {
            *database = DatabaseState {
                name: database.name.clone(),
                target_name: database.target_name.clone(),
                started_at: database.started_at.clone(),
                ..DatabaseState::default()
            };
        }
    }

    fn of(&mut self, database: &str, at: &str) -> &mut DatabaseState {
        let position = self.databases.iter().position(|d| d.name == database).unwrap_or_else(|| {
            let new = DatabaseState {
                name: database.to_owned(),
                target_name: database.to_owned(),
                ..DatabaseState::default()
            };
            self.databases.push(new);
            self.databases.len() - 1
        });
        let of = &mut self.databases[position];
        if of.state == DatabaseRunState::Queued {
            of.state = DatabaseRunState::InProgress;
            of.started_at.get_or_insert_with(|| at.to_owned());
        }
        of
    }
}

impl DatabaseState {
    /// Seconds left if the rest goes as fast as what is done.
    fn estimate(&self, now_s: i64) -> Option<u64> {
        let elapsed_s = now_s - self.copying_since_s?;
        if elapsed_s < 5 || self.heap_bytes_completed <= 0 {
            return None;
        }
        let left = (self.heap_bytes - self.heap_bytes_completed).max(0);
        u64::try_from(i128::from(elapsed_s) * i128::from(left) / i128::from(self.heap_bytes_completed)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{DatabaseState, State, Substate};
    use crate::findings::Verdict;
    use crate::migrate::Event;
    use crate::outcome::{DatabaseRunState, TableOutcome};

    #[test]
    fn databases_that_were_only_judged_are_not_queued() {
        let mut state = State::begin(Substate::ValidationInProgress, "t0", "h");
        for name in ["a", "b"] {
            state.databases.push(DatabaseState { name: name.to_owned(), ..DatabaseState::default() });
        }
        let mut refused = state.clone();
        let verdicts = [("a".to_owned(), Verdict::Ready), ("b".to_owned(), Verdict::NotReady)];
        state.note_verdicts(&verdicts);
        assert_eq!(state.databases[0].state, DatabaseRunState::Succeeded);
        assert_eq!(state.databases[1].state, DatabaseRunState::Failed);
        refused.note_not_migrated();
        assert!(refused.databases.iter().all(|d| d.state == DatabaseRunState::Failed));
    }

    #[test]
    fn events_add_up_to_counts_and_time_left() {
        let mut state = State::begin(Substate::MigratingData, "t0", "h");
        let database = || "d".to_owned();
        state.add(&Event::SourceRead { database: database(), tables: 2, bytes: 100, objects: 9 }, "t1", 1);
        let started = Event::CopyStarted { database: database(), table: "s.t".into(), part: 0, parts: 1 };
        state.add(&started, "t2", 10);
        assert_eq!(state.databases[0].tables_loading, 1);
        let outcome = TableOutcome { name: "s.t".into(), rows: 5, ..TableOutcome::default() };
        state.add(&Event::Copied { database: database(), outcome, part: 0, parts: 1, weight: 25 }, "t3", 20);
        let of = &state.databases[0];
        assert_eq!((of.tables_loading, of.tables_completed, of.rows, of.seconds_left), (0, 1, 5, Some(30)));
        state.take_up("h2");
        assert_eq!((state.resumed, state.databases[0].tables_completed), (1, 0));
    }
}

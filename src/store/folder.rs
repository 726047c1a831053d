//! The folders: one for each target, in it one for each run.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::migrate::{Done, Event};
use crate::outcome::RunState;
use crate::pg::nearest;
use crate::store::error::StoreError;
use crate::store::journal::{Journal, read_journal};
use crate::store::record::{FORMAT, Record, ServerName, check_name};
use crate::store::state::{Liveness, State};

/// The place where runs are remembered.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

/// A run that this process works on. Its lock is held for as long as this lives.
#[derive(Debug)]
pub struct RunFolder {
    folder: PathBuf,
    journal: Journal,
    _lock: File,
}

/// A run, as anybody may read it.
#[derive(Debug, Clone)]
pub struct StoredRun {
    /// Its folder.
    pub folder: PathBuf,
    /// What was asked for.
    pub record: Record,
    /// How far it is.
    pub state: State,
    /// Whether somebody works on it.
    pub liveness: Liveness,
}

impl Store {
    /// The store in a folder, which is made when the first run is.
    pub fn new(folder: &Path) -> Store {
        Store { folder: folder.join("runs") }
    }

    /// Makes the folder of a new run.
    pub fn create(&self, record: &Record, state: &State) -> Result<RunFolder, StoreError> {
        check_name(&record.name)?;
        let target = self.folder.join(target_folder(record.target.as_ref()));
        let folder = target.join(&record.name);
        make_folders(&target)?;
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(StoreError::Exists {
                    name: record.name.clone(),
                    target: target_text(record.target.as_ref()),
                });
            }
            Err(source) => return Err(StoreError::File { action: "make folder", path: folder, source }),
        }
        let run = RunFolder::open(&folder, &record.name)?;
        run.write_state(state)?;
        // The record comes last: a folder without one is no run.
        write_json(&folder.join("run.json"), record)?;
        Ok(run)
    }

    /// All runs, the newest first, and what could not be read.
    pub fn list(&self) -> (Vec<StoredRun>, Vec<StoreError>) {
        let mut runs = Vec::new();
        let mut problems = Vec::new();
        for folder in sub_folders(&self.folder).iter().flat_map(|target| sub_folders(target)) {
            if !folder.join("run.json").exists() {
                continue;
            }
            match read_run(&folder) {
                Ok(run) => runs.push(run),
                Err(error) => problems.push(error),
            }
        }
        runs.sort_by(|a, b| {
            (&b.record.created_at, &b.record.name).cmp(&(&a.record.created_at, &a.record.name))
        });
        (runs, problems)
    }

    /// The run of a name, to a target if one is named.
    pub fn find(&self, name: &str, target: Option<&str>) -> Result<StoredRun, StoreError> {
        check_name(name)?;
        let folders = sub_folders(&self.folder);
        let mut found = Vec::new();
        for folder in folders.iter().map(|f| f.join(name)).filter(|f| f.join("run.json").exists()) {
            let run = read_run(&folder)?;
            let fits =
                |wanted: &str| run.record.target.as_ref().is_some_and(|server| server.is_called(wanted));
            if target.is_none_or(fits) {
                found.push(run);
            }
        }
        if found.len() > 1 {
            let targets: Vec<String> =
                found.iter().map(|run| target_text(run.record.target.as_ref())).collect();
            return Err(StoreError::Ambiguous { name: name.to_owned(), targets: targets.join(", ") });
        }
        found.pop().ok_or_else(|| {
            let (runs, _) = self.list();
            let names = runs.iter().map(|run| run.record.name.as_str());
            let hint = nearest(name, names).map(|near| format!("did you mean `{near}`?"));
            StoreError::Unknown { name: name.to_owned(), hint }
        })
    }

    /// Whether a name is free for a target.
    pub fn is_free(&self, name: &str, target: Option<&str>) -> bool {
        let (runs, _) = self.list();
        !runs.iter().any(|run| {
            run.record.name == name
                && target.is_none_or(|t| run.record.target.as_ref().is_some_and(|server| server.is_called(t)))
        })
    }
}

impl StoredRun {
    /// Reads the run of a folder.
    pub fn read(folder: &Path) -> Result<StoredRun, StoreError> {
        read_run(folder)
    }

    /// Takes a run over, to work on it.
    pub fn take_over(&self) -> Result<RunFolder, StoreError> {
        self.check_format()?;
        RunFolder::open(&self.folder, &self.record.name)
    }

    /// What its journal says is done.
    pub fn done(&self) -> Result<Done, StoreError> {
        let mut done = Done::default();
        for entry in read_journal(&self.folder.join("journal.jsonl"))? {
            done.add(entry.event);
        }
        Ok(done)
    }

    /// Its report as text, when there is one.
    pub fn report(&self) -> Result<Option<String>, StoreError> {
        let path = self.folder.join("report.json");
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StoreError::File { action: "read", path, source }),
        }
    }

    /// Asks the process that works on it to stop.
    pub fn ask_to_cancel(&self) -> Result<(), StoreError> {
        self.check_format()?;
        if self.liveness != Liveness::Running {
            return Err(StoreError::NotInProgress {
                name: self.record.name.clone(),
                state: self.shown_state(),
            });
        }
        let path = self.folder.join("cancel");
        let written = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&path);
        written.map(drop).map_err(|source| StoreError::File { action: "write", path, source })
    }

    /// Removes it from the store. Nothing on a server is touched.
    pub fn delete(&self) -> Result<(), StoreError> {
        if self.liveness == Liveness::Running {
            return Err(StoreError::InProgress(self.record.name.clone()));
        }
        let failed = |source| StoreError::File { action: "remove", path: self.folder.clone(), source };
        // Without its record it is no run any more, whatever becomes of the rest.
        std::fs::remove_file(self.folder.join("run.json")).map_err(failed)?;
        std::fs::remove_dir_all(&self.folder).map_err(failed)
    }

    /// How long it has taken: from its start to its end, or to now while it is worked on. None when its times cannot be
    /// read, and for one whose process died nobody knows when.
    pub fn lasted(&self) -> Option<time::Duration> {
        let time = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
        let ended = match (&self.state.ended_at, self.liveness) {
            (Some(ended), _) => time(ended)?,
            (None, Liveness::Running) => OffsetDateTime::now_utc(),
            (None, Liveness::Interrupted | Liveness::Ended) => return None,
        };
        Some(ended - time(&self.state.started_at)?)
    }

    /// Its state, where one that nobody works on is called interrupted.
    pub fn shown_state(&self) -> String {
        match self.liveness {
            Liveness::Interrupted => "Interrupted".to_owned(),
            Liveness::Running | Liveness::Ended => self.state.state.to_string(),
        }
    }

    fn check_format(&self) -> Result<(), StoreError> {
        let found = self.record.format.max(self.state.format);
        if found > FORMAT {
            return Err(StoreError::Newer { path: self.folder.clone(), found, known: FORMAT });
        }
        Ok(())
    }
}

impl RunFolder {
    fn open(folder: &Path, name: &str) -> Result<RunFolder, StoreError> {
        let path = folder.join("lock");
        let failed = |source| StoreError::File { action: "open", path: path.clone(), source };
        let mut options = OpenOptions::new();
        let lock =
            options.create(true).truncate(false).write(true).mode(0o600).open(&path).map_err(failed)?;
        // A reader holds it too, for a moment, to see whether somebody works on the run.
        for attempt in 0.. {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if attempt < 10 => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(TryLockError::WouldBlock) => return Err(StoreError::InProgress(name.to_owned())),
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
        }
        // A wish to cancel the process before this one is fulfilled.
        let _ = std::fs::remove_file(folder.join("cancel"));
        let journal = Journal::open(&folder.join("journal.jsonl"))?;
        Ok(RunFolder { folder: folder.to_owned(), journal, _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Adds an event to the journal.
    pub fn add(&mut self, at: &str, event: Event) -> Result<(), StoreError> {
        self.journal.add(at, event)
    }

    /// Replaces the state.
    pub fn write_state(&self, state: &State) -> Result<(), StoreError> {
        write_json(&self.folder.join("state.json"), state)
    }

    /// Stores the report.
    pub fn write_report(&self, text: &str) -> Result<(), StoreError> {
        write_whole(&self.folder.join("report.json"), text.as_bytes())
    }

    /// Stores the statements of what was left out.
    pub fn write_after_script(&self, text: &str) -> Result<(), StoreError> {
        write_whole(&self.folder.join("after.sql"), text.as_bytes())
    }

    /// Whether somebody wants the run to stop.
    pub fn is_cancel_wanted(folder: &Path) -> bool {
        folder.join("cancel").exists()
    }
}

fn read_run(folder: &Path) -> Result<StoredRun, StoreError> {
    // The state is read after the lock is looked at: a run that ends in between is not taken for an interrupted one.
    let locked = is_locked(&folder.join("lock"));
    let record: Record = read_json(&folder.join("run.json"))?;
    let state: State = read_json(&folder.join("state.json"))?;
    let liveness = match (locked, state.state) {
        (true, _) => Liveness::Running,
        (false, RunState::InProgress) => Liveness::Interrupted,
        (false, _) => Liveness::Ended,
    };
    Ok(StoredRun { folder: folder.to_owned(), record, state, liveness })
}

/// Whether a process holds the lock. A shared lock is enough to find out, so readers do not disturb each other.
fn is_locked(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// The name of the folder for a target: readable, and different for different servers.
fn target_folder(target: Option<&ServerName>) -> String {
    let Some(target) = target else { return "no-target".to_owned() };
    let mut name = String::new();
    for letter in target.address().chars() {
        match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' => name.push(letter),
            _ => name.push_str(&format!("_{:x}_", u32::from(letter))),
        }
    }
    // A socket folder with a long path still has to be a file name.
    if name.len() > 200 {
        let end = crate::findings::fingerprint(&name, None, "");
        name.truncate(150);
        name.push_str(&end);
    }
    format!("to-{name}")
}

fn target_text(target: Option<&ServerName>) -> String {
    target.map_or_else(|| "no target".to_owned(), ServerName::address)
}

fn make_folders(path: &Path) -> Result<(), StoreError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|source| StoreError::File {
        action: "make folder",
        path: path.to_owned(),
        source,
    })
}

fn sub_folders(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut folders: Vec<PathBuf> =
        entries.filter_map(|e| e.ok().map(|e| e.path())).filter(|p| p.is_dir()).collect();
    folders.sort();
    folders
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, StoreError> {
    let text = std::fs::read(path).map_err(|source| StoreError::File {
        action: "read",
        path: path.to_owned(),
        source,
    })?;
    serde_json::from_slice(&text)
        .map_err(|error| StoreError::Damaged { path: path.to_owned(), reason: error.to_string() })
}

fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), StoreError> {
    let text = serde_json::to_vec_pretty(value)
        .map_err(|error| StoreError::Damaged { path: path.to_owned(), reason: error.to_string() })?;
    write_whole(path, &text)
}

/// Writes a file whole or not at all: first beside it, then over it.
fn write_whole(path: &Path, text: &[u8]) -> Result<(), StoreError> {
    let failed = |source| StoreError::File { action: "write", path: path.to_owned(), source };
    let beside = path.with_extension("tmp");
    let mut options = OpenOptions::new();
    let mut file =
        options.create(true).truncate(true).write(true).mode(0o600).open(&beside).map_err(failed)?;
    file.write_all(text).and_then(|()| file.sync_data()).map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::{Liveness, Store};
    use crate::outcome::{RunState, Substate};
    use crate::store::{Record, ServerName, State, StoreError};

    fn record(name: &str, host: &str, at: &str) -> Record {
        Record {
            format: 1,
            name: name.to_owned(),
            option: "Migrate".to_owned(),
            mode: "Offline".to_owned(),
            source_type: "OnPremises".to_owned(),
            source: None,
            target: Some(ServerName { host: host.to_owned(), port: 5432, user: "u".to_owned() }),
            created_at: at.to_owned(),
            request: serde_json::Value::Null,
        }
    }

    #[test]
    fn a_run_whose_process_is_gone_is_interrupted() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        let state = State::begin(Substate::MigratingData, "t", "h");
        let run = store.create(&record("a", "one", "1"), &state).unwrap();
        let found = store.find("a", None).unwrap();
        assert_eq!(found.liveness, Liveness::Running);
        assert!(matches!(found.take_over(), Err(StoreError::InProgress(_))));
        assert!(matches!(found.delete(), Err(StoreError::InProgress(_))));
        found.ask_to_cancel().unwrap();
        drop(run);
        let found = store.find("a", None).unwrap();
        assert_eq!(found.shown_state(), "Interrupted");
        assert!(matches!(found.ask_to_cancel(), Err(StoreError::NotInProgress { .. })));
        let run = found.take_over().unwrap();
        run.write_state(&State { state: RunState::Succeeded, ..state }).unwrap();
        drop(run);
        let found = store.find("a", None).unwrap();
        assert_eq!(found.liveness, Liveness::Ended);
        found.delete().unwrap();
        assert!(matches!(store.find("a", None), Err(StoreError::Unknown { .. })));
    }

    #[test]
    fn a_name_is_unique_for_each_target_and_the_newest_is_first() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        let state = State::begin(Substate::MigratingData, "t", "h");
        for (host, at) in [("one.example.com", "1"), ("/tmp/two", "2")] {
            drop(store.create(&record("a", host, at), &state).unwrap());
        }
        assert!(matches!(
            store.create(&record("a", "one.example.com", "3"), &state),
            Err(StoreError::Exists { .. })
        ));
        assert!(matches!(store.find("a", None), Err(StoreError::Ambiguous { .. })));
        assert_eq!(store.find("a", Some("one")).unwrap().record.created_at, "1");
        let (runs, problems) = store.list();
        assert_eq!(runs.iter().map(|r| r.record.created_at.as_str()).collect::<Vec<_>>(), ["2", "1"]);
        assert!(problems.is_empty());
        assert!(store.is_free("b", None) && !store.is_free("a", Some("/tmp/two")));
    }

    #[test]
    fn a_newer_format_is_read_but_not_changed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        let newer = Record { format: 2, ..record("a", "one", "1") };
        drop(store.create(&newer, &State::begin(Substate::MigratingData, "t", "h")).unwrap());
        let found = store.find("a", None).unwrap();
        assert!(matches!(found.take_over(), Err(StoreError::Newer { found: 2, .. })));
        std::fs::write(found.folder.join("state.json"), "{").unwrap();
        let (runs, problems) = store.list();
        assert!(runs.is_empty() && matches!(problems[..], [StoreError::Damaged { .. }]));
    }
}

//! The journal: one event a line, only ever added to.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::migrate::Event;
use crate::store::error::StoreError;

/// The version of a line.
const VERSION: u32 = 1;

/// Whether an event must not be forgotten, because the target is changed in a way that only the journal tells.
pub fn is_durable(event: &Event) -> bool {
    matches!(
        event,
        Event::DatabaseIntended { .. }
            | Event::DatabaseMade { .. }
            | Event::DatabaseFound { .. }
            | Event::SourceSeen { .. }
            | Event::RolesLent { .. }
            | Event::TableEmptied { .. }
            | Event::Finishing { .. }
            | Event::DatabaseEnded { .. }
    )
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The version of the line.
    pub v: u32,
    /// When it happened, in RFC 3339.
    pub at: String,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Opens it to add to it. A last line that a crash has cut short is ended first, so that nothing is glued to it.
    pub(crate) fn open(path: &Path) -> Result<Journal, StoreError> {
        let failed = |source| StoreError::File { action: "open", path: path.to_owned(), source };
        let cut = std::fs::read(path).is_ok_and(|text| text.last().is_some_and(|last| *last != b'\n'));
        let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(path).map_err(failed)?;
        if cut {
            file.write_all(b"\n").map_err(failed)?;
        }
        Ok(Journal { file, path: path.to_owned() })
    }

    /// Adds an event. What must not be forgotten, because the target is changed in a way that only the journal tells,
    /// is on the disk when this returns. For everything else a forgotten line only means that work is done again.
    pub(crate) fn add(&mut self, at: &str, event: Event) -> Result<(), StoreError> {
        let failed = |source| StoreError::File { action: "write", path: self.path.clone(), source };
        let durable = is_durable(&event);
        let entry = Entry { v: VERSION, at: at.to_owned(), event };
        let mut line = serde_json::to_vec(&entry).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        // One write for the whole line: a reader never sees half of one, unless the machine fails.
        self.file.write_all(&line).map_err(failed)?;
        if durable { self.file.sync_data().map_err(failed) } else { Ok(()) }
    }
}

/// Reads a journal. A line that was cut short is one that was being written when the process died: it is as if it had
/// never been begun. Any other line that cannot be read is damage, and told with its number.
pub fn read_journal(path: &Path) -> Result<Vec<Entry>, StoreError> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(StoreError::File { action: "read", path: path.to_owned(), source }),
    };
    let damaged = |number: usize, reason: String| StoreError::Damaged {
        path: path.to_owned(),
        reason: format!("line {number}: {reason}"),
    };
    let mut entries = Vec::new();
    for (number, line) in text.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty()) {
        match serde_json::from_slice::<Entry>(line) {
            Ok(entry) => entries.push(entry),
            Err(error) if error.is_eof() => {}
            Err(error) => {
                #[derive(Deserialize)]
                struct Version {
                    v: u32,
                }
                let newer = serde_json::from_slice::<Version>(line).is_ok_and(|found| found.v > VERSION);
                let reason =
                    if newer { "a newer program has written it".to_owned() } else { error.to_string() };
                return Err(damaged(number + 1, reason));
            }
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{Journal, read_journal};
    use crate::migrate::Event;
    use crate::store::StoreError;

    #[test]
    fn a_cut_line_is_forgotten_and_damage_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let event = |n: usize| Event::DataMade { database: format!("d{n}") };
        Journal::open(&path).unwrap().add("t", event(1)).unwrap();
        std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap()
            .write_all(b"{\"v\":1,\"at\":\"t\",\"ev")
            .unwrap();
        assert_eq!(read_journal(&path).unwrap().len(), 1);
        Journal::open(&path).unwrap().add("t", event(2)).unwrap();
        let events: Vec<Event> = read_journal(&path).unwrap().into_iter().map(|e| e.event).collect();
        assert_eq!(events, [event(1), event(2)]);

        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("\"d1\"", "d1\"")).unwrap();
        let Err(StoreError::Damaged { reason, .. }) = read_journal(&path) else {
            panic!("damage must be told")
        };
        assert!(reason.starts_with("line 1: "), "{reason}");
        std::fs::write(&path, "{\"v\":2,\"at\":\"t\",\"event\":\"unheard_of\"}\n").unwrap();
        let Err(StoreError::Damaged { reason, .. }) = read_journal(&path) else {
            panic!("a newer line must be told")
        };
        assert_eq!(reason, "line 1: a newer program has written it");
    }
}

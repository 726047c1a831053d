//! Runs, remembered: one folder each, readable with a pager.
//!
//! `run.json` says what was asked for and never changes. `state.json` says how far it is, replaced as a whole. Into
//! `journal.jsonl` every event is written as it happens, and nothing is ever taken out. `report.json` is there in the
//! end. `lock` is locked by the process that works on the run, and `cancel` appears when somebody wants it to stop.
//! No file holds a password.

mod error;
mod folder;
mod journal;
mod record;
mod state;

pub use error::StoreError;
pub use folder::{RunFolder, Store, StoredRun};
pub use journal::{Entry as JournalEntry, is_durable, read_journal};
pub use record::{FORMAT, Record, ServerName, check_name};
pub use state::{DatabaseState, Liveness, State};

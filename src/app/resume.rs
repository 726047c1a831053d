//! Resuming: which runs can be, and how.

use crate::app::spec::RunSpec;
use crate::error::Error;
use crate::migrate::Done;
use crate::outcome::RunState;
use crate::report::Report;
use crate::store::{Liveness, StoreError, StoredRun};

/// How a run is resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// What is on the target stays, where the source is proved unchanged.
    Keep,
    /// Every table is copied again, whatever is known of the source.
    RestartTables,
}

impl Resume {
    /// As the flag `--restart-tables` has it.
    pub fn new(restart_tables: bool) -> Resume {
        if restart_tables { Self::RestartTables } else { Self::Keep }
    }
}

/// What an earlier process has done of a run.
pub(crate) struct Earlier {
    pub(crate) done: Done,
    pub(crate) restart_tables: bool,
    /// The report of its validation.
    pub(crate) report: Option<Report>,
}

impl Earlier {
    /// Reads it from the store; none when nothing was done yet, and the run begins with its validation.
    pub(crate) fn of(stored: &StoredRun, resume: Resume) -> Result<Option<Earlier>, Error> {
        let done = stored.done()?;
        if done == Done::default() {
            return Ok(None);
        }
        let report = stored.report()?.and_then(|text| serde_json::from_str(&text).ok());
        Ok(Some(Earlier { done, restart_tables: resume == Resume::RestartTables, report }))
    }
}

/// What a stored run was asked for.
pub fn spec_of(stored: &StoredRun) -> Result<RunSpec, Error> {
    let damaged = |error: serde_json::Error| StoreError::Damaged {
        path: stored.folder.join("run.json"),
        reason: error.to_string(),
    };
    Ok(serde_json::from_value(stored.record.request.clone()).map_err(damaged)?)
}

/// Whether a run can be resumed; why not, if not.
pub fn check_resumable(stored: &StoredRun) -> Result<(), Error> {
    let name = &stored.record.name;
    let refuse = |message: String, hint: &str| Err(Error::Usage { message, hint: Some(hint.to_owned()) });
    match (stored.liveness, stored.state.state) {
        _ if !spec_of(stored)?.option.migrates() => {
            refuse(format!("`{name}` is no migration"), "run it again: it has changed nothing")
        }
        (Liveness::Running, _) => Err(StoreError::InProgress(name.clone()).into()),
        (_, RunState::Succeeded) => {
            refuse(format!("migration `{name}` has succeeded"), "there is nothing left to do")
        }
        (_, RunState::ValidationFailed) => refuse(
            format!("the validation of migration `{name}` failed, so nothing was migrated"),
            "fix what was found, and start a new migration",
        ),
        _ => Ok(()),
    }
}

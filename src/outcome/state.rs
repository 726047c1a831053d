//! The states of a run and of its databases, in the words of the service that users come from (see the contract of the
//! JSON report). A state that a newer program has written reads as `Unknown`, so that its runs can still be listed.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The state of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RunState {
    /// It has not ended, as far as it could write that down.
    #[default]
    InProgress,
    /// Somebody has stopped it.
    Canceled,
    /// The validation did not pass, so nothing was migrated.
    ValidationFailed,
    /// The migration failed, or verification found a difference.
    Failed,
    /// It has done what was asked for.
    Succeeded,
    /// A word of a newer program.
    #[serde(other)]
    Unknown,
}

impl RunState {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Canceled => "Canceled",
            Self::ValidationFailed => "ValidationFailed",
            Self::Failed => "Failed",
            Self::Succeeded => "Succeeded",
            Self::Unknown => "Unknown",
        }
    }
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a run in progress is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Substate {
    /// Arguments were read; servers are about to be asked.
    #[default]
    PerformingPreRequisiteSteps,
    /// Facts are collected and judged.
    ValidationInProgress,
    /// The databases are being migrated.
    MigratingData,
    /// The databases are there; the result is put together.
    CompletingMigration,
    /// Nothing is left to do.
    Completed,
    /// A word of a newer program.
    #[serde(other)]
    Unknown,
}

impl Substate {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::PerformingPreRequisiteSteps => "PerformingPreRequisiteSteps",
            Self::ValidationInProgress => "ValidationInProgress",
            Self::MigratingData => "MigratingData",
            Self::CompletingMigration => "CompletingMigration",
            Self::Completed => "Completed",
            Self::Unknown => "Unknown",
        }
    }
}

impl fmt::Display for Substate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The state of one database of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DatabaseRunState {
    /// Not begun. The first versions of the store wrote an empty text for it.
    #[default]
    #[serde(alias = "")]
    Queued,
    /// Begun.
    InProgress,
    /// Stopped by the user.
    Canceled,
    /// Not migrated, or not alike.
    Failed,
    /// Migrated.
    Succeeded,
    /// A word of a newer program.
    #[serde(other)]
    Unknown,
}

impl DatabaseRunState {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::InProgress => "InProgress",
            Self::Canceled => "Canceled",
            Self::Failed => "Failed",
            Self::Succeeded => "Succeeded",
            Self::Unknown => "Unknown",
        }
    }
}

impl fmt::Display for DatabaseRunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What is being done with a database, in words for people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Phase {
    /// Nothing yet, or nothing any more.
    #[default]
    #[serde(rename = "")]
    None,
    /// Its schema and its tables are read from the source.
    #[serde(rename = "reading the source")]
    ReadingSource,
    /// Its tables are copied, its indexes and constraints created.
    #[serde(rename = "copying")]
    Copying,
    /// What follows the data is created.
    #[serde(rename = "finishing")]
    Finishing,
    /// It is compared with the source.
    #[serde(rename = "verifying")]
    Verifying,
    /// A word of a newer program.
    #[serde(other)]
    Unknown,
}

impl Phase {
    /// The words for it; empty when nothing is being done.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::ReadingSource => "reading the source",
            Self::Copying => "copying",
            Self::Finishing => "finishing",
            Self::Verifying => "verifying",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DatabaseRunState, Phase, RunState, Substate};

    #[test]
    fn states_are_written_as_their_words_and_newer_words_are_read_as_unknown() {
        for state in [RunState::InProgress, RunState::ValidationFailed, RunState::Unknown] {
            assert_eq!(serde_json::to_value(state).unwrap(), state.name());
        }
        assert_eq!(serde_json::to_value(Substate::Completed).unwrap(), Substate::Completed.name());
        assert_eq!(serde_json::to_value(Phase::ReadingSource).unwrap(), Phase::ReadingSource.name());
        assert_eq!(serde_json::from_str::<RunState>("\"Paused\"").unwrap(), RunState::Unknown);
        assert_eq!(serde_json::from_str::<Phase>("\"\"").unwrap(), Phase::None);
        assert_eq!(serde_json::from_str::<DatabaseRunState>("\"\"").unwrap(), DatabaseRunState::Queued);
    }
}

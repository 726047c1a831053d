//! What can go wrong in a migration.

use crate::server::{ConnectFailure, DumpError, WorkError};

/// Why a migration, or that of one database, failed.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// A connection or a statement failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The schema could not be read.
    #[error(transparent)]
    Dump(#[from] DumpError),
    /// A statement of the schema failed.
    #[error("create {object}: {reason}\nstatement: {statement}")]
    Entry {
        /// The object.
        object: String,
        /// What the server said, with SQLSTATE.
        reason: String,
        /// The statement.
        statement: String,
    },
    /// The target is in the way.
    #[error("{0}")]
    Refused(String),
    /// The user asked to stop.
    #[error("canceled")]
    Canceled,
}

impl From<ConnectFailure> for MigrateError {
    fn from(failure: ConnectFailure) -> MigrateError {
        MigrateError::Work(WorkError::Connect(failure))
    }
}

impl MigrateError {
    /// A statement that failed.
    pub(crate) fn statement(action: impl Into<String>, reason: impl Into<String>) -> MigrateError {
        MigrateError::Work(WorkError::Statement { action: action.into(), reason: reason.into() })
    }
}

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
        /// The SQLSTATE, if the server gave one.
        sqlstate: Option<String>,
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
    /// Whether the server said that the object is there already.
    /// Source: class 42 of <https://www.postgresql.org/docs/18/errcodes-appendix.html>.
    pub(crate) fn is_duplicate(&self) -> bool {
        const DUPLICATES: &[&str] =
            &["42P03", "42P04", "42P05", "42P06", "42P07", "42701", "42710", "42712", "42723", "23505"];
        match self {
            Self::Entry { sqlstate: Some(sqlstate), reason, .. } => {
                DUPLICATES.contains(&sqlstate.as_str())
                    // ATTACH PARTITION has no SQLSTATE of its own, nor has a second primary key.
                    || (sqlstate == "42809" && reason.contains("is already a partition"))
                    || (sqlstate == "42P16" && reason.contains("multiple primary keys"))
            }
            _ => false,
        }
    }

    /// Whether the server has ended a statement because it and another one waited for each other.
    pub(crate) fn is_deadlock(&self) -> bool {
        matches!(self, Self::Entry { sqlstate: Some(sqlstate), .. } if sqlstate == "40P01")
    }

    /// A statement that failed.
    pub(crate) fn statement(action: impl Into<String>, reason: impl Into<String>) -> MigrateError {
        MigrateError::Work(WorkError::Statement {
            action: action.into(),
            reason: reason.into(),
            sqlstate: None,
        })
    }
}

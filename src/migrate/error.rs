//! What can go wrong in a migration.

use crate::plan::Entry;
use crate::server::{ConnectFailure, DumpError, ProbeError, WorkError, is_refusal};

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
    /// Several statements of the schema failed.
    #[error("{} cannot be created\n{}", objects(.failed.len()), all_of(.failed, .not_tried))]
    Entries {
        /// What failed: each a [`MigrateError::Entry`].
        failed: Vec<MigrateError>,
        /// What was not tried, and because of which object.
        not_tried: Vec<String>,
    },
    /// The target is in the way.
    #[error("{0}")]
    Refused(String),
    /// The user asked to stop.
    #[error("canceled")]
    Canceled,
}

fn objects(count: usize) -> String {
    if count == 1 { "1 object".to_owned() } else { format!("{count} objects") }
}

fn all_of(failed: &[MigrateError], not_tried: &[String]) -> String {
    let failed = failed.iter().map(ToString::to_string);
    let rest = not_tried.iter().map(|object| format!("not tried: {object}"));
    failed.chain(rest).collect::<Vec<_>>().join("\n")
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

    /// Whether the session cannot go on, or was told to stop: the connection is lost, or the statement was canceled.
    /// Source: classes 08 and 57 of <https://www.postgresql.org/docs/18/errcodes-appendix.html>.
    pub(crate) fn ends_session(&self) -> bool {
        match self.sqlstate() {
            Some(sqlstate) => sqlstate.starts_with("08") || sqlstate.starts_with("57"),
            None => true,
        }
    }

    /// Whether the server refused because the user lacks a right.
    pub(crate) fn is_refusal(&self) -> bool {
        self.sqlstate().is_some_and(is_refusal)
    }

    /// What the server's code was, if it gave one.
    pub(crate) fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Entry { sqlstate, .. } | Self::Work(WorkError::Statement { sqlstate, .. }) => {
                sqlstate.as_deref()
            }
            _ => None,
        }
    }

    /// A statement of an entry that failed.
    pub(crate) fn entry(entry: &Entry, error: &ProbeError, statement: String) -> MigrateError {
        MigrateError::Entry {
            object: entry.title(),
            reason: error.to_string(),
            sqlstate: error.sqlstate().map(str::to_owned),
            statement: if entry.is_secret() {
                "not shown, it may hold a password".to_owned()
            } else {
                statement
            },
        }
    }

    /// The same, told as the failure of an entry.
    pub(crate) fn of_entry(self, entry: &Entry) -> MigrateError {
        match self {
            Self::Work(WorkError::Statement { action, reason, sqlstate }) => {
                Self::Entry { object: entry.title(), reason, sqlstate, statement: action }
            }
            other => other,
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

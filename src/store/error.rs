//! What can go wrong with the store.

use std::path::PathBuf;

/// Why a run cannot be stored, found or changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder cannot be used.
    #[error("{action} {path}")]
    File {
        /// What was being done.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("read {path}: it is damaged: {reason}")]
    Damaged {
        /// Where.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A newer program has written it.
    #[error(
        "{path} has format {found}, and this program writes format {known}: it can be shown, but not changed"
    )]
    Newer {
        /// Where.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// The name is no name.
    #[error(
        "`{0}` cannot be the name of a migration: it has letters, digits and hyphens, and does not start with a hyphen"
    )]
    Name(String),
    /// There is a run of this name already.
    #[error("there is already a migration `{name}` to {target}")]
    Exists {
        /// The name.
        name: String,
        /// The target.
        target: String,
    },
    /// There is no such run.
    #[error("there is no migration `{name}`")]
    Unknown {
        /// The name.
        name: String,
        /// What may be meant.
        hint: Option<String>,
    },
    /// Several targets have a run of this name.
    #[error("several targets have a migration `{name}`: {targets}")]
    Ambiguous {
        /// The name.
        name: String,
        /// The targets.
        targets: String,
    },
    /// Another process works on it.
    #[error("migration `{0}` is in progress")]
    InProgress(String),
    /// It is over.
    #[error("migration `{name}` is not in progress: it is {state}")]
    NotInProgress {
        /// The name.
        name: String,
        /// How it ended.
        state: String,
    },
}

impl StoreError {
    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Exists { .. } => {
                Some("choose another name, or `pgpassage migration delete` the old one".to_owned())
            }
            Self::Unknown { hint, .. } => hint.clone(),
            Self::Ambiguous { .. } => {
                Some("name the target server too, with --name HOST or HOST:PORT".to_owned())
            }
            Self::InProgress(name) => {
                Some(format!("stop it with `pgpassage migration update --cancel --migration-name {name}`"))
            }
            Self::NotInProgress { .. } => Some("only a migration in progress can be canceled".to_owned()),
            _ => None,
        }
    }
}

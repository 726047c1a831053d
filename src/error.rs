//! One error for everything a command can end with, shown in one place.

use std::path::PathBuf;

use crate::config::{EndpointError, PropertiesError, SettingsError};
use crate::facts::RecordingError;
use crate::store::StoreError;

/// Why a command ended without a result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Arguments that do not go together.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// Settings that cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A connection string that cannot be used.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// A facts file that cannot be used.
    #[error("use the facts in {path}")]
    Recording {
        /// Where.
        path: PathBuf,
        /// Why not.
        source: RecordingError,
    },
    /// A file that cannot be read or written.
    #[error("{action} {path}")]
    File {
        /// Read or write.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The result could not be written to standard output.
    #[error("write the result")]
    Output(#[source] std::io::Error),
    /// Standard input could not be read.
    #[error("read standard input")]
    Input(#[source] std::io::Error),
    /// The runtime that waits for servers could not be started.
    #[error("start the threads that talk to servers")]
    Runtime(#[source] std::io::Error),
    /// The program has a mistake.
    #[error("this is a mistake in the program: {0}")]
    Internal(String),
    /// A report could not be made.
    #[error("make the report: {0}")]
    Render(String),
    /// The store of runs cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A properties file that cannot be used.
    #[error(transparent)]
    Properties(#[from] PropertiesError),
    /// A server that is needed was not reached.
    #[error("{0}")]
    Unreached(String),
    /// The migration or verification ended before there was anything to report.
    #[error("{0}")]
    Migrate(String),
    /// The page cannot be served at an address.
    #[error("listen on {address}")]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The page could not be served any longer.
    #[error("serve the page")]
    Serve(#[source] std::io::Error),
    /// The demonstration could not run.
    #[error("{0}")]
    Demo(String),
    /// The user wanted it to stop.
    #[error("canceled; nothing was changed on either server")]
    Canceled,
    /// The user wanted it to stop, and did not wait until it had.
    #[error("stopped at once, before run {name} could say what is left on the target")]
    Forced {
        /// The run.
        name: String,
        /// Whether it can be looked at and resumed.
        remembered: bool,
    },
}

impl Error {
    /// The way out, where it is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Usage { hint, .. } => hint.clone(),
            Self::Settings(error) => error.hint(),
            Self::Endpoint(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Listen { .. } => Some("another program may have the port: choose one with --listen 127.0.0.1:PORT, or 0 for a free one".to_owned()),
            Self::Forced { name, remembered: true } => {
                Some(format!("look at it with `pgpassage migration show --migration-name {name}`"))
            }
            _ => None,
        }
    }

    /// Whether the reader of standard output went away, which is no failure.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe)
    }
}

/// The error with its causes and hint, for standard error.
pub fn show(error: &Error) -> String {
    if let Error::Settings(SettingsError::Rules(problems)) = error {
        return problems.to_string();
    }
    let text = format!("error: {}", crate::server::chain(error));
    let mut text = crate::report::safe_lines(&text);
    if let Some(hint) = error.hint() {
        text.push_str("\nhint: ");
        text.push_str(&crate::report::safe(&hint));
    }
    text
}

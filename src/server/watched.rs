//! What a session knows of how it is watched; who looks stands in `watch.rs`.

use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::server::endpoint::Endpoint;

/// How a session is watched.
#[derive(Debug)]
pub(crate) struct Watch {
    /// How the server is asked on another connection, and which process and start of a server the session belongs to.
    pub(crate) endpoint: Endpoint,
    pub(crate) home: Option<PathBuf>,
    pub(crate) process: OnceLock<(String, String)>,
    /// How long a statement may run, if the server has been told so.
    limit: Mutex<Option<Duration>>,
    /// Why the session is given up.
    pub(crate) given_up: OnceLock<String>,
}

impl Watch {
    pub(crate) fn new(endpoint: Endpoint, home: Option<PathBuf>) -> Watch {
        Watch { endpoint, home, process: OnceLock::new(), limit: Mutex::new(None), given_up: OnceLock::new() }
    }

    /// From now on no statement takes longer than this, says the server.
    pub(crate) fn set_limit(&self, limit: Option<Duration>) {
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner) = limit;
    }

    pub(crate) fn limit(&self) -> Option<Duration> {
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! One of the two servers, as a user named it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::facts::Side;
use crate::pg::{Conninfo, PassEntry, Secret};
use crate::server::settings::StartOptions;

/// Where one side is, with everything needed to connect to any of its databases.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Which side.
    pub side: Side,
    /// The connection string, complete.
    pub conninfo: Conninfo,
    /// Whether the user named the database, or it is libpq's default.
    pub dbname_given: bool,
    /// Whether the user said of this server how TLS is to be, or it is libpq's default.
    pub sslmode_given: bool,
    /// The entries of the password file.
    pub passwords: Vec<PassEntry>,
    /// The connection string with everything that was found out, but without a password.
    pub without_password: String,
    /// Under which name the server lists our sessions.
    pub application_name: String,
    /// What of our options the server takes when a session starts.
    pub start: StartMemory,
    /// How long a server that does not answer is waited for before it is looked for on another connection.
    pub patience: Duration,
}

/// The patience where the user has named none.
pub const DEFAULT_PATIENCE: Duration = Duration::from_mins(1);

/// Which of our options a server has refused at the start of a session: it is not asked again.
#[derive(Debug, Clone, Default)]
pub struct StartMemory {
    refused: Arc<Mutex<Option<StartOptions>>>,
}

impl StartMemory {
    /// What to ask for.
    pub(crate) fn options(&self) -> StartOptions {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.unwrap_or(StartOptions::WithoutEventTriggers)
    }

    /// Remembers that the server took only `less` when `asked` was asked for.
    pub(crate) fn refused(&self, asked: StartOptions, less: StartOptions) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        // Another session may have learnt more in the meantime.
        if refused.is_none_or(|known| known == asked) {
            *refused = Some(less);
        }
    }
}

impl Endpoint {
    /// The password for a host and database: the one given, else the first line of the password file that fits.
    pub fn password(&self, host: &crate::pg::HostSpec, dbname: &str) -> Option<&Secret> {
        self.conninfo.password.as_ref().or_else(|| {
            self.passwords.iter().find_map(|entry| entry.password_for(host, dbname, &self.conninfo.user))
        })
    }
}

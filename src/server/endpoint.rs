//! One of the two servers, as a user named it.

use crate::facts::Side;
use crate::pg::{Conninfo, PassEntry, Secret};

/// Where one side is, with everything needed to connect to any of its databases.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Which side.
    pub side: Side,
    /// The connection string, complete.
    pub conninfo: Conninfo,
    /// Whether the user named the database, or it is libpq's default.
    pub dbname_given: bool,
    /// The entries of the password file.
    pub passwords: Vec<PassEntry>,
    /// The connection string with everything that was found out, but without a password.
    pub without_password: String,
    /// Under which name the server lists our sessions.
    pub application_name: String,
}

impl Endpoint {
    /// The password for a host and database: the one given, else the first line of the password file that fits.
    pub fn password(&self, host: &crate::pg::HostSpec, dbname: &str) -> Option<&Secret> {
        self.conninfo.password.as_ref().or_else(|| {
            self.passwords.iter().find_map(|entry| entry.password_for(host, dbname, &self.conninfo.user))
        })
    }
}

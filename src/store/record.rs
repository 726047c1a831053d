//! What was asked for: the part of a run that never changes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::store::error::StoreError;

/// The format of the files that this program writes.
pub const FORMAT: u32 = 1;

/// A server, as people name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerName {
    /// Its host, or hosts, or socket folder.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The user of the connection.
    pub user: String,
}

impl ServerName {
    /// `host:port`.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// `host:port@user`, as properties files have it.
    pub fn resource(&self) -> String {
        format!("{}:{}@{}", self.host, self.port, self.user)
    }

    /// Whether a user means this server: its host, its first label, or host and port.
    pub fn is_called(&self, name: &str) -> bool {
        let label = self.host.split('.').next().unwrap_or_default();
        name == self.host || name == self.address() || (!label.is_empty() && name == label)
    }
}

/// A run, as it was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The format of the folder.
    pub format: u32,
    /// Its name.
    pub name: String,
    /// `Validate`, `Migrate`, `ValidateAndMigrate`, `Verify`.
    pub option: String,
    /// `Offline`.
    pub mode: String,
    /// What kind of server the source is, as the service that users come from calls it.
    pub source_type: String,
    /// The source; none when recorded facts were judged.
    pub source: Option<ServerName>,
    /// The target; none when there was only a profile of one.
    pub target: Option<ServerName>,
    /// When it was asked for, in RFC 3339.
    pub created_at: String,
    /// Everything the command needs to go on with it. Never a password.
    pub request: Value,
}

/// Checks the name of a run.
pub fn check_name(name: &str) -> Result<(), StoreError> {
    let good = !name.is_empty()
        && name.len() <= 128
        && !name.starts_with('-')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if good { Ok(()) } else { Err(StoreError::Name(name.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::{ServerName, check_name};

    #[test]
    fn names_have_letters_digits_and_hyphens() {
        assert!(check_name("July-2026").is_ok());
        for bad in ["", "-a", "a b", "a/b", "ü", "a.b", "../x"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_server_is_called_by_host_label_or_address() {
        let server = ServerName { host: "db1.example.com".into(), port: 5432, user: "u".into() };
        assert!(
            server.is_called("db1.example.com")
                && server.is_called("db1")
                && server.is_called("db1.example.com:5432")
        );
        assert!(!server.is_called("db") && !server.is_called(""));
        assert_eq!(server.resource(), "db1.example.com:5432@u");
    }
}

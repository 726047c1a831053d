//! Where on the way to a database a connection failed, and what the server's refusal says about that.

use std::fmt;

use tokio_postgres::error::SqlState;

use crate::server::session::describe;

/// Where on the way to a database a connection failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hop {
    /// The host name has no address.
    NameResolution,
    /// Nobody answers at the address and port, or the socket.
    Network,
    /// TLS cannot be set up with these files.
    TlsSetup,
    /// The server offers no TLS.
    NoTls,
    /// The TLS handshake failed: certificate, name, protocol version.
    TlsHandshake,
    /// `pg_hba.conf` lets nobody in from here.
    HostBasedAccess,
    /// User or password are wrong, or the role may not log in.
    Authentication,
    /// The database does not exist or accepts nobody.
    Database,
    /// All connections are taken.
    ConnectionSlots,
    /// The server is starting up, shutting down or recovering.
    ServerState,
    /// The server is not of the kind `target_session_attrs` asks for.
    SessionAttributes,
    /// Something else.
    Other,
}

impl Hop {
    /// The word in facts and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::NameResolution => "name resolution",
            Self::Network => "network",
            Self::TlsSetup => "TLS set-up",
            Self::NoTls => "TLS not offered",
            Self::TlsHandshake => "TLS handshake",
            Self::HostBasedAccess => "pg_hba.conf",
            Self::Authentication => "authentication",
            Self::Database => "database",
            Self::ConnectionSlots => "connection slots",
            Self::ServerState => "server state",
            Self::SessionAttributes => "session attributes",
            Self::Other => "other",
        }
    }
}

/// A connection that could not be made.
#[derive(Debug, Clone, thiserror::Error)]
#[error("connect to the {side} at {host}, port {port}, database {dbname} ({}): {message}", hop.name())]
pub struct ConnectFailure {
    /// Which side.
    pub side: crate::facts::Side,
    /// Where it stopped.
    pub hop: Hop,
    /// The host that was tried last.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The database.
    pub dbname: String,
    /// What went wrong, with the whole chain of causes.
    pub message: String,
    /// The SQLSTATE, where the server gave one.
    pub sqlstate: Option<String>,
}

/// What went wrong at one host.
pub(crate) struct HostFailure {
    pub(crate) hop: Hop,
    pub(crate) message: String,
    pub(crate) sqlstate: Option<String>,
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which hop a failure of the start-up belongs to.
pub(crate) fn classify(error: &tokio_postgres::Error) -> HostFailure {
    let message = describe(error);
    let hop = match error.as_db_error() {
        Some(server) => match *server.code() {
            SqlState::INVALID_AUTHORIZATION_SPECIFICATION if server.message().contains("pg_hba.conf") => {
                Hop::HostBasedAccess
            }
            SqlState::INVALID_AUTHORIZATION_SPECIFICATION | SqlState::INVALID_PASSWORD => Hop::Authentication,
            SqlState::INVALID_CATALOG_NAME
            | SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE
            | SqlState::INSUFFICIENT_PRIVILEGE => Hop::Database,
            SqlState::TOO_MANY_CONNECTIONS => Hop::ConnectionSlots,
            SqlState::CANNOT_CONNECT_NOW | SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN => {
                Hop::ServerState
            }
            _ => Hop::Other,
        },
        None if message.contains("server does not support TLS") => Hop::NoTls,
        None if message.contains("TLS handshake") => Hop::TlsHandshake,
        None if message.contains("password") || message.contains("authentication") => Hop::Authentication,
        None if error.is_closed() || message.contains("communicating with the server") => Hop::Network,
        None => Hop::Other,
    };
    HostFailure { hop, message, sqlstate: error.code().map(|code| code.code().to_owned()) }
}

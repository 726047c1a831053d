//! From an endpoint to a connection, one hop after the other, so that a failure says which hop it was.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::{MakeTlsConnect, NoTls, TlsConnect};
use tokio_postgres::{Client, Config, config};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::pg::{ChannelBinding, HostSpec, SessionAttributes, SslMode};
use crate::server::endpoint::Endpoint;
use crate::server::session::{Session, chain, describe};
use crate::server::tap::{Tap, TapHandle, TapTls};
use crate::server::tls;

/// How long to try one host when the connection string sets no limit, so that no run waits for ever.
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

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
struct HostFailure {
    hop: Hop,
    message: String,
    sqlstate: Option<String>,
}

/// Connects to the database of an endpoint's connection string. Where the user named none, libpq's default is one named
/// like the user, which often does not exist; any other will do then.
pub async fn connect_any(endpoint: &Endpoint, home: Option<&Path>) -> Result<Session, ConnectFailure> {
    let first = connect(endpoint, &endpoint.conninfo.dbname, home).await;
    let mut last = match first {
        Err(failure) if failure.hop == Hop::Database && !endpoint.dbname_given => failure,
        result => return result,
    };
    for name in ["postgres", "template1"] {
        match connect(endpoint, name, home).await {
            Err(failure) if failure.hop == Hop::Database => last = failure,
            result => return result,
        }
    }
    Err(last)
}

/// Connects to a database of an endpoint: host by host, with TLS as `sslmode` asks. `home` is where libpq's default
/// certificate files are.
pub async fn connect(
    endpoint: &Endpoint,
    dbname: &str,
    home: Option<&Path>,
) -> Result<Session, ConnectFailure> {
    let conninfo = &endpoint.conninfo;
    let failure = |host: &HostSpec, failure: HostFailure| ConnectFailure {
        side: endpoint.side,
        hop: failure.hop,
        host: host.host.clone(),
        port: host.port,
        dbname: dbname.to_owned(),
        message: failure.message,
        sqlstate: failure.sqlstate,
    };
    let limit = conninfo.connect_timeout.unwrap_or(DEFAULT_CONNECT_TIMEOUT);
    let prefer_standby = conninfo.target_session_attrs == SessionAttributes::PreferStandby;
    let passes = if prefer_standby {
        vec![SessionAttributes::Standby, SessionAttributes::Any]
    } else {
        vec![conninfo.target_session_attrs]
    };
    let mut last = None;
    for attributes in passes {
        for host in &conninfo.hosts {
            let attempt = tokio::time::timeout(limit, connect_host(endpoint, host, dbname, home, attributes));
            let failed = match attempt.await {
                Ok(Ok(session)) => return Ok(session),
                Ok(Err(failed)) => failed,
                Err(_) => HostFailure {
                    hop: Hop::Network,
                    message: format!("no answer within {} s", limit.as_secs()),
                    sqlstate: None,
                },
            };
            last = Some(failure(host, failed));
        }
    }
    Err(last.unwrap_or_else(|| ConnectFailure {
        side: endpoint.side,
        hop: Hop::Other,
        host: String::new(),
        port: 0,
        dbname: dbname.to_owned(),
        message: "no host is given".to_owned(),
        sqlstate: None,
    }))
}

async fn connect_host(
    endpoint: &Endpoint,
    host: &HostSpec,
    dbname: &str,
    home: Option<&Path>,
    attributes: SessionAttributes,
) -> Result<Session, HostFailure> {
    let conninfo = &endpoint.conninfo;
    let config = client_config(endpoint, host, dbname);
    let mode = if host.is_socket() { SslMode::Disable } else { conninfo.sslmode };
    let ((client, tap), encrypted) = match mode {
        SslMode::Disable => (attempt(endpoint, host, &config, None).await?, false),
        SslMode::Allow => match attempt(endpoint, host, &config, None).await {
            Ok(client) => (client, false),
            Err(plain) => match tls_attempt(endpoint, host, &config, home).await {
                Ok(client) => (client, true),
                // The first refusal is the one that a user of `allow` expects to see.
                Err(_) => return Err(plain),
            },
        },
        SslMode::Prefer => match tls_attempt(endpoint, host, &config, home).await {
            Ok(client) => (client, true),
            Err(with_tls)
                if matches!(
                    with_tls.hop,
                    Hop::NoTls | Hop::TlsHandshake | Hop::TlsSetup | Hop::HostBasedAccess
                ) =>
            {
                match attempt(endpoint, host, &config, None).await {
                    Ok(client) => (client, false),
                    Err(_) if with_tls.hop == Hop::HostBasedAccess => return Err(with_tls),
                    Err(plain) => return Err(plain),
                }
            }
            Err(with_tls) => return Err(with_tls),
        },
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => {
            (tls_attempt(endpoint, host, &config, home).await?, true)
        }
    };
    let session = Session {
        client,
        tap,
        side: endpoint.side,
        dbname: dbname.to_owned(),
        host: host.clone(),
        encrypted,
        application_name: endpoint.application_name.clone(),
    };
    check_attributes(&session, attributes).await?;
    Ok(session)
}

fn client_config(endpoint: &Endpoint, host: &HostSpec, dbname: &str) -> Config {
    let conninfo = &endpoint.conninfo;
    let mut config = Config::new();
    config.user(&conninfo.user).dbname(dbname);
    config.application_name(conninfo.application_name.as_deref().unwrap_or("pgpassage"));
    config.channel_binding(match conninfo.channel_binding {
        ChannelBinding::Disable => config::ChannelBinding::Disable,
        ChannelBinding::Prefer => config::ChannelBinding::Prefer,
        ChannelBinding::Require => config::ChannelBinding::Require,
    });
    if let Some(password) = endpoint.password(host, dbname) {
        config.password(password.expose());
    }
    if let Some(options) = &conninfo.options {
        config.options(options);
    }
    config
}

async fn tls_attempt(
    endpoint: &Endpoint,
    host: &HostSpec,
    config: &Config,
    home: Option<&Path>,
) -> Result<Connected, HostFailure> {
    let connector = tls::connector(&endpoint.conninfo, home).map_err(|error| HostFailure {
        hop: Hop::TlsSetup,
        message: chain(&error),
        sqlstate: None,
    })?;
    attempt(endpoint, host, config, Some(connector)).await
}

async fn attempt(
    endpoint: &Endpoint,
    host: &HostSpec,
    config: &Config,
    tls: Option<MakeRustlsConnect>,
) -> Result<Connected, HostFailure> {
    let network = |message: String| HostFailure { hop: Hop::Network, message, sqlstate: None };
    let mut config = config.clone();
    config.ssl_mode(if tls.is_some() { config::SslMode::Require } else { config::SslMode::Disable });
    if host.is_socket() {
        let path = format!("{}/.s.PGSQL.{}", host.host, host.port);
        let stream = UnixStream::connect(&path)
            .await
            .map_err(|error| network(format!("open socket {path}: {error}")))?;
        let tap = TapHandle::default();
        return start(&config, Tap::new(stream, tap.clone()), NoTls, tap).await;
    }
    let addresses: Vec<_> = match host.address {
        Some(address) => vec![(address, host.port).into()],
        None => lookup_host((host.host.as_str(), host.port))
            .await
            .map_err(|error| HostFailure {
                hop: Hop::NameResolution,
                message: format!("look up {}: {error}", host.host),
                sqlstate: None,
            })?
            .collect(),
    };
    let mut last = network(format!("{} has no address", host.host));
    for address in addresses {
        let stream = match TcpStream::connect(address).await {
            Ok(stream) => stream,
            Err(error) => {
                last = network(format!("reach {address}: {error}"));
                continue;
            }
        };
        set_keepalives(&stream, endpoint).map_err(|error| network(format!("set keepalives: {error}")))?;
        let tap = TapHandle::default();
        let Some(mut tls) = tls else {
            return start(&config, Tap::new(stream, tap.clone()), NoTls, tap).await;
        };
        let tls = <MakeRustlsConnect as MakeTlsConnect<TcpStream>>::make_tls_connect(&mut tls, &host.host)
            .map_err(|error| network(format!("set up TLS: {error}")))?;
        return start(&config, stream, TapTls { tls, handle: tap.clone() }, tap).await;
    }
    Err(last)
}

fn set_keepalives(stream: &TcpStream, endpoint: &Endpoint) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let conninfo = &endpoint.conninfo;
    if !conninfo.keepalives {
        return Ok(());
    }
    // A connection that idles behind a firewall during a long run is the commonest way to lose it.
    let mut keepalive =
        socket2::TcpKeepalive::new().with_time(conninfo.keepalives_idle.unwrap_or(Duration::from_mins(1)));
    if let Some(interval) = conninfo.keepalives_interval {
        keepalive = keepalive.with_interval(interval);
    }
    if let Some(count) = conninfo.keepalives_count {
        keepalive = keepalive.with_retries(count);
    }
    socket2::SockRef::from(stream).set_tcp_keepalive(&keepalive)
}

/// A client, and the tap on its connection.
type Connected = (Client, TapHandle);

async fn start<S, T>(config: &Config, stream: S, tls: T, tap: TapHandle) -> Result<Connected, HostFailure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: TlsConnect<S>,
    T::Stream: Send + 'static,
{
    let (client, connection) = config.connect_raw(stream, tls).await.map_err(|error| classify(&error))?;
    // Ends when the client is dropped, or with the connection; queries then report the loss themselves.
    tokio::spawn(async move { connection.await.ok() });
    Ok((client, tap))
}

/// Which hop a failure of the start-up belongs to.
fn classify(error: &tokio_postgres::Error) -> HostFailure {
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

async fn check_attributes(session: &Session, wanted: SessionAttributes) -> Result<(), HostFailure> {
    let (what, sql) = match wanted {
        SessionAttributes::Any | SessionAttributes::PreferStandby => return Ok(()),
        SessionAttributes::ReadWrite => (
            "read-write",
            "select not pg_catalog.pg_is_in_recovery() and current_setting('default_transaction_read_only') = 'off'",
        ),
        SessionAttributes::ReadOnly => (
            "read-only",
            "select pg_catalog.pg_is_in_recovery() or current_setting('default_transaction_read_only') = 'on'",
        ),
        SessionAttributes::Primary => ("primary", "select not pg_catalog.pg_is_in_recovery()"),
        SessionAttributes::Standby => ("standby", "select pg_catalog.pg_is_in_recovery()"),
    };
    let failure = |message: String| HostFailure { hop: Hop::SessionAttributes, message, sqlstate: None };
    match session.single_text(sql).await {
        Ok(Some(answer)) if answer == "t" => Ok(()),
        Ok(_) => Err(failure(format!("the server is not {what}"))),
        Err(error) => Err(failure(error.to_string())),
    }
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

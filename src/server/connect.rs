//! From an endpoint to a connection, one hop after the other, so that a failure says which hop it was.

use std::path::Path;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio_postgres::tls::{MakeTlsConnect, NoTls, TlsConnect};
use tokio_postgres::{Client, Config, config};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::pg::{ChannelBinding, HostSpec, SessionAttributes, SslMode};
use crate::server::endpoint::{DEFAULT_PATIENCE, Endpoint};
use crate::server::hop::{ConnectFailure, Hop, HostFailure, classify};
use crate::server::session::{ProbeError, Session, chain};
use crate::server::settings::{FIRST_STATEMENTS, StartOptions};
use crate::server::tap::{Tap, TapHandle, TapTls};
use crate::server::tls;
use crate::server::watched::Watch;

/// How long to try one host when the connection string sets no limit, so that no run waits for ever.
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

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
    reach(endpoint, dbname, home, SearchPath::Empty).await
}

/// Connects as a program of the user would, with the search path that is stored on the server: to ask for it, with
/// qualified names only.
pub(crate) async fn connect_with_own_path(
    endpoint: &Endpoint,
    dbname: &str,
    home: Option<&Path>,
) -> Result<Session, ConnectFailure> {
    reach(endpoint, dbname, home, SearchPath::Stored).await
}

/// Where a new session looks for names without a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SearchPath {
    /// In `pg_catalog` alone.
    Empty,
    /// Where server, database or role say.
    Stored,
}

async fn reach(
    endpoint: &Endpoint,
    dbname: &str,
    home: Option<&Path>,
    path: SearchPath,
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
    let limit = conninfo.connect_timeout.unwrap_or(DEFAULT_CONNECT_TIMEOUT.min(endpoint.patience));
    let prefer_standby = conninfo.target_session_attrs == SessionAttributes::PreferStandby;
    let passes = if prefer_standby {
        vec![SessionAttributes::Standby, SessionAttributes::Any]
    } else {
        vec![conninfo.target_session_attrs]
    };
    let mut last = None;
    for attributes in passes {
        for host in &conninfo.hosts {
            let attempt = async {
                let session = connect_host(endpoint, host, dbname, home, path).await?;
                check_attributes(&session, attributes).await?;
                Ok(session)
            };
            // In a box, since all that connects holds it.
            let began = Instant::now();
            let attempt = tokio::time::timeout(limit, Box::pin(attempt));
            let failed = match attempt.await {
                Ok(Ok(session)) => {
                    let (encrypted, duration_ms) = (session.encrypted, began.elapsed().as_millis());
                    let (side, host, port) = (endpoint.side.name(), host.host.as_str(), host.port);
                    tracing::info!(side, host, port, database = dbname, encrypted, duration_ms, "connected");
                    return Ok(session);
                }
                Ok(Err(failed)) => failed,
                Err(_) => HostFailure {
                    hop: Hop::Network,
                    message: format!("no answer within {} s", limit.as_secs()),
                    sqlstate: None,
                },
            };
            let sqlstate = failed.sqlstate.as_deref().unwrap_or("none");
            let (side, name, port, hop) = (endpoint.side.name(), host.host.as_str(), host.port, failed.hop);
            tracing::warn!(side, host = name, port, database = dbname, ?hop, sqlstate, "connection failed");
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

/// How often a session that was lost before its first statement is started again.
const LOST_MAX: usize = 20;

async fn connect_host(
    endpoint: &Endpoint,
    host: &HostSpec,
    dbname: &str,
    home: Option<&Path>,
    path: SearchPath,
) -> Result<Session, HostFailure> {
    if path == SearchPath::Stored {
        return start_session(endpoint, host, dbname, home, StartOptions::None).await;
    }
    let mut lost = 0;
    loop {
        let options = endpoint.start.options();
        match start_session(endpoint, host, dbname, home, options).await {
            Ok(session) => match begin(&session).await {
                Ok(rows) => {
                    session.note_process(rows.first().map_or(&[], Vec::as_slice));
                    return Ok(session);
                }
                // A stored limit on idle sessions may end one before its first statement has arrived.
                Err(error) if lost < LOST_MAX && error.sqlstate().is_none_or(|state| state == "57P05") => {
                    lost += 1;
                }
                Err(error) => {
                    return Err(HostFailure {
                        hop: Hop::Other,
                        message: format!("set the search path: {error}"),
                        sqlstate: error.sqlstate().map(str::to_owned),
                    });
                }
            },
            Err(refusal) => match options.after_refusal(&refusal.message) {
                Some(less) => endpoint.start.refused(options, less),
                None => return Err(refusal),
            },
        }
    }
}

/// How often the first statements are tried, of which the first alone is under the time limit that is stored for the
/// user: on a busy machine, a millisecond can be too short for one.
const FIRST_ATTEMPTS: usize = 20;

/// Runs the first statements of a session, and asks which process it is.
async fn begin(session: &Session) -> Result<Vec<Vec<Option<String>>>, ProbeError> {
    let mut attempts = 1;
    while let Err(error) = session.execute(FIRST_STATEMENTS).await {
        if error.sqlstate() != Some("57014") || attempts == FIRST_ATTEMPTS {
            return Err(error);
        }
        attempts += 1;
    }
    session.rows("select pg_catalog.pg_backend_pid(), pg_catalog.pg_postmaster_start_time()").await
}

async fn start_session(
    endpoint: &Endpoint,
    host: &HostSpec,
    dbname: &str,
    home: Option<&Path>,
    options: StartOptions,
) -> Result<Session, HostFailure> {
    let conninfo = &endpoint.conninfo;
    let config = client_config(endpoint, host, dbname, options);
    // Such a refusal is one of ours, and the next attempt knows better.
    let of_options = |failure: &HostFailure| options.after_refusal(&failure.message).is_some();
    let mode = if host.is_socket() { SslMode::Disable } else { conninfo.sslmode };
    let ((client, tap), encrypted) = match mode {
        SslMode::Disable => (attempt(endpoint, host, &config, None).await?, false),
        SslMode::Allow => match attempt(endpoint, host, &config, None).await {
            Ok(client) => (client, false),
            Err(plain) => match tls_attempt(endpoint, host, &config, home).await {
                Ok(client) => (client, true),
                Err(with_tls) if of_options(&with_tls) => return Err(with_tls),
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
                    Err(plain) if with_tls.hop == Hop::HostBasedAccess && !of_options(&plain) => {
                        return Err(with_tls);
                    }
                    Err(plain) => return Err(plain),
                }
            }
            Err(with_tls) => return Err(with_tls),
        },
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => {
            (tls_attempt(endpoint, host, &config, home).await?, true)
        }
    };
    Ok(Session {
        client,
        tap,
        side: endpoint.side,
        dbname: dbname.to_owned(),
        host: host.clone(),
        encrypted,
        application_name: endpoint.application_name.clone(),
        start_options: options,
        watch: Watch::new(endpoint.clone(), home.map(Path::to_owned)),
    })
}

fn client_config(endpoint: &Endpoint, host: &HostSpec, dbname: &str, options: StartOptions) -> Config {
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
    if let Some(options) = options.text(conninfo.options.as_deref()) {
        config.options(&options);
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

/// How often and how many times a peer that is idle is asked for a sign of life, where the user has named nothing else.
const KEEPALIVES_INTERVAL: Duration = Duration::from_secs(15);
const KEEPALIVES_COUNT: u32 = 4;

fn set_keepalives(stream: &TcpStream, endpoint: &Endpoint) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    // What we have sent and nobody has received.
    let patience = endpoint.patience.max(DEFAULT_PATIENCE);
    socket2::SockRef::from(stream).set_tcp_user_timeout(Some(patience))?;
    let conninfo = &endpoint.conninfo;
    if !conninfo.keepalives {
        return Ok(());
    }
    // A connection that idles behind a firewall during a long run is the commonest way to lose it.
    let mut keepalive =
        socket2::TcpKeepalive::new().with_time(conninfo.keepalives_idle.unwrap_or(Duration::from_mins(1)));
    keepalive = keepalive
        .with_interval(conninfo.keepalives_interval.unwrap_or(KEEPALIVES_INTERVAL))
        .with_retries(conninfo.keepalives_count.unwrap_or(KEEPALIVES_COUNT));
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

async fn check_attributes(session: &Session, wanted: SessionAttributes) -> Result<(), HostFailure> {
    let (what, sql) = match wanted {
        SessionAttributes::Any | SessionAttributes::PreferStandby => return Ok(()),
        SessionAttributes::ReadWrite => (
            "read-write",
            "select not pg_catalog.pg_is_in_recovery() and pg_catalog.current_setting('default_transaction_read_only') operator(pg_catalog.=) 'off'",
        ),
        SessionAttributes::ReadOnly => (
            "read-only",
            "select pg_catalog.pg_is_in_recovery() or pg_catalog.current_setting('default_transaction_read_only') operator(pg_catalog.=) 'on'",
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

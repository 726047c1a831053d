//! Connections of a run, and the facts about them: each attempt becomes a row that rules judge.

use crate::collect::{Collector, Reach};
use crate::facts::{Cell, Side};
use crate::pg::{SslMode, literal};
use crate::server::{ConnectFailure, Endpoint, Hop, ProbeError, Session, connect, connect_any};

/// How many more connections are made to see whether they reach the same server.
const FURTHER_CONNECTIONS: usize = 3;

impl Collector<'_> {
    pub(super) async fn reach(&self, side: Side, endpoint: Option<&Endpoint>) -> Reach {
        let Some(endpoint) = endpoint else { return Reach::Absent };
        let opened = async {
            let session = connect_any(endpoint, self.plan.home.as_deref()).await?;
            let lost = |error: ProbeError| lost(endpoint, &session.dbname, &error.to_string());
            session.prepare(self.limits).await.map_err(lost)?;
            let version = session.version().await.map_err(lost)?;
            Ok::<_, ConnectFailure>((session, version))
        };
        match opened.await {
            Ok((session, version)) => {
                self.note_connection(side, endpoint, &session.dbname, Ok(&session)).await;
                Reach::Open(Box::new(session), version)
            }
            Err(failure) => {
                self.note_connection(side, endpoint, &failure.dbname, Err(&failure)).await;
                Reach::Failed(failure)
            }
        }
    }

    pub(super) async fn open(&self, endpoint: &Endpoint, dbname: &str) -> Result<Session, ConnectFailure> {
        let session = connect(endpoint, dbname, self.plan.home.as_deref()).await?;
        session.prepare(self.limits).await.map_err(|error| lost(endpoint, dbname, &error.to_string()))?;
        Ok(session)
    }

    pub(super) async fn note_connection(
        &self,
        side: Side,
        endpoint: &Endpoint,
        dbname: &str,
        result: Result<&Session, &ConnectFailure>,
    ) {
        let conninfo = &endpoint.conninfo;
        let text = |text: &str| Cell::Text(text.to_owned());
        let (ok, host, port, hop, message, sqlstate, encrypted) = match result {
            Ok(session) => {
                (true, session.host.host.clone(), session.host.port, "", "", None, session.encrypted)
            }
            Err(failure) => (
                false,
                failure.host.clone(),
                failure.port,
                failure.hop.name(),
                failure.message.as_str(),
                failure.sqlstate.clone(),
                false,
            ),
        };
        let tls_version = match result {
            Ok(session) if session.encrypted => session
                .single_text(
                    "select version from pg_catalog.pg_stat_ssl where pid = pg_catalog.pg_backend_pid()",
                )
                .await
                .ok()
                .flatten(),
            _ => None,
        };
        let one_server = match result {
            Ok(session) => self.is_one_server(endpoint, dbname, session).await,
            Err(_) => None,
        };
        let socket = host.starts_with('/') || host.starts_with('@');
        let loopback = matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1");
        let row = [
            ("side", text(side.name())),
            ("database", text(dbname)),
            ("host", text(&host)),
            ("port", Cell::Int(port.into())),
            ("user", text(&conninfo.user)),
            ("ok", Cell::Bool(ok)),
            ("hop", text(hop)),
            ("message", text(message)),
            ("sqlstate", text(sqlstate.as_deref().unwrap_or_default())),
            ("sslmode", text(conninfo.sslmode.name())),
            ("verifies", Cell::Bool(conninfo.sslmode >= SslMode::VerifyCa || conninfo.sslrootcert.is_some())),
            ("encrypted", Cell::Bool(encrypted)),
            ("tls_version", text(tls_version.as_deref().unwrap_or_default())),
            ("local", Cell::Bool(socket || loopback)),
            ("session_kept", one_server.map_or(Cell::Null, |(kept, _)| Cell::Bool(kept))),
            ("one_server", one_server.map_or(Cell::Null, |(_, one)| Cell::Bool(one))),
        ];
        let Some(probe) = self.rules.probes.get("connections") else { return };
        let cells = probe.shape.ordered(row.as_slice());
        if let Ok(mut connections) = self.connections.lock() {
            connections.push(cells);
        }
    }

    /// Whether a session keeps its process from one transaction to the next, and whether further connections reach the
    /// same server. Neither holds behind a pooler in transaction mode or a load balancer.
    async fn is_one_server(
        &self,
        endpoint: &Endpoint,
        dbname: &str,
        first: &Session,
    ) -> Option<(bool, bool)> {
        const IDENTITY: &str = "select pg_catalog.to_char(pg_catalog.pg_postmaster_start_time() at time zone 'UTC', 'YYYYMMDDHH24MISSUS') || ' ' || \
             coalesce(pg_catalog.inet_server_addr()::text, '') || ' ' || pg_catalog.pg_is_in_recovery()::text";
        let identity = first.single_text(IDENTITY).await.ok()??;
        let mut one_server = true;
        let mut second = None;
        // A balancer may choose the same server for two connections in a row.
        for _ in 0..FURTHER_CONNECTIONS {
            let session = connect(endpoint, dbname, self.plan.home.as_deref()).await.ok()?;
            one_server &= session.single_text(IDENTITY).await.ok()?? == identity;
            second = Some(session);
        }
        let timeout =
            first.single_text("select pg_catalog.current_setting('statement_timeout')").await.ok()??;
        let expected = first
            .single_text(&format!(
                "select ({}::interval = interval '{} ms')::text",
                literal(&interval(&timeout)),
                self.limits.statement_timeout.as_millis()
            ))
            .await
            .ok()??;
        let kept = expected == "true" && keeps_its_process(first, &second?).await?;
        Some((kept, one_server))
    }
}

/// Whether two sessions have a process each. A pooler gives the one that is idle to whoever starts a transaction.
async fn keeps_its_process(first: &Session, second: &Session) -> Option<bool> {
    const PID: &str = "select pg_catalog.pg_backend_pid()::text";
    let own = first.single_text(PID).await.ok()??;
    second.execute("begin").await.ok()?;
    let other = second.single_text(PID).await.ok()??;
    let own_again = first.single_text(PID).await.ok()??;
    second.execute("rollback").await.ok()?;
    let other_again = second.single_text(PID).await.ok()??;
    Some(own != other && own == own_again && other == other_again)
}

/// `statement_timeout` as an interval: a bare number counts milliseconds.
fn interval(setting: &str) -> String {
    if setting.chars().all(|c| c.is_ascii_digit()) { format!("{setting} ms") } else { setting.to_owned() }
}

fn lost(endpoint: &Endpoint, dbname: &str, message: &str) -> ConnectFailure {
    let host = endpoint.conninfo.hosts.first();
    ConnectFailure {
        side: endpoint.side,
        hop: Hop::Other,
        host: host.map(|h| h.host.clone()).unwrap_or_default(),
        port: host.map_or(0, |h| h.port),
        dbname: dbname.to_owned(),
        message: message.to_owned(),
        sqlstate: None,
    }
}

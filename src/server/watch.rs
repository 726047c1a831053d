//! Who waits for an answer does not wait for ever: a peer that has been silent for too long is asked for on another
//! connection, and if it does not answer there, or has nothing more to say, the work ends.
//!
//! A statement may rightly take hours without a byte, so silence alone proves nothing in a migration. In validation every
//! statement has a limit on the server, and silence for longer than that is enough.

use std::pin::{Pin, pin};
use std::time::Duration;

use tokio_postgres::SimpleQueryMessage;

use crate::server::connect::connect;
use crate::server::hop::Hop;
use crate::server::session::{ProbeError, Session, cell_text};

/// How much later than its limit a server may say that a statement has reached it.
const MARGIN: Duration = Duration::from_secs(5);

/// In how many looks in a row the server has to wait for us, while we wait for it.
const LOOKS: u32 = 2;

/// What the server does in a session that we wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// It works, or nobody can tell.
    Working,
    /// It waits for us: what it has sent did not arrive, or what we have sent.
    Waiting,
    /// It has no such session.
    Gone,
}

/// A look, in a box: it connects, and what connects is watched like all else.
type Looking<'a> = Pin<Box<dyn Future<Output = Result<Seen, String>> + Send + 'a>>;

impl Session {
    /// Waits for the answer to a statement, as long as the server can be heard of.
    pub(crate) async fn answered<T>(
        &self,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, ProbeError> {
        let work = async { work.await.map_err(|error| ProbeError::of(&error)) };
        while_heard(&[self], work).await
    }

    fn silent(&self, seconds: u64, what: &str) -> ProbeError {
        let text = format!(
            "the {} at {}, port {} was silent for {seconds} s{what}",
            self.side, self.host.host, self.host.port
        );
        ProbeError::Silent(self.watch.given_up.get_or_init(|| text).clone())
    }

    /// What the server does in this session, asked on another connection. An error: it does not answer there either.
    fn look(&self) -> Looking<'_> {
        let patience = self.watch.endpoint.patience;
        Box::pin(async move {
            match tokio::time::timeout(patience, self.look_long()).await {
                Ok(seen) => seen,
                Err(_) => Err(format!("no answer within {} s", patience.as_secs())),
            }
        })
    }

    async fn look_long(&self) -> Result<Seen, String> {
        let watch = &self.watch;
        let Some((process, started)) = watch.process.get() else { return Ok(Seen::Working) };
        let other = match connect(&watch.endpoint, &self.dbname, watch.home.as_deref()).await {
            Ok(other) => other,
            Err(failure) if matches!(failure.hop, Hop::Network | Hop::NameResolution) => {
                return Err(failure.to_string());
            }
            // It answers, if only to refuse: it is there, and ends the session itself when it has to.
            Err(_) => return Ok(Seen::Working),
        };
        let sql = format!(
            "select pg_catalog.pg_postmaster_start_time() = '{started}', a.state, a.wait_event_type from (select) one \
               left join pg_catalog.pg_stat_activity a on a.pid = {process}"
        );
        let rows = other.client.simple_query(&sql).await.map_err(|error| error.to_string())?;
        let row = rows.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let text = |at: usize| row.and_then(|row| row.try_get(at).ok().flatten()).unwrap_or_default();
        Ok(match (text(0), text(1), text(2)) {
            ("t", "", _) => Seen::Gone,
            ("t", state, wait) if state.starts_with("idle") || wait == "Client" => Seen::Waiting,
            // Behind a balancer this may be another server.
            _ => Seen::Working,
        })
    }

    /// Notes which process of which server the session belongs to. Where that cannot be told, silence proves nothing.
    pub(crate) fn note_process(&self, row: &[Option<String>]) {
        let (process, started) = (cell_text(row, 0), cell_text(row, 1));
        if process.parse::<u32>().is_ok() && !started.contains('\'') {
            // Only a session that was set up twice has noted it before.
            let _ = self.watch.process.set((process, started));
        }
    }
}

/// The reason why we gave a connection up, instead of what the driver makes of it.
fn refused(sessions: &[&Session], error: ProbeError) -> ProbeError {
    let refusal = sessions.iter().find_map(|s| s.tap.refusal().map(|text| (s.side, text)));
    match refusal {
        Some((side, text)) => ProbeError::Server { text: format!("{side}: {text}"), sqlstate: None },
        None => error,
    }
}

/// Waits for work over some sessions. It is given up when no byte has come over any of them for as long as their patience
/// goes, and one of the servers is silent altogether, or all of them wait for us.
pub(crate) async fn while_heard<T>(
    sessions: &[&Session],
    work: impl Future<Output = Result<T, ProbeError>>,
) -> Result<T, ProbeError> {
    if let Some(text) = sessions.iter().find_map(|session| session.watch.given_up.get()) {
        return Err(ProbeError::Silent(text.clone()));
    }
    let limit = sessions.iter().filter_map(|session| session.watch.limit()).max();
    let patience = sessions.iter().map(|session| session.watch.endpoint.patience).max().unwrap_or_default();
    let patience = limit.map_or(patience, |limit| limit + MARGIN);
    let heard = || -> u64 { sessions.iter().map(|session| session.tap.heard()).sum() };
    let (mut before, mut waiting) = (heard(), 0);
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased;
            result = &mut work => return result.map_err(|error| refused(sessions, error)),
            () = tokio::time::sleep(patience) => {}
        }
        let now = heard();
        if now != before {
            (before, waiting) = (now, 0);
            continue;
        }
        waiting += 1;
        let seconds = patience.as_secs() * u64::from(waiting);
        if let (Some(_), Some(session)) = (limit, sessions.first()) {
            return Err(session.silent(seconds, ""));
        }
        let mut all = true;
        for session in sessions {
            // The work goes on while the servers are asked about it.
            let seen = tokio::select! {
                biased;
                result = &mut work => return result.map_err(|error| refused(sessions, error)),
                seen = session.look() => seen,
            };
            match seen {
                Err(why) => {
                    return Err(session.silent(seconds, &format!(", and on another connection: {why}")));
                }
                Ok(Seen::Working) => all = false,
                Ok(Seen::Waiting | Seen::Gone) => {}
            }
        }
        if !all {
            waiting = 0;
        } else if waiting >= LOOKS
            && let Some(session) = sessions.first()
        {
            let what = ", while it has nothing to do for us: what was sent did not arrive";
            return Err(session.silent(seconds, what));
        }
    }
}

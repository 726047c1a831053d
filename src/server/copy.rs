//! COPY out of one server and into the other, bytes untouched.

use std::time::Instant;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt, pin_mut};

use crate::pg::subject;
use crate::server::session::{ProbeError, Session};
use crate::server::watch::while_heard;

/// Bytes after which the caller is told of them.
const TOLD_BYTES: u64 = 8 * 1024 * 1024;

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyEnd {
    /// Rows the target says it took.
    pub rows: u64,
    /// Bytes that crossed.
    pub bytes: u64,
}

/// Runs `copy … to stdout` on one session and `copy … from stdin` on the other, and connects the two. On an error on
/// either side the target's COPY fails too, so nothing of it stays. `crossed` is told of bytes now and then.
pub async fn copy_rows(
    source: &Session,
    out: &str,
    target: &Session,
    into: &str,
    crossed: &(dyn Fn(u64) + Send + Sync),
) -> Result<CopyEnd, ProbeError> {
    let began = Instant::now();
    let copied = while_heard(&[source, target], connected(source, out, target, into, crossed)).await;
    let (database, statement, duration_ms) = (&target.dbname, subject(into), began.elapsed().as_millis());
    match &copied {
        Ok(end) => {
            tracing::debug!(database, statement, duration_ms, rows = end.rows, bytes = end.bytes, "copied");
        }
        Err(error) => {
            let sqlstate = error.sqlstate().unwrap_or("none");
            tracing::warn!(database, statement, duration_ms, sqlstate, "copy failed");
        }
    }
    copied
}

async fn connected(
    source: &Session,
    out: &str,
    target: &Session,
    into: &str,
    crossed: &(dyn Fn(u64) + Send + Sync),
) -> Result<CopyEnd, ProbeError> {
    let of =
        |session: &Session, error: &tokio_postgres::Error| ProbeError::of(error).within(session.side.name());
    let mut blocks = source.tap.open();
    // Both at once: for a small table the round trips are most of the time.
    let (rows, sink) = tokio::join!(source.client.copy_out(out), target.client.copy_in::<_, Bytes>(into));
    let rows = rows.map_err(|error| of(source, &error))?;
    let sink = sink.map_err(|error| of(target, &error))?;
    pin_mut!(rows, sink);
    let mut bytes = 0;
    let mut told = 0;
    // Dropping the sink before `finish` makes the target's COPY fail: a half-copied table is never committed.
    loop {
        let block = tokio::select! {
            biased;
            block = blocks.receiver.next() => block,
            // The driver sees no rows, but how the COPY ends; all blocks are on their way by then.
            end = rows.next() => match end {
                Some(row) => Some(row.map_err(|error| of(source, &error))?),
                None => None,
            },
        };
        let Some(block) = block else { break };
        bytes += block.len() as u64;
        sink.send(block).await.map_err(|error| of(target, &error))?;
        if bytes - told >= TOLD_BYTES {
            crossed(bytes - told);
            told = bytes;
        }
    }
    while let Ok(block) = blocks.receiver.try_recv() {
        bytes += block.len() as u64;
        sink.send(block).await.map_err(|error| of(target, &error))?;
    }
    let rows = sink.finish().await.map_err(|error| of(target, &error))?;
    crossed(bytes - told);
    Ok(CopyEnd { rows, bytes })
}

//! Reads the rows of tables, the small ones first, until the time is over; and says what that leaves unread.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::facts::{Cell, FactTable, Facts, ProbeFacts};
use crate::pg::ServerVersion;
use crate::rules::Probe;
use crate::server::{Part, Session};

/// How many parts that were not read are named; the others are counted.
const NAMED_PARTS: usize = 10;

/// How far a scan goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScanLimit {
    /// When it has to be over.
    pub(super) end: Instant,
    /// Whether it reads only what is doubtful already by the catalog.
    pub(super) only_suspects: bool,
}

/// What one probe's scan gave so far.
#[derive(Default)]
struct Found {
    rows: Vec<Vec<Cell>>,
    parts: usize,
    /// Whether parts were passed over because nothing is wrong with them by the catalog.
    only_suspects: bool,
    unread: Vec<String>,
}

/// Runs scans in one session. Parts of all of them are read in the order of their size: so the time that there is covers
/// as many as possible.
pub(super) async fn scan(
    session: &Session,
    version: ServerVersion,
    probes: &[&Probe],
    limit: ScanLimit,
) -> Facts {
    let mut facts = Facts::new();
    let mut parts: Vec<(&Probe, Part)> = Vec::new();
    let mut found: BTreeMap<&str, Found> = BTreeMap::new();
    for probe in probes {
        match session.parts(probe, version).await {
            Ok(mut of_probe) => {
                let all = of_probe.len();
                of_probe.retain(|part| part.suspect || !limit.only_suspects);
                let found = found.entry(&probe.name).or_default();
                found.parts = of_probe.len();
                found.only_suspects = found.parts < all;
                parts.extend(of_probe.into_iter().map(|part| (*probe, part)));
            }
            Err(error) => {
                facts.insert(probe.name.clone(), ProbeFacts::Failed(error.to_string()));
            }
        }
    }
    parts.sort_by(|(_, a), (_, b)| (a.bytes, &a.reads).cmp(&(b.bytes, &b.reads)));
    for (probe, part) in &parts {
        let found = found.entry(&probe.name).or_default();
        match read(session, probe, part, limit).await {
            Ok(rows) => found.rows.extend(rows),
            Err(why) => found.unread.push(format!("{} ({why})", part.reads)),
        }
    }
    for probe in probes {
        let Some(found) = found.remove(probe.name.as_str()) else { continue };
        let (unread, only_suspects) = (found.unread_text(), found.only_suspects);
        let table = FactTable::new(Arc::clone(&probe.shape), found.rows);
        let of_probe = match table {
            Ok(mut table) => {
                table.unread = unread;
                table.only_suspects = only_suspects;
                ProbeFacts::Table(table)
            }
            Err(error) => ProbeFacts::Failed(error.to_string()),
        };
        facts.insert(probe.name.clone(), of_probe);
    }
    facts
}

/// Reads one part, or says why not.
async fn read(
    session: &Session,
    probe: &Probe,
    part: &Part,
    limit: ScanLimit,
) -> Result<Vec<Vec<Cell>>, String> {
    let option = if limit.only_suspects { "--timeout" } else { "--deep-timeout" };
    let no_time = || format!("no time was left; give more with {option}");
    let end = limit.end;
    let Some(statement) = &part.statement else { return Err("no query can judge it".to_owned()) };
    let left = end.saturating_duration_since(Instant::now());
    if left < Duration::from_millis(1) {
        return Err(no_time());
    }
    match session.read_part(probe, part, statement, left).await {
        Ok(rows) => Ok(rows),
        Err(error) => match (&probe.error_column, error.sqlstate()) {
            // The server's clock and ours may differ by a moment.
            (_, Some("57014")) if Instant::now() + Duration::from_millis(100) >= end => Err(no_time()),
            (Some(column), Some(sqlstate)) if is_about_contents(sqlstate) => {
                Ok(vec![part.row(probe, &[(column, Cell::Text(error.to_string()))])])
            }
            _ => Err(error.to_string()),
        },
    }
}

/// Whether an error tells of what was read, and not of rights, limits or the connection. The first two letters are the
/// class: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn is_about_contents(sqlstate: &str) -> bool {
    const REFUSED: &str = "42501";
    const OTHER_CLASSES: &[&str] = &["08", "25", "28", "40", "53", "55", "57"];
    sqlstate != REFUSED && !sqlstate.get(..2).is_some_and(|class| OTHER_CLASSES.contains(&class))
}

impl Found {
    /// What was not read, if anything: how much of it there is, and by name as far as that can be taken in.
    fn unread_text(&self) -> Option<String> {
        let (first, _) = self.unread.split_at(self.unread.len().min(NAMED_PARTS));
        let more = match self.unread.len() - first.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let read = self.parts - self.unread.len();
        (!first.is_empty()).then(|| {
            format!("{read} of {} parts were read; not read: {}{more}", self.parts, first.join(", "))
        })
    }
}

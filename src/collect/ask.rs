//! Probes asked of a session.

use std::sync::Arc;
use std::time::Instant;

use futures_util::future::join_all;

use crate::collect::Collector;
use crate::collect::scan::{ScanLimit, scan};
use crate::facts::{Cell, FactTable, Facts, Missing, ProbeFacts, Side};
use crate::pg::ServerVersion;
use crate::rules::{Cost, INVENTORY, Probe};
use crate::server::Session;

/// Asks several probes of one session at the same time.
pub(super) async fn ask(session: &Session, version: ServerVersion, probes: &[&Probe]) -> Facts {
    let answers = probes.iter().map(|probe| async move {
        let facts = match session.probe(probe, version).await {
            Ok(table) => ProbeFacts::Table(table),
            Err(error) => {
                let way_out = probe.granted_by.as_ref().map(|role| {
                    format!("; hint: grant {role} to the user of the {} connection", session.side)
                });
                ProbeFacts::Failed(format!("{error}{}", way_out.unwrap_or_default()))
            }
        };
        (probe.name.clone(), facts)
    });
    join_all(answers).await.into_iter().collect()
}

impl Collector<'_> {
    /// Asks the probes that can have an answer. Planning a query costs more than running it on an empty catalog, so one
    /// short query first tells which kinds of objects there are. If that fails, everything is asked.
    pub(super) async fn ask_database(
        &self,
        session: &Session,
        version: ServerVersion,
        probes: &[&Probe],
    ) -> Facts {
        let inventory = match self.rules.probes.get(INVENTORY) {
            Some(inventory) if probes.iter().any(|p| !p.only_with.is_empty()) => {
                session.probe(inventory, version).await.ok()
            }
            _ => None,
        };
        let row = inventory.as_ref().and_then(|table| table.rows().first());
        let may_have = |probe: &&&Probe| {
            let has = |word: &String| row.is_none_or(|row| row.get(word) != Some(&Cell::Bool(false)));
            probe.only_with.is_empty() || probe.only_with.iter().any(has)
        };
        let (asked, empty): (Vec<&Probe>, Vec<&Probe>) = probes.iter().partition(may_have);
        let (scans, asked): (Vec<&Probe>, Vec<&Probe>) =
            asked.into_iter().partition(|probe| probe.cost == Cost::Scan);
        let mut facts = ask(session, version, &asked).await;
        let limit = match self.scan_end {
            Some(end) => ScanLimit { end, only_suspects: false },
            None => ScanLimit { end: Instant::now() + self.plan.probe_timeout, only_suspects: true },
        };
        facts.extend(scan(session, version, &scans, limit).await);
        facts.extend(empty.into_iter().filter_map(|probe| {
            let table = FactTable::new(Arc::clone(&probe.shape), Vec::new()).ok()?;
            Some((probe.name.clone(), ProbeFacts::Table(table)))
        }));
        facts
    }
}

pub(super) fn refused(probes: &[&Probe], reason: &str) -> Facts {
    probes.iter().map(|probe| (probe.name.clone(), ProbeFacts::Failed(reason.to_owned()))).collect()
}

/// A run may have no target; one without a source (a recording of a target alone) is judged elsewhere.
pub(super) fn absent(probes: &[&Probe], side: Side) -> Facts {
    let facts = match side {
        Side::Target => ProbeFacts::Missing(Missing::NoTarget),
        Side::Source => ProbeFacts::Failed("this run has no source".to_owned()),
    };
    probes.iter().map(|probe| (probe.name.clone(), facts.clone())).collect()
}

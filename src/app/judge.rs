//! From facts to a report.

use crate::app::clock::now;
use crate::collect::DEFAULT_PROFILE;
use crate::evaluate::evaluate;
use crate::facts::{Cell, FactSet, Facts, ProbeFacts, Side};
use crate::findings::Judgment;
use crate::policy::Policy;
use crate::report::{EndpointReport, Report, ReportInput, RunReport, TlsReport, build};
use crate::rules::RuleSet;

/// Judges, and marks what the user has accepted.
pub(crate) fn judge(
    rules: &RuleSet,
    policy: &Policy,
    facts: &FactSet,
    today: &str,
) -> (Vec<Judgment>, Vec<String>) {
    let mut judgments = evaluate(rules, facts);
    let notices = policy.suppress(rules, &mut judgments, today);
    (judgments, notices)
}

/// Judgments as a report. Who the servers are is read from the facts, so that a replay tells the same.
pub(crate) fn make_report(
    rules: &RuleSet,
    facts: &FactSet,
    profile: String,
    run: RunReport,
    judgments: Vec<Judgment>,
) -> Report {
    let profile = if profile.is_empty() { DEFAULT_PROFILE.to_owned() } else { profile };
    let input = ReportInput {
        rules,
        facts,
        run: RunReport { ended_at: now(), ..run },
        source: endpoint_report(facts, Side::Source),
        target: endpoint_report(facts, Side::Target),
        profile,
    };
    build(input, judgments)
}

fn endpoint_report(facts: &FactSet, side: Side) -> Option<EndpointReport> {
    let ProbeFacts::Table(connections) = facts.run.get("connections")? else { return None };
    let row =
        connections.rows().iter().find(|row| row.get("side") == Some(&Cell::Text(side.name().to_owned())))?;
    let text = |column: &str| row.get(column).map(Cell::key_text).unwrap_or_default();
    let int = |cell: Option<&Cell>| match cell {
        Some(Cell::Int(i)) => Some(*i),
        _ => None,
    };
    let reached = row.get("ok") == Some(&Cell::Bool(true));
    let version = |column: &str| single(&facts.side(side).instance, "version", column).filter(|_| reached);
    Some(EndpointReport {
        host: text("host"),
        port: int(row.get("port")).and_then(|p| u16::try_from(p).ok()).unwrap_or_default(),
        user: text("user"),
        version: version("version").map(Cell::key_text),
        version_num: int(version("version_num")),
        tls: TlsReport {
            sslmode: text("sslmode"),
            encrypted: reached.then(|| row.get("encrypted") == Some(&Cell::Bool(true))),
        },
    })
}

fn single<'f>(facts: &'f Facts, probe: &str, column: &str) -> Option<&'f Cell> {
    match facts.get(probe)? {
        ProbeFacts::Table(table) => table.rows().first()?.get(column),
        ProbeFacts::Failed(_) | ProbeFacts::Missing(_) => None,
    }
}

//! From facts to a report.

use std::path::Path;

use crate::app::check::absolute;
use crate::app::clock::now;
use crate::app::spec::JudgingSpec;
use crate::collect::DEFAULT_PROFILE;
use crate::config::{RECORDED_BYTES_MAX, read_config, read_text};
use crate::error::Error;
use crate::evaluate::evaluate;
use crate::facts::{Cell, FactSet, Facts, ProbeFacts, Side};
use crate::findings::Judgment;
use crate::policy::Policy;
use crate::report::{EndpointReport, Report, ReportInput, RunReport, TlsReport, build};
use crate::rules::RuleSet;

/// Reads what the user wants judged, and applies it to the rules. Paths become absolute, so that they mean the same when
/// the run is resumed.
pub(crate) fn read_policy(
    judging: &mut JudgingSpec,
    rules: &mut RuleSet,
) -> Result<(Policy, Option<Report>), Error> {
    for path in [&mut judging.config, &mut judging.baseline].into_iter().flatten() {
        *path = absolute(path)?;
    }
    let mut policy = match &judging.config {
        Some(path) => read_config(path)?.policy,
        None => Policy::default(),
    };
    policy.only.extend(judging.only.iter().cloned());
    policy.skip.extend(judging.skip.iter().cloned());
    policy
        .apply_to_rules(rules)
        .map_err(|error| Error::Usage { message: error.message, hint: error.hint })?;
    let baseline = judging.baseline.as_ref().map(|path| read_report(path)).transpose()?;
    Ok((policy, baseline))
}

/// Reads a JSON report.
pub fn read_report(path: &Path) -> Result<Report, Error> {
    let text = read_text(path, RECORDED_BYTES_MAX).map_err(|source| Error::File {
        action: "read",
        path: path.to_owned(),
        source,
    })?;
    serde_json::from_str(&text).map_err(|error| Error::Usage {
        message: format!("{} is no JSON report of pgpassage: {error}", path.display()),
        hint: None,
    })
}

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

//! Two reports beside each other: what is new, what is fixed, what remains.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::findings::{Finding, Status};
use crate::report::model::{Comparison, FindingLine, JudgmentReport, Report};
use crate::report::plain::safe;

/// Every judgment of a report, with its database.
pub(crate) fn judgments(report: &Report) -> impl Iterator<Item = (Option<&str>, &JudgmentReport)> {
    let of_databases =
        report.databases.iter().flat_map(|d| d.judgments.iter().map(|j| (Some(d.name.as_str()), j)));
    report.instance.iter().map(|j| (None, j)).chain(of_databases)
}

/// Every finding that counts.
fn lines(report: &Report) -> BTreeMap<&str, FindingLine> {
    let line = |database: Option<&str>, judgment: &JudgmentReport, finding: &Finding| FindingLine {
        rule: judgment.rule.clone(),
        severity: judgment.severity,
        database: database.map(str::to_owned),
        subject: finding.subject.clone(),
        message: finding.message.clone(),
        fingerprint: finding.fingerprint.clone(),
    };
    judgments(report)
        .flat_map(|(database, judgment)| {
            let open = judgment.findings.iter().filter(|f| f.counts());
            open.map(move |finding| (finding.fingerprint.as_str(), line(database, judgment, finding)))
        })
        .collect()
}

/// Compares a report with an older one.
pub fn compare(old: &Report, new: &Report) -> Comparison {
    let (before, now) = (lines(old), lines(new));
    let mut compared = Comparison { baseline_run: old.run.name.clone(), ..Comparison::default() };
    for (fingerprint, line) in &now {
        let list = if before.contains_key(fingerprint) { &mut compared.remaining } else { &mut compared.new };
        list.push(line.clone());
    }
    compared.fixed = before.into_iter().filter(|(f, _)| !now.contains_key(f)).map(|(_, line)| line).collect();
    let open = |report: &Report| -> std::collections::BTreeSet<String> {
        judgments(report)
            .filter(|(_, j)| j.status == Status::CouldNotCheck)
            .map(|(database, j)| {
                database.map_or_else(|| j.rule.clone(), |name| format!("{} in {name}", j.rule))
            })
            .collect()
    };
    compared.no_longer_checked = open(new).difference(&open(old)).cloned().collect();
    for list in [&mut compared.new, &mut compared.fixed, &mut compared.remaining] {
        list.sort_by(|a, b| {
            (a.severity, &a.rule, &a.database, &a.subject).cmp(&(
                b.severity,
                &b.rule,
                &b.database,
                &b.subject,
            ))
        });
    }
    compared
}

/// The comparison for a terminal.
pub fn comparison_text(compared: &Comparison) -> String {
    let mut text = String::new();
    for (title, list) in
        [("New", &compared.new), ("Fixed", &compared.fixed), ("Remaining", &compared.remaining)]
    {
        let _ = writeln!(text, "{title}: {}", list.len());
        for line in list {
            let place =
                line.database.as_ref().map(|name| format!("database {}: ", safe(name))).unwrap_or_default();
            let _ =
                writeln!(text, "  {:<7} {}  {place}{}", line.severity.name(), line.rule, safe(&line.message));
        }
    }
    for rule in &compared.no_longer_checked {
        let _ = writeln!(text, "Could be checked before, and not now: {}", safe(rule));
    }
    text
}

//! The report as Markdown, for tickets and pull requests.

use std::fmt::Write as _;

use crate::findings::Status;
use crate::report::compare::judgments;
use crate::report::model::{JudgmentReport, Report};
use crate::report::plain::markdown_safe;

/// Findings of one rule that are listed before the rest is only counted.
const FINDINGS_SHOWN: usize = 50;

/// The whole report.
pub fn markdown(report: &Report) -> String {
    let mut text = format!("# {}\n\n", report.verdict.label());
    let counts = &report.counts;
    let _ = writeln!(
        text,
        "{} failed, {} could not be checked, {} warnings, {} notes, {} passed, {} not applicable, {} findings suppressed\n",
        counts.failed,
        counts.could_not_check,
        counts.warning,
        counts.info,
        counts.passed,
        counts.not_applicable,
        counts.suppressed
    );
    for (label, endpoint) in [("Source", &report.source), ("Target", &report.target)] {
        let shown = endpoint.as_ref().map_or_else(
            || "none".to_owned(),
            |e| {
                let version = e
                    .version
                    .as_ref()
                    .map_or_else(|| "not reached".to_owned(), |v| format!("PostgreSQL {v}"));
                format!("{}, port {}, user {}: {version}", e.host, e.port, e.user)
            },
        );
        let _ = writeln!(text, "- {label}: {}", markdown_safe(&shown));
    }
    let _ = writeln!(
        text,
        "- Profile: {}\n- Run: {}, {}",
        markdown_safe(&report.profile),
        markdown_safe(&report.run.name),
        report.run.started_at
    );
    for notice in &report.notices {
        let _ = writeln!(text, "- {}", markdown_safe(notice));
    }
    for status in [Status::Failed, Status::CouldNotCheck, Status::Warning] {
        let list: Vec<_> = judgments(report).filter(|(_, j)| j.status == status).collect();
        if list.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n## {}", heading(status));
        for (database, judgment) in list {
            rule(&mut text, database, judgment);
        }
    }
    for database in report.databases.iter().filter_map(|d| d.migration.as_ref()) {
        let rows: u64 = database.tables.iter().map(|t| t.rows).sum();
        let _ = writeln!(
            text,
            "\n## Migration of {}\n\n{}: {} tables, {rows} rows in {:.1} s",
            markdown_safe(&database.name),
            database.state,
            database.tables.len(),
            database.seconds
        );
        for line in database.error.iter().chain(&database.left_on_target).chain(&database.deviations) {
            let _ = writeln!(text, "- {}", markdown_safe(line));
        }
    }
    if let Some(verification) = &report.verification {
        let _ = writeln!(
            text,
            "\n## Verification\n\n{}",
            if verification.passed { "Nothing differs." } else { "It found differences." }
        );
        for difference in verification.databases.iter().flat_map(|d| &d.differences) {
            let _ = writeln!(
                text,
                "- {}: {}",
                markdown_safe(&difference.subject),
                markdown_safe(&difference.what)
            );
        }
    }
    text
}

fn heading(status: Status) -> &'static str {
    match status {
        Status::Failed => "Failed",
        Status::CouldNotCheck => "Could not be checked",
        Status::Warning => "Warnings",
        Status::Passed => "Passed",
        Status::NotApplicable => "Not applicable",
    }
}

fn rule(text: &mut String, database: Option<&str>, judgment: &JudgmentReport) {
    let place = database.map(|name| format!(" in database {}", markdown_safe(name))).unwrap_or_default();
    let _ = writeln!(
        text,
        "\n### {}{place}\n\n`{}` ({})\n",
        judgment.title,
        judgment.rule,
        judgment.severity.name()
    );
    if let Some(reason) = &judgment.reason {
        let _ = writeln!(text, "{}", markdown_safe(reason));
    }
    let open: Vec<_> = judgment.findings.iter().filter(|f| f.suppressed.is_none()).collect();
    for finding in open.iter().take(FINDINGS_SHOWN) {
        let _ = writeln!(text, "- {}", markdown_safe(&finding.message));
    }
    if open.len() > FINDINGS_SHOWN {
        let _ = writeln!(text, "- … and {} more", open.len() - FINDINGS_SHOWN);
    }
    if let Some(finding) = open.first() {
        let _ = writeln!(text, "\n{}", markdown_safe(finding.fix.trim()));
    }
}

//! The report as lists of findings: CSV for spreadsheets, annotations for GitHub.

use std::fmt::Write as _;

use crate::findings::Severity;
use crate::report::by_rule::{Part, by_rule, open_reasons};
use crate::report::compare::judgments;
use crate::report::headline::{counts_text, headline};
use crate::report::model::Report;
use crate::report::plain::safe;
use crate::report::words::number_of;

/// One line for each finding, and for each judgment without any.
pub fn csv(report: &Report) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "rule",
        "severity",
        "status",
        "database",
        "subject",
        "message",
        "reason",
        "fix",
        "fix_sql_source",
        "fix_sql_target",
        "suppressed",
        "fingerprint",
    ])?;
    for (database, judgment) in judgments(report) {
        let common = [
            judgment.rule.clone(),
            judgment.severity.name().to_owned(),
            judgment.status.label().to_owned(),
            cell(database.unwrap_or_default()),
        ];
        if judgment.findings.is_empty() {
            let rest = ["", "", judgment.reason.as_deref().unwrap_or_default(), "", "", "", "", ""].map(cell);
            writer.write_record(common.iter().chain(&rest))?;
        }
        for finding in &judgment.findings {
            let suppressed = finding.suppressed.as_ref().map(|s| s.reason.as_str()).unwrap_or_default();
            let rest = [
                &finding.subject,
                &finding.message,
                "",
                finding.fix.trim(),
                &finding.fix_sql.source.join("\n"),
                &finding.fix_sql.target.join("\n"),
                suppressed,
                &finding.fingerprint,
            ]
            .map(cell);
            writer.write_record(common.iter().chain(&rest))?;
        }
    }
    let bytes = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A text for a spreadsheet: one that would be taken for a formula gets an apostrophe in front.
/// Source: <https://owasp.org/www-community/attacks/CSV_Injection>.
fn cell(text: &str) -> String {
    // Spreadsheets pass over white space before a formula.
    let dangerous =
        text.starts_with(['\t', '\r', '\n']) || text.trim_start().starts_with(['=', '+', '-', '@']);
    if dangerous { format!("'{text}") } else { text.to_owned() }
}

/// Workflow commands that GitHub shows as annotations, the worst first: one for each rule, and one for each reason for
/// which something could not be checked. The last line is the outcome.
/// Source: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.
pub fn github(report: &Report) -> String {
    let mut lines: Vec<(Severity, String)> = Vec::new();
    let mut annotate = |severity: Severity, title: &str, message: &str| {
        let command = match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        lines.push((severity, format!("::{command} title={}::{}\n", property(title), data(message))));
    };
    for rule in by_rule(report) {
        match rule.part {
            Part::Failed | Part::Warning | Part::Note => {}
            Part::CouldNotCheck | Part::Passed | Part::NotApplicable => continue,
        }
        let open: Vec<_> = rule.open().collect();
        let mut message = rule.rule.title.clone();
        for (database, finding) in open.iter().take(10) {
            let place = database.map(|name| format!("database {}: ", safe(name))).unwrap_or_default();
            let _ = write!(message, "\n- {place}{}", safe(&finding.message));
        }
        if open.len() > 10 {
            let _ = write!(message, "\n- … and {} more", open.len() - 10);
        }
        annotate(rule.rule.severity, &rule.rule.rule, &message);
    }
    for open in open_reasons(report) {
        let checks = number_of(open.checks, "check");
        let message = format!("{checks} could not be made: {}\n{}", safe(open.reason), open.rules.join(", "));
        annotate(open.severity, "could not check", &message);
    }
    lines.sort_by_key(|(severity, _)| *severity);
    let mut text: String = lines.into_iter().map(|(_, line)| line).collect();
    let _ = writeln!(text, "{}. {}", safe(&headline(report).text), counts_text(report));
    text
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

//! The report as lists of findings: CSV for spreadsheets, annotations for GitHub.

use std::fmt::Write as _;

use crate::findings::{Severity, Status};
use crate::report::compare::judgments;
use crate::report::model::Report;
use crate::report::plain::safe;

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

/// Workflow commands that GitHub shows as annotations; as many as it takes for one step, the worst first.
/// Source: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.
pub fn github(report: &Report) -> String {
    let mut text = String::new();
    let mut list: Vec<_> = judgments(report).collect();
    list.sort_by_key(|(_, judgment)| judgment.status);
    for (database, judgment) in list {
        let command = match (judgment.status, judgment.severity) {
            (Status::Failed, _) | (Status::CouldNotCheck, Severity::Error) => "error",
            (Status::Warning | Status::CouldNotCheck, Severity::Info) => "notice",
            (Status::Warning | Status::CouldNotCheck, _) => "warning",
            (Status::Passed | Status::NotApplicable, _) => continue,
        };
        let place = database.map(|name| format!("database {}: ", safe(name))).unwrap_or_default();
        let open: Vec<_> = judgment.findings.iter().filter(|f| f.suppressed.is_none()).collect();
        let mut message = format!("{place}{}", judgment.title);
        if let Some(reason) = judgment.reason.as_ref().filter(|_| judgment.status == Status::CouldNotCheck) {
            let _ = write!(message, "\ncould not be checked: {}", safe(reason));
        }
        for finding in open.iter().take(10) {
            let _ = write!(message, "\n- {}", safe(&finding.message));
        }
        if open.len() > 10 {
            let _ = write!(message, "\n- … and {} more", open.len() - 10);
        }
        let _ = writeln!(text, "::{command} title={}::{}", property(&judgment.rule), data(&message));
    }
    let counts = &report.counts;
    let _ = writeln!(
        text,
        "{}: {} failed, {} could not be checked, {} warnings, {} notes, {} passed",
        report.verdict.label(),
        counts.failed,
        counts.could_not_check,
        counts.warning,
        counts.info,
        counts.passed
    );
    text
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

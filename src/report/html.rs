//! The report as one HTML file: no network, no script needed to read it.

#![expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass everything by reference")]

use askama::Template;

use crate::findings::{Finding, Status, Verdict};
use crate::outcome::{DatabaseRunState, RunState, TableOutcome};
use crate::pg::bytes_text;
use crate::report::filters;
use crate::report::html_parts::{
    Bar, Chart, SummaryLine, SummaryPart, charts, checklist, summary, verdict_bars,
};
use crate::report::model::{Counts, DatabaseReport, EndpointReport, JudgmentReport, Report};
use crate::report::plain::safe;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'r> {
    report: &'r Report,
    style: &'static str,
    script: &'static str,
    groups: Vec<Group<'r>>,
    endpoints: [(&'static str, Option<&'r EndpointReport>); 2],
    summary: Vec<SummaryPart>,
    steps: Vec<(&'static str, Vec<SummaryLine>)>,
    verdicts: Vec<Bar>,
    charts: Vec<Chart>,
}

/// A part of the report with judgments: the instance, or a database.
struct Group<'r> {
    anchor: String,
    title: String,
    verdict: Verdict,
    news: Vec<&'r JudgmentReport>,
    quiet: Vec<&'r JudgmentReport>,
}

impl Group<'_> {
    fn count(&self, status: Status) -> usize {
        self.news.iter().chain(&self.quiet).filter(|j| j.status == status && !j.is_note()).count()
    }
    fn failed(&self) -> usize {
        self.count(Status::Failed)
    }
    fn warnings(&self) -> usize {
        self.count(Status::Warning)
    }
    fn open(&self) -> usize {
        self.count(Status::CouldNotCheck)
    }
    fn passed(&self) -> usize {
        self.count(Status::Passed)
    }
}

impl Page<'_> {
    fn migrated(&self) -> bool {
        self.report.databases.iter().any(|d| d.migration.is_some())
    }
    fn judged(&self) -> bool {
        self.report.counts != Counts::default()
    }
}

/// The class of an element that shows the state of a database.
fn database_class(state: &DatabaseRunState) -> &'static str {
    match state {
        DatabaseRunState::Succeeded => "passed",
        DatabaseRunState::Queued | DatabaseRunState::InProgress | DatabaseRunState::Canceled => "open",
        DatabaseRunState::Failed | DatabaseRunState::Unknown => "failed",
    }
}

/// The class of an element that shows the state of a run.
fn run_class(state: &RunState) -> &'static str {
    match state {
        RunState::Succeeded => "passed",
        RunState::Canceled | RunState::InProgress => "open",
        RunState::ValidationFailed | RunState::Failed | RunState::Unknown => "failed",
    }
}

fn rows(tables: &[TableOutcome]) -> u64 {
    tables.iter().map(|t| t.rows).sum()
}

fn size(tables: &[TableOutcome]) -> String {
    bytes_text(i64::try_from(tables.iter().map(|t| t.bytes).sum::<u64>()).unwrap_or(i64::MAX))
}

fn seconds(seconds: &f64) -> String {
    format!("{seconds:.1}")
}

#[expect(clippy::ref_option, reason = "templates pass everything by reference")]
fn side_text(value: &Option<String>) -> String {
    value.as_ref().map_or_else(|| "absent".to_owned(), |value| safe(value))
}

/// The whole report as a page.
pub fn html(report: &Report) -> Result<String, askama::Error> {
    let mut groups = vec![group("instance".to_owned(), "Instance".to_owned(), None, &report.instance)];
    for (number, database) in report.databases.iter().enumerate() {
        let DatabaseReport { name, target_name, verdict, judgments, .. } = database;
        let renamed =
            if name == target_name { String::new() } else { format!(" (as {})", safe(target_name)) };
        groups.push(group(
            format!("database-{number}"),
            format!("Database {}{renamed}", safe(name)),
            Some(*verdict),
            judgments,
        ));
    }
    let endpoints = [("Source", report.source.as_ref()), ("Target", report.target.as_ref())];
    Page {
        report,
        style: include_str!("../../templates/report.css"),
        script: include_str!("../../templates/report.js"),
        groups,
        endpoints,
        summary: summary(report),
        steps: checklist(report),
        verdicts: verdict_bars(report),
        charts: charts(report),
    }
    .render()
}

fn group(anchor: String, title: String, verdict: Option<Verdict>, judgments: &[JudgmentReport]) -> Group<'_> {
    let is_news = |j: &&JudgmentReport| match j.status {
        Status::Failed | Status::Warning | Status::CouldNotCheck => true,
        Status::Passed | Status::NotApplicable => false,
    };
    let (news, quiet) = judgments.iter().partition(is_news);
    let verdict = verdict.unwrap_or_else(|| Verdict::of(judgments.iter().map(|j| (j.status, j.severity))));
    Group { anchor, title, verdict, news, quiet }
}

/// The class of an element that shows a status.
fn status_class(status: &Status) -> &'static str {
    match status {
        Status::Failed => "failed",
        Status::CouldNotCheck => "open",
        Status::Warning => "warning",
        Status::Passed => "passed",
        Status::NotApplicable => "quiet",
    }
}

fn verdict_class(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Ready => "passed",
        Verdict::ReadyWithWarnings => "warning",
        Verdict::NotReady => "failed",
        Verdict::Unknown => "open",
    }
}

/// The columns of the evidence of a judgment's findings.
fn evidence_columns(findings: &[Finding]) -> Vec<&str> {
    findings.first().map(|f| f.evidence.keys().map(String::as_str).collect()).unwrap_or_default()
}

fn evidence_text(finding: &Finding, column: &str) -> String {
    match finding.evidence.get(column) {
        None | Some(serde_json::Value::Null) => "–".to_owned(),
        Some(serde_json::Value::String(text)) => safe(text),
        Some(serde_json::Value::Array(items)) => {
            let items: Vec<String> =
                items.iter().map(|i| i.as_str().map_or_else(|| i.to_string(), safe)).collect();
            items.join(", ")
        }
        Some(other) => other.to_string(),
    }
}

/// All statements of a judgment's findings, by side, each once.
fn statements(findings: &[Finding]) -> Vec<(&'static str, Vec<&str>)> {
    let open = || findings.iter().filter(|f| f.suppressed.is_none());
    let source = unique(open().flat_map(|f| &f.fix_sql.source).collect());
    let target = unique(open().flat_map(|f| &f.fix_sql.target).collect());
    [("source", source), ("target", target)].into_iter().filter(|(_, all)| !all.is_empty()).collect()
}

fn unique(all: Vec<&String>) -> Vec<&str> {
    let mut seen = std::collections::BTreeSet::new();
    all.into_iter().map(String::as_str).filter(|s| seen.insert(*s)).collect()
}

//! The report as one HTML file: no network, no script needed to read it.

#![expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass everything by reference")]

use askama::Template;

use crate::findings::{Finding, Status, Verdict};
use crate::outcome::{DatabaseRunState, TableOutcome};
use crate::pg::bytes_text;
use crate::report::by_rule::{ByRule, OpenReason, Part, Statement, by_rule, open_reasons};
use crate::report::filters;
use crate::report::headline::{Headline, Tone, counts_text, headline};
use crate::report::html_parts::{Bar, charts, verdict_bars};
use crate::report::migration::MigrationReport;
use crate::report::model::{AfterStep, Counts, DatabaseReport, EndpointReport, Report};
use crate::report::plain::safe;
use crate::report::steps::{Step, after_steps, anchor, by_who, steps};
use crate::report::words::{bytes_of, duration_text, number_of};

#[derive(Template)]
#[template(path = "report.html", blocks = ["body"])]
struct Page<'r> {
    report: &'r Report,
    style: &'static str,
    script: &'static str,
    headline: Headline,
    counts: String,
    endpoints: [(&'static str, Option<&'r EndpointReport>); 2],
    steps: Vec<(&'static str, Vec<Step>)>,
    after: &'r [AfterStep],
    databases: Vec<DatabaseLine>,
    /// Title, class and rules of each part with findings.
    parts: Vec<(&'static str, &'static str, Vec<ByRule<'r>>)>,
    open: Vec<OpenReason<'r>>,
    quiet: Vec<ByRule<'r>>,
    verdicts: Vec<Bar>,
}

/// One database in the table of all.
struct DatabaseLine {
    name: String,
    verdict: Verdict,
    /// Failed, could not check, warnings, notes.
    counts: [usize; 4],
}

impl DatabaseLine {
    fn of(database: &DatabaseReport) -> DatabaseLine {
        let DatabaseReport { name, target_name, verdict, judgments, .. } = database;
        let name = if name == target_name { name.clone() } else { format!("{name} (as {target_name})") };
        let parts = [Part::Failed, Part::CouldNotCheck, Part::Warning, Part::Note];
        let counts = parts.map(|part| judgments.iter().filter(|j| Part::of(j) == part).count());
        DatabaseLine { name, verdict: *verdict, counts }
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

/// What was moved, how fast.
fn moved(done: &MigrationReport) -> String {
    let bytes = done.tables.iter().map(|t| t.bytes).sum::<u64>();
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a rate for people")]
    let rate = (bytes as f64 / done.seconds.max(0.001)) as i64;
    format!(
        "{}, {} rows, {}, {}, {}, {} in {}: {}/s",
        number_of(done.tables.len(), "table"),
        rows(&done.tables),
        bytes_of(bytes),
        number_of(done.objects, "other object"),
        number_of(done.sequences, "sequence"),
        number_of(done.large_objects, "large object"),
        duration_text(done.seconds),
        bytes_text(rate)
    )
}

fn rows(tables: &[TableOutcome]) -> u64 {
    tables.iter().map(|t| t.rows).sum()
}

#[expect(clippy::ref_option, reason = "templates pass everything by reference")]
fn side_text(value: &Option<String>) -> String {
    value.as_ref().map_or_else(|| "absent".to_owned(), |value| safe(value))
}

/// The whole report as a page.
pub fn html(report: &Report) -> Result<String, askama::Error> {
    page(report).render()
}

/// The report as a part of another page, which brings the style sheet.
pub fn html_part(report: &Report) -> Result<String, askama::Error> {
    page(report).as_body().render()
}

fn page(report: &Report) -> Page<'_> {
    let endpoints = [("Source", report.source.as_ref()), ("Target", report.target.as_ref())];
    let (mut parts, mut quiet) = (Vec::new(), Vec::new());
    for (part, title, class) in [
        (Part::Failed, "Failed", "failed"),
        (Part::Warning, "Warnings", "warning"),
        (Part::Note, "Notes", "note"),
    ] {
        let rules: Vec<_> = by_rule(report).into_iter().filter(|rule| rule.part == part).collect();
        if !rules.is_empty() {
            parts.push((title, class, rules));
        }
    }
    quiet
        .extend(by_rule(report).into_iter().filter(|r| matches!(r.part, Part::Passed | Part::NotApplicable)));
    Page {
        report,
        style: include_str!("../../templates/report.css"),
        script: include_str!("../../templates/report.js"),
        headline: headline(report),
        counts: counts_text(report),
        endpoints,
        steps: steps(report),
        after: after_steps(report),
        databases: report.databases.iter().map(DatabaseLine::of).collect(),
        parts,
        open: open_reasons(report),
        quiet,
        verdicts: verdict_bars(report),
    }
}

fn tone_class(tone: &Tone) -> &'static str {
    match tone {
        Tone::Good => "passed",
        Tone::Warning => "warning",
        Tone::Open => "open",
        Tone::Bad => "failed",
    }
}

/// Whether a list of findings is shown at once.
fn is_opened(rule: &ByRule<'_>) -> bool {
    rule.part != Part::Note && rule.open().count() <= 20
}

fn findings_text(rule: &ByRule<'_>) -> String {
    let findings = number_of(rule.open().count(), "finding");
    let databases = rule.places.iter().filter(|(database, _)| database.is_some()).count();
    if databases > 1 { format!("{findings} in {}", number_of(databases, "database")) } else { findings }
}

/// The findings of a rule, accepted ones too, each with its database.
fn all_findings<'r>(rule: &ByRule<'r>) -> Vec<(Option<&'r str>, &'r Finding)> {
    let of_place = |(database, j): &(Option<&'r str>, &'r crate::report::JudgmentReport)| {
        let database = *database;
        j.findings.iter().map(move |finding| (database, finding)).collect::<Vec<_>>()
    };
    rule.places.iter().flat_map(of_place).collect()
}

fn fix<'r>(rule: &ByRule<'r>) -> Option<&'r str> {
    rule.open().next().map(|(_, finding)| finding.fix.trim())
}

/// Statements under a comment that names their database.
fn sql_lines(statements: &[Statement<'_>]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut last = None;
    for (database, statement) in statements {
        if let Some(name) = database.filter(|_| *database != last) {
            lines.push(format!("-- database {}", safe(name)));
        }
        last = *database;
        lines.push((*statement).to_owned());
    }
    lines
}

fn database_text(database: Option<&str>) -> String {
    database.unwrap_or("–").to_owned()
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

/// The columns of the evidence of a rule's findings.
fn evidence_columns<'r>(rule: &ByRule<'r>) -> Vec<&'r str> {
    let first = rule.places.iter().find_map(|(_, j)| j.findings.first());
    first.map(|f| f.evidence.keys().map(String::as_str).collect()).unwrap_or_default()
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

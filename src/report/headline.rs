//! What a run came to in one sentence, what it counted, and what to do next: the largest letters of the page, the first and
//! the last line of the terminal.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::findings::{Severity, Status, Verdict};
use crate::outcome::{DatabaseRunState, RunState};
use crate::report::compare::judgments;
use crate::report::migration::MigrationReport;
use crate::report::model::{JudgmentReport, Report};
use crate::report::words::{bytes_of, duration_text, number_of};

/// How good the news is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Warning,
    Open,
    Bad,
}

/// What a run came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Headline {
    /// One sentence, not escaped.
    pub(crate) text: String,
    pub(crate) tone: Tone,
    /// What to do next: a sentence, and the command or statement for it where there is one.
    pub(crate) next: Vec<(String, Option<String>)>,
}

/// Of a report.
pub(crate) fn headline(report: &Report) -> Headline {
    let migrated: Vec<&MigrationReport> =
        report.databases.iter().filter_map(|d| d.migration.as_ref()).collect();
    if !migrated.is_empty() {
        return of_migration(report, &migrated);
    }
    if report.run.state == RunState::Canceled {
        return Headline { text: "Canceled".to_owned(), tone: Tone::Open, next: Vec::new() };
    }
    if let Some(verification) = report.verification.as_ref() {
        let count = verification.databases.len();
        let differences = differences(report);
        return if verification.passed {
            let text = format!("Nothing differs in {}", number_of(count, "database"));
            Headline { text, tone: Tone::Good, next: Vec::new() }
        } else if differences == 0 {
            let text = "The comparison is not complete: not everything could be compared".to_owned();
            Headline { text, tone: Tone::Open, next: Vec::new() }
        } else {
            let text =
                format!("{} in {}", number_of(differences, "difference"), number_of(count, "database"));
            Headline { text, tone: Tone::Bad, next: Vec::new() }
        };
    }
    let mut headline = of_validation(report);
    if report.run.option == "ValidateAndMigrate" && report.run.state == RunState::ValidationFailed {
        headline.text = format!("Not migrated. {}", headline.text);
    }
    headline
}

fn differences(report: &Report) -> usize {
    report.verification.iter().flat_map(|v| &v.databases).map(|d| d.differences.len()).sum()
}

fn of_migration(report: &Report, migrated: &[&MigrationReport]) -> Headline {
    let is = |state: DatabaseRunState| move |d: &&&MigrationReport| d.state == state;
    let complete = migrated.iter().filter(is(DatabaseRunState::Succeeded)).count();
    let of_all =
        format!("{complete} of {} {} complete", number_of(migrated.len(), "database"), are(complete));
    let resume = || {
        let command = format!("pgpassage migration resume --migration-name {}", report.run.name);
        ("What is complete stays when the migration is resumed:".to_owned(), Some(command))
    };
    let cleanups = migrated.iter().filter_map(|d| {
        let left = d.left_on_target.as_ref()?;
        Some((format!("On the target there is now {left}. To remove it:"), d.cleanup.clone()))
    });
    if report.run.state == RunState::Canceled {
        let next = std::iter::once(resume()).chain(cleanups).collect();
        return Headline { text: format!("Canceled: {of_all}"), tone: Tone::Open, next };
    }
    if let Some(failed) = migrated.iter().find(is(DatabaseRunState::Failed)) {
        let error = failed.error.as_deref().unwrap_or_default();
        let first = error.lines().next().unwrap_or_default();
        let next = std::iter::once(resume()).chain(cleanups).collect();
        let text = format!("Migration failed: {}: {first} — {of_all}", failed.name);
        return Headline { text, tone: Tone::Bad, next };
    }
    let bytes: u64 = migrated.iter().flat_map(|d| &d.tables).map(|t| t.bytes).sum();
    let mut moved = vec![
        number_of(migrated.len(), "database"),
        bytes_of(bytes),
        duration_text(run_seconds(report).unwrap_or_else(|| migrated.iter().map(|d| d.seconds).sum())),
    ];
    if !report.deviations.is_empty() {
        moved.push(number_of(report.deviations.len(), "deviation"));
    }
    let moved = moved.join(", ");
    let (text, tone) = match (&report.verification, differences(report)) {
        (None, _) => (format!("Migrated, not verified: {moved}"), Tone::Warning),
        (Some(v), _) if v.passed => {
            let tone = if report.deviations.is_empty() { Tone::Good } else { Tone::Warning };
            (format!("Migrated and verified: {moved}"), tone)
        }
        (Some(_), 0) => (format!("Migrated, not everything could be verified: {moved}"), Tone::Open),
        (Some(_), count) => (
            format!("Migrated, but verification found {}: {moved}", number_of(count, "difference")),
            Tone::Bad,
        ),
    };
    Headline { text, tone, next: Vec::new() }
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// How long the run took, if its times can be read.
fn run_seconds(report: &Report) -> Option<f64> {
    let time = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    let lasted = time(&report.run.ended_at)? - time(&report.run.started_at)?;
    Some(lasted.as_seconds_f64()).filter(|seconds| *seconds > 0.0)
}

fn of_validation(report: &Report) -> Headline {
    let rules = |wanted: &dyn Fn(&JudgmentReport) -> bool| {
        let mut ids: Vec<&str> =
            judgments(report).filter(|(_, j)| wanted(j)).map(|(_, j)| j.rule.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.len()
    };
    let warnings = rules(&|j| j.status == Status::Warning && !j.is_note());
    let open = rules(&|j| j.status == Status::CouldNotCheck && j.severity != Severity::Info);
    let failed = rules(&|j| j.status == Status::Failed);
    // A server that was not reached is the one thing to know: everything else follows from it.
    let unreached = judgments(report).map(|(_, j)| j).find(|j| j.status == Status::Failed && j.leaves_open);
    let (text, tone) = match report.verdict {
        Verdict::NotReady | Verdict::Unknown if unreached.is_some() => {
            let finding = unreached.and_then(|j| j.findings.first()).map(|f| f.message.as_str());
            (format!("Not decided: {}", finding.unwrap_or("a server was not reached")), Tone::Open)
        }
        Verdict::NotReady => (format!("Not ready: {} to do before", number_of(failed, "thing")), Tone::Bad),
        Verdict::Unknown => {
            (format!("Not decided: {} could not be made", number_of(open, "check")), Tone::Open)
        }
        Verdict::ReadyWithWarnings if warnings == 0 => {
            (format!("Ready, but {} could not be made", number_of(open, "check")), Tone::Warning)
        }
        Verdict::ReadyWithWarnings => {
            (format!("Ready, with {}", number_of(warnings, "warning")), Tone::Warning)
        }
        Verdict::Ready => ("Ready".to_owned(), Tone::Good),
    };
    Headline { text, tone, next: Vec::new() }
}

/// What was judged, in numbers, each of one thing: `14 findings of 6 rules in 3 databases; 113 checks passed, 2 could not be
/// made, 4 notes`. A check is one rule in one place. Empty when nothing was judged.
pub(crate) fn counts_text(report: &Report) -> String {
    if judgments(report).next().is_none() {
        return String::new();
    }
    let violated = |j: &JudgmentReport| matches!(j.status, Status::Failed | Status::Warning) && !j.is_note();
    let (mut findings, mut rules, mut places) = (0, Vec::new(), Vec::new());
    for (database, judgment) in judgments(report).filter(|(_, j)| violated(j)) {
        findings += judgment.findings.iter().filter(|f| f.counts()).count();
        rules.push(judgment.rule.as_str());
        places.extend(database);
    }
    for list in [&mut rules, &mut places] {
        list.sort_unstable();
        list.dedup();
    }
    let mut text = match (findings, places.len()) {
        (0, _) => "No findings".to_owned(),
        (_, 0) => format!("{} of {}", number_of(findings, "finding"), number_of(rules.len(), "rule")),
        (_, databases) => format!(
            "{} of {} in {}",
            number_of(findings, "finding"),
            number_of(rules.len(), "rule"),
            number_of(databases, "database")
        ),
    };
    let counts = &report.counts;
    text.push_str(&format!("; {} passed", number_of(counts.passed, "check")));
    for (count, words) in [
        (counts.could_not_check, "could not be made"),
        (counts.not_applicable, "not applicable"),
        (counts.suppressed, "findings suppressed"),
    ] {
        if count > 0 {
            text.push_str(&format!(", {count} {words}"));
        }
    }
    if counts.info > 0 {
        text.push_str(&format!(", {}", number_of(counts.info, "note")));
    }
    text
}

//! What the page shows besides the judgments themselves: what to do first, steps by hand, and charts.

use std::collections::BTreeMap;

use crate::findings::{Severity, Status, Verdict, When};
use crate::pg::bytes_text;
use crate::report::compare::judgments;
use crate::report::migration::MigrationReport;
use crate::report::model::{JudgmentReport, Report};
use crate::report::plain::safe;

/// Bars of one chart; more would be a table.
const BARS_MAX: usize = 12;

/// The width of a chart, in its own units.
const CHART_WIDTH: f64 = 900.0;

/// Judgments of one status, in a few lines.
pub(crate) struct SummaryPart {
    pub(crate) title: &'static str,
    pub(crate) class: &'static str,
    pub(crate) lines: Vec<SummaryLine>,
}

/// One rule over all databases.
pub(crate) struct SummaryLine {
    pub(crate) title: String,
    pub(crate) rule: String,
    pub(crate) severity: Severity,
    pub(crate) findings: usize,
    /// The databases, or `instance`.
    pub(crate) places: String,
    /// The anchor of the first place.
    pub(crate) anchor: String,
}

/// A bar of a chart.
pub(crate) struct Bar {
    pub(crate) x: f64,
    pub(crate) width: f64,
    pub(crate) y: usize,
    pub(crate) class: &'static str,
    pub(crate) label: String,
    pub(crate) value: String,
}

/// A chart with labelled bars.
pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) bars: Vec<Bar>,
    pub(crate) height: usize,
    pub(crate) left_out: usize,
}

/// What blocks, what nobody knows and what warns, each rule once for all databases.
pub(crate) fn summary(report: &Report) -> Vec<SummaryPart> {
    [
        (Status::Failed, "What blocks", "failed"),
        (Status::CouldNotCheck, "What could not be checked", "open"),
        (Status::Warning, "What warns", "warning"),
    ]
    .into_iter()
    .map(|(status, title, class)| SummaryPart {
        title,
        class,
        lines: by_rule(report, |j| j.status == status && !j.is_note()),
    })
    .filter(|part| !part.lines.is_empty())
    .collect()
}

/// What is to be done by hand, before and after.
pub(crate) fn checklist(report: &Report) -> Vec<(&'static str, Vec<SummaryLine>)> {
    let violated = |j: &JudgmentReport| matches!(j.status, Status::Failed | Status::Warning);
    [(When::Before, "Before the migration"), (When::After, "After the migration")]
        .into_iter()
        .map(|(when, title)| (title, by_rule(report, |j| violated(j) && j.when == when)))
        .filter(|(_, lines)| !lines.is_empty())
        .collect()
}

fn by_rule(report: &Report, wanted: impl Fn(&JudgmentReport) -> bool) -> Vec<SummaryLine> {
    let mut lines: Vec<SummaryLine> = Vec::new();
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let anchors: BTreeMap<&str, usize> =
        report.databases.iter().enumerate().map(|(number, d)| (d.name.as_str(), number)).collect();
    for (database, judgment) in judgments(report).filter(|(_, j)| wanted(j)) {
        places.entry(judgment.rule.clone()).or_default().extend(database.map(safe));
        match lines.iter_mut().find(|line| line.rule == judgment.rule) {
            Some(line) => line.findings += open(judgment),
            None => lines.push(SummaryLine {
                title: judgment.title.clone(),
                rule: judgment.rule.clone(),
                severity: judgment.severity,
                findings: open(judgment),
                places: String::new(),
                anchor: match database.and_then(|name| anchors.get(name)) {
                    Some(number) => format!("database-{number}"),
                    None => "instance".to_owned(),
                },
            }),
        }
    }
    for line in &mut lines {
        let names = places.remove(&line.rule).unwrap_or_default();
        line.places = match names.len() {
            0 => "instance".to_owned(),
            1..=3 => names.join(", "),
            count => format!("{count} databases"),
        };
    }
    lines.sort_by(|a, b| (a.severity, b.findings, &a.rule).cmp(&(b.severity, a.findings, &b.rule)));
    lines
}

fn open(judgment: &JudgmentReport) -> usize {
    judgment.findings.iter().filter(|f| f.suppressed.is_none()).count()
}

/// How many databases have which verdict, as one bar in parts.
pub(crate) fn verdict_bars(report: &Report) -> Vec<Bar> {
    if report.databases.len() < 2 {
        return Vec::new();
    }
    let total = report.databases.len();
    let mut x = 0.0;
    [
        (Verdict::NotReady, "failed", "not ready"),
        (Verdict::Unknown, "open", "not everything could be checked"),
        (Verdict::ReadyWithWarnings, "warning", "ready, with warnings"),
        (Verdict::Ready, "passed", "ready"),
    ]
    .into_iter()
    .filter_map(|(verdict, class, label)| {
        let count = report.databases.iter().filter(|d| d.verdict == verdict).count();
        let width = CHART_WIDTH * share(count, total);
        let bar = Bar { x, width, y: 0, class, label: label.to_owned(), value: count.to_string() };
        x += width;
        (count > 0).then_some(bar)
    })
    .collect()
}

#[expect(clippy::cast_precision_loss, reason = "a share of a bar need not be exact")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// Of each migrated database: where the bytes are, and where the time went.
pub(crate) fn charts(report: &Report) -> Vec<Chart> {
    report
        .databases
        .iter()
        .filter_map(|d| d.migration.as_ref())
        .flat_map(|done| [sizes(done), timeline(done)])
        .flatten()
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "the length of a bar need not be exact")]
fn sizes(done: &MigrationReport) -> Option<Chart> {
    let mut tables: Vec<_> = done.tables.iter().filter(|t| t.bytes > 0).collect();
    tables.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
    let largest = tables.first()?.bytes as f64;
    let bars = tables.iter().take(BARS_MAX).enumerate().map(|(y, table)| {
        let speed = if table.seconds > 0.0 { table.bytes as f64 / table.seconds } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, reason = "a speed for people")]
        let speed = bytes_text(speed as i64);
        let size = bytes_text(i64::try_from(table.bytes).unwrap_or(i64::MAX));
        Bar {
            x: 0.0,
            width: (CHART_WIDTH * table.bytes as f64 / largest).max(1.0),
            y,
            class: "size",
            label: safe(&table.name),
            value: format!("{size}, {} rows, {speed}/s", table.rows),
        }
    });
    Some(chart(format!("Bytes by table of {}", safe(&done.name)), bars.collect(), tables.len()))
}

fn timeline(done: &MigrationReport) -> Option<Chart> {
    #[expect(clippy::cast_precision_loss, reason = "parts are few")]
    let tables =
        done.tables.iter().map(|t| (&t.name, "copy", t.started_s, t.seconds / t.parts.max(1) as f64));
    let objects = done.slow_objects.iter().map(|o| (&o.name, "build", o.started_s, o.seconds));
    let mut steps: Vec<_> = tables.chain(objects).filter(|step| step.3 > 0.0).collect();
    let total = done.seconds.max(0.001);
    let count = steps.len();
    // The longest are shown, in the order in which they began.
    steps.sort_by(|a, b| b.3.total_cmp(&a.3));
    steps.truncate(BARS_MAX);
    steps.sort_by(|a, b| a.2.total_cmp(&b.2));
    if steps.is_empty() {
        return None;
    }
    let bars = steps.into_iter().enumerate().map(|(y, (name, class, start, seconds))| Bar {
        x: (CHART_WIDTH * start / total).clamp(0.0, CHART_WIDTH),
        width: (CHART_WIDTH * seconds / total).clamp(1.0, CHART_WIDTH),
        y,
        class,
        label: safe(name),
        value: format!("{seconds:.2} s, from {start:.2} s on"),
    });
    Some(chart(format!("Time by step of {}: {total:.1} s", safe(&done.name)), bars.collect(), count))
}

fn chart(title: String, bars: Vec<Bar>, all: usize) -> Chart {
    let (height, left_out) = (bars.len() * 28 + 4, all - bars.len());
    Chart { title, bars, height, left_out }
}

impl Bar {
    /// The top of the label, in the units of the chart.
    pub(crate) fn top(&self) -> usize {
        self.y * 28 + 12
    }
}

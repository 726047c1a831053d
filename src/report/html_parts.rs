//! The charts of the page: verdicts, sizes and times.

use crate::findings::Verdict;
use crate::pg::bytes_text;
use crate::report::migration::MigrationReport;
use crate::report::model::Report;
use crate::report::plain::safe;

/// Bars of one chart; more would be a table.
const BARS_MAX: usize = 12;

/// The width of a chart, in its own units.
const CHART_WIDTH: f64 = 900.0;

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

/// Of a migrated database: where the bytes are, and where the time went.
pub(crate) fn charts(done: &MigrationReport) -> Vec<Chart> {
    [sizes(done), timeline(done)].into_iter().flatten().collect()
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

//! The time line of a run as one HTML file: what each connection did when, and where it waited.

use askama::Template;

use crate::outcome::{Lane, LaneKey, Span, SpanKind, Timeline};
use crate::report::filters;
use crate::report::words::{duration_text, number_of};

/// The width of the part of the chart that shows time, in its own units.
const TIME_WIDTH: f64 = 1000.0;

/// The width of the labels beside it.
const LABEL_WIDTH: f64 = 170.0;

/// The height of a lane.
const LANE_HEIGHT: usize = 18;

/// What is narrower than this is shown together with its neighbours.
const NARROW: f64 = 1.5;

/// What nobody can see between two bars.
const GAP: f64 = 0.75;

/// Lines under the scale, at most.
const TICKS_MAX: f64 = 12.0;

/// Steps that are listed.
const LONGEST_SHOWN: usize = 25;

#[derive(Template)]
#[template(path = "timeline.html")]
struct Page<'t> {
    run: &'t str,
    style: &'static str,
    total: String,
    ticks: Vec<Tick>,
    rows: Vec<Row>,
    height: usize,
    busy: Vec<Busy>,
    longest: Vec<Step<'t>>,
}

/// A step that took long.
struct Step<'t> {
    span: &'t Span,
    database: &'t str,
    lane: String,
}

/// A line of the scale.
struct Tick {
    x: f64,
    label: String,
}

/// A row of the chart: the name of a database, or one of its lanes.
struct Row {
    y: usize,
    label: String,
    is_title: bool,
    bars: Vec<Bar>,
}

/// A step of a lane, or several that are too short to be told apart.
#[derive(Debug, PartialEq)]
struct Bar {
    x: f64,
    width: f64,
    class: &'static str,
    title: String,
    count: usize,
}

/// How busy the connections of a database were while its data was copied.
struct Busy {
    database: String,
    seconds: f64,
    connections: usize,
    percent: f64,
}

/// The page of a run.
pub fn timeline_page(run: &str, timeline: &Timeline) -> Result<String, askama::Error> {
    let scale = TIME_WIDTH / timeline.seconds().max(0.001);
    let rows = rows(timeline, scale);
    let mut longest: Vec<&Span> =
        timeline.lanes.values().flatten().filter(|span| span.kind != SpanKind::Phase).collect();
    longest.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    longest.truncate(LONGEST_SHOWN);
    Page {
        run,
        style: include_str!("../../templates/report.css"),
        total: duration_text(timeline.seconds()),
        ticks: ticks(timeline.seconds(), scale),
        height: rows.len() * LANE_HEIGHT + 24,
        rows,
        busy: busy(timeline),
        longest: longest.into_iter().map(Step::of).collect(),
    }
    .render()
}

/// Databases in the order in which they began, what concerns the whole run before them.
fn rows(timeline: &Timeline, scale: f64) -> Vec<Row> {
    let mut databases: Vec<(Option<&str>, f64)> = Vec::new();
    for ((database, _), spans) in &timeline.lanes {
        let database = database.as_deref();
        let began = spans.first().map_or(0.0, |span| span.started_s);
        match databases.iter_mut().find(|(name, _)| *name == database) {
            Some((_, first)) => *first = first.min(began),
            None => databases.push((database, began)),
        }
    }
    databases.sort_by(|a, b| a.0.is_some().cmp(&b.0.is_some()).then(a.1.total_cmp(&b.1)));
    let mut rows = Vec::new();
    let add = |label: String, is_title, bars, rows: &mut Vec<Row>| {
        rows.push(Row { y: 20 + rows.len() * LANE_HEIGHT, label, is_title, bars });
    };
    for (database, _) in databases {
        let title = database.map_or_else(|| "run".to_owned(), |name| format!("database {name}"));
        add(title, true, Vec::new(), &mut rows);
        for ((_, lane), spans) in lanes_of(timeline, database) {
            add(lane_text(*lane), false, bars(spans, scale), &mut rows);
        }
    }
    rows
}

fn lanes_of<'t>(
    timeline: &'t Timeline,
    database: Option<&str>,
) -> impl Iterator<Item = (&'t LaneKey, &'t Vec<Span>)> {
    let first = (database.map(str::to_owned), Lane::Phases);
    let is_same = move |((of, _), _): &(&LaneKey, &Vec<Span>)| *of == first.0;
    timeline.lanes.range((database.map(str::to_owned), Lane::Phases)..).take_while(is_same)
}

fn lane_text(lane: Lane) -> String {
    match lane {
        Lane::Phases => "phases".to_owned(),
        Lane::Main => "main connection".to_owned(),
        Lane::Worker(number) => format!("worker {}", number + 1),
        Lane::Comparison(number) => format!("comparison {}", number + 1),
    }
}

fn bars(spans: &[Span], scale: f64) -> Vec<Bar> {
    let mut bars: Vec<Bar> = Vec::new();
    for span in spans {
        let (x, width) = (span.started_s * scale, span.seconds * scale);
        let class = class(span.kind);
        if let Some(last) = bars.last_mut()
            && last.class == class
            && width < NARROW
            && (last.count > 1 || last.width < NARROW)
            && x - (last.x + last.width) < GAP
        {
            last.count += 1;
            last.width = x + width - last.x;
            last.title = format!("{} until {:.3} s", number_of(last.count, "short step"), span.ended_s());
            continue;
        }
        let title = format!("{}: {:.3} s, from {:.3} s on", span.title, span.seconds, span.started_s);
        bars.push(Bar { x, width, class, title, count: 1 });
    }
    for bar in &mut bars {
        bar.x += LABEL_WIDTH;
        bar.width = bar.width.max(0.5);
    }
    bars
}

fn class(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Phase => "phase",
        SpanKind::Copy => "copy",
        SpanKind::Restore => "build",
        SpanKind::Compare => "passed",
        SpanKind::Other => "open",
    }
}

/// Round numbers of seconds.
fn ticks(seconds: f64, scale: f64) -> Vec<Tick> {
    let mut step = 0.001;
    for factor in [2.0, 2.5, 2.0].into_iter().cycle() {
        if seconds / step <= TICKS_MAX {
            break;
        }
        step *= factor;
    }
    let mut ticks = Vec::new();
    let mut at = 0.0;
    while at <= seconds {
        let label = if step < 1.0 { format!("{at:.3} s") } else { duration_text(at) };
        ticks.push(Tick { x: LABEL_WIDTH + at * scale, label });
        at += step;
    }
    ticks
}

/// Of each database whose data was copied: how much of that time its workers worked.
fn busy(timeline: &Timeline) -> Vec<Busy> {
    let mut found = Vec::new();
    for (key, phases) in &timeline.lanes {
        let (Some(database), Lane::Phases) = key else { continue };
        let workers: Vec<&Vec<Span>> = lanes_of(timeline, Some(database))
            .filter(|((_, lane), _)| matches!(lane, Lane::Worker(_)))
            .map(|(_, spans)| spans)
            .collect();
        let first = workers.iter().filter_map(|spans| spans.first()).map(|s| s.started_s).reduce(f64::min);
        let Some(first) = first else { continue };
        // The phase in which the workers worked.
        let Some(phase) = phases.iter().find(|p| p.started_s <= first && first <= p.ended_s()) else {
            continue;
        };
        let worked: f64 = workers.iter().copied().flatten().map(|span| span.seconds).sum();
        let connections = workers.len();
        #[expect(clippy::cast_precision_loss, reason = "connections are few")]
        let percent = 100.0 * worked / (phase.seconds.max(0.001) * connections as f64);
        found.push(Busy { database: database.clone(), seconds: phase.seconds, connections, percent });
    }
    found
}

impl Step<'_> {
    fn of(span: &Span) -> Step<'_> {
        Step { span, database: span.database.as_deref().unwrap_or("–"), lane: lane_text(span.lane) }
    }
}

#[cfg(test)]
mod tests {
    use super::{bars, ticks, timeline_page};
    use crate::outcome::{Lane, Span, SpanKind, Timeline};

    fn span(lane: Lane, kind: SpanKind, started_s: f64, seconds: f64) -> Span {
        let title = "copy table s.<b>\u{202e}".to_owned();
        Span { database: Some("d<i>".to_owned()), lane, kind, title, started_s, seconds }
    }

    #[test]
    fn short_steps_are_one_bar_and_long_ones_their_own() {
        let worker = |started_s, seconds| span(Lane::Worker(0), SpanKind::Copy, started_s, seconds);
        let spans = [worker(0.0, 1.0), worker(1.0, 0.001), worker(1.001, 0.001), worker(5.0, 0.001)];
        let bars = bars(&spans, 100.0);
        let counts: Vec<usize> = bars.iter().map(|bar| bar.count).collect();
        assert_eq!(counts, [1, 2, 1]);
        assert_eq!(bars[1].title, "2 short steps until 1.002 s");
    }

    #[test]
    fn the_scale_has_round_numbers() {
        let labels = |seconds| -> Vec<String> {
            ticks(seconds, 1.0).into_iter().map(|tick| tick.label).take(2).collect()
        };
        assert_eq!(labels(0.004), ["0.000 s", "0.001 s"]);
        assert_eq!(labels(1.0), ["0.000 s", "0.100 s"]);
        assert_eq!(labels(7200.0), ["0.0 s", "16 min 40 s"]);
    }

    #[test]
    fn the_page_escapes_names_and_says_how_busy_the_workers_were() {
        let timeline = Timeline::of([
            span(Lane::Worker(0), SpanKind::Copy, 0.0, 2.0),
            span(Lane::Worker(1), SpanKind::Copy, 0.0, 1.0),
            span(Lane::Phases, SpanKind::Phase, 0.0, 2.0),
        ]);
        let page = timeline_page("july", &timeline).unwrap();
        assert!(!page.contains("<b>\u{202e}") && !page.contains("d<i>"), "{page}");
        assert!(page.contains("75 %"), "{page}");
        assert!(timeline_page("none", &Timeline::default()).is_ok());
    }
}

//! When what was done, and over which connection: the time line of a run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Where something was done. A lane does one thing at a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// The phases of a database, or the stages of the run.
    Phases,
    /// The session for what is not done side by side.
    #[default]
    Main,
    /// A worker of the data stage, with a session on each side, from 0.
    Worker(usize),
    /// A pair of sessions that compares rows, from 0.
    Comparison(usize),
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SpanKind {
    /// A phase of a database, or a stage of the run.
    Phase,
    /// A table was copied, or a part of it.
    Copy,
    /// An index, a constraint or the like was created.
    Restore,
    /// Source and target were compared.
    Compare,
    /// Anything else.
    Other,
}

/// Something that was done, from when to when.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The database on the source; none for what concerns the whole run.
    pub database: Option<String>,
    /// Where.
    pub lane: Lane,
    /// What kind of thing.
    pub kind: SpanKind,
    /// What.
    pub title: String,
    /// When it began, in seconds since the first thing did.
    pub started_s: f64,
    /// How long it took, in seconds.
    pub seconds: f64,
}

impl Span {
    /// When it ended, in seconds since the first thing began.
    pub fn ended_s(&self) -> f64 {
        self.started_s + self.seconds
    }
}

/// What was done on one lane of a database, in order.
pub type LaneKey = (Option<String>, Lane);

/// Everything that was done in a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Timeline {
    /// By lane, each in the order of time.
    pub lanes: BTreeMap<LaneKey, Vec<Span>>,
}

impl Timeline {
    /// Puts spans on their lanes, given in the order in which they ended, with times of any clock. Of what was told in one
    /// moment the last ended then, and each one before it when the next began: a lane does one thing at a time.
    pub fn of(spans: impl IntoIterator<Item = Span>) -> Timeline {
        let mut lanes: BTreeMap<LaneKey, Vec<Span>> = BTreeMap::new();
        for span in spans {
            lanes.entry((span.database.clone(), span.lane)).or_default().push(span);
        }
        for spans in lanes.values_mut() {
            let mut limit = f64::INFINITY;
            for span in spans.iter_mut().rev() {
                span.started_s = span.ended_s().min(limit) - span.seconds;
                limit = span.started_s;
            }
        }
        let first = lanes.values().flatten().map(|span| span.started_s).fold(f64::INFINITY, f64::min);
        for span in lanes.values_mut().flatten() {
            span.started_s -= first;
        }
        Timeline { lanes }
    }

    /// When the last thing ended, in seconds since the first began.
    pub fn seconds(&self) -> f64 {
        self.lanes.values().flatten().map(Span::ended_s).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::{Lane, Span, SpanKind, Timeline};

    fn span(lane: Lane, ended_s: f64, seconds: f64) -> Span {
        let database = Some("d".to_owned());
        let (kind, title) = (SpanKind::Restore, "index s.i".to_owned());
        Span { database, lane, kind, title, started_s: ended_s - seconds, seconds }
    }

    #[test]
    fn a_lane_does_one_thing_at_a_time() {
        // The first two of the worker were told together, when both were done.
        let told = [
            span(Lane::Worker(0), 104.0, 1.0),
            span(Lane::Worker(0), 104.0, 1.0),
            span(Lane::Phases, 105.0, 5.0),
            span(Lane::Worker(0), 110.0, 2.0),
        ];
        let timeline = Timeline::of(told);
        let starts = |lane| -> Vec<f64> {
            timeline.lanes[&(Some("d".to_owned()), lane)].iter().map(|span| span.started_s).collect()
        };
        assert_eq!((starts(Lane::Worker(0)), starts(Lane::Phases)), (vec![2.0, 3.0, 8.0], vec![0.0]));
        assert!((timeline.seconds() - 10.0).abs() < 1e-9);
        assert!(Timeline::of([]).seconds().abs() < 1e-9);
    }
}

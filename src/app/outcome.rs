//! What whoever started a run gets in the end.

use crate::outcome::{Ending, Timeline};
use crate::report::Report;

/// What came of a run.
#[derive(Debug)]
pub struct RunOutcome {
    /// The report.
    pub report: Report,
    /// What it means for whoever goes by one word.
    pub ending: Ending,
    /// What was done when.
    pub timeline: Timeline,
}

impl RunOutcome {
    /// Of a report. The time line is added when the run ends.
    pub(crate) fn new(report: Report, ending: Ending) -> RunOutcome {
        RunOutcome { report, ending, timeline: Timeline::default() }
    }
}

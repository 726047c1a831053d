//! What whoever started a run gets in the end.

use crate::outcome::Ending;
use crate::report::Report;

/// What came of a run.
#[derive(Debug)]
pub struct RunOutcome {
    /// The report.
    pub report: Report,
    /// What it means for whoever goes by one word.
    pub ending: Ending,
}

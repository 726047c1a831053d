//! What was judged: findings, outcomes and the verdict drawn from them.

mod finding;
mod outcome;
mod severity;
mod when;
mod who;

pub use finding::{Finding, FixSql, Rehearsed, Suppressed, fingerprint};
pub use outcome::{Judgment, Outcome, Status, Verdict};
pub use severity::Severity;
pub use when::When;
pub use who::Who;

//! Runs: what is asked for (a [`RunSpec`]), checked, worked on in stages, remembered, and told to whoever listens.
//!
//! The way of the data is one way: spec → [`Checked`] → facts → judgments → plan → outcome → report. Whoever asks (a
//! command line, a page, a worker) starts a run with [`Runs`] and holds its [`RunHandle`]: events, a state to look at, a
//! token that cancels it, and the outcome. Nothing here prints, parses arguments, listens to signals or knows exit codes.

mod background;
mod check;
mod clock;
mod compare;
mod describe;
mod facts;
mod judge;
mod needs;
mod outcome;
mod policy;
mod recorder;
mod rehearsal;
mod resume;
mod runs;
mod spec;
mod stages;

pub use background::{detach, receive};
pub use check::{Checked, check};
pub use clock::now;
pub use describe::{PlanDescription, Speed, describe};
pub use facts::{Recorded, judge_recorded, record};
pub use outcome::RunOutcome;
pub use policy::read_report;
pub use recorder::RunEvent;
pub use resume::{Resume, check_resumable, spec_of};
pub use runs::{Remember, RunHandle, Runs, open_store};
pub use spec::{JudgingSpec, RehearsalSpec, RunOption, RunSpec, ServerSpec};

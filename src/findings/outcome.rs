//! What came of judging a rule, and what that means for the whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::findings::finding::Finding;
use crate::findings::severity::Severity;

/// What came of judging one rule. The four are kept apart up to the exit code.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Judged, and nothing found.
    Passed,
    /// Judged, with these findings.
    Violated(Vec<Finding>),
    /// Does not apply here, and why.
    Skipped(String),
    /// Could not be judged, and why. Never a pass.
    Errored(String),
}

/// One rule on one instance or one database.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgment {
    /// Position of the rule in its rule set.
    pub rule: usize,
    /// The database by its name on the source; none for a judgment of the instance.
    pub database: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
}

/// How an outcome is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Violated, and the rule's severity is error.
    Failed,
    /// Nobody knows.
    CouldNotCheck,
    /// Violated, and the rule's severity is warning or info.
    Warning,
    /// Nothing found.
    Passed,
    /// The rule has nothing to say here.
    NotApplicable,
}

impl Status {
    /// Of an outcome of a rule with this severity. Suppressed findings do not count.
    pub fn of(outcome: &Outcome, severity: Severity) -> Status {
        match outcome {
            Outcome::Passed => Self::Passed,
            Outcome::Skipped(_) => Self::NotApplicable,
            Outcome::Errored(_) => Self::CouldNotCheck,
            Outcome::Violated(findings) if !findings.iter().any(Finding::counts) => Self::Passed,
            Outcome::Violated(_) => match severity {
                Severity::Error => Self::Failed,
                Severity::Warning | Severity::Info => Self::Warning,
            },
        }
    }

    /// The words for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::CouldNotCheck => "could not check",
            Self::Warning => "warning",
            Self::Passed => "passed",
            Self::NotApplicable => "not applicable",
        }
    }
}

/// The answer of a whole report, or of one database.
/// Ordered: the worst is the largest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything that counts was checked and nothing found.
    Ready,
    /// Nothing would fail; there are warnings, or what could only be a warning could not be checked.
    ReadyWithWarnings,
    /// Nothing is known to fail, but something that would could not be checked.
    Unknown,
    /// Something failed.
    NotReady,
}

impl Verdict {
    /// Of several judgments, each with the severity of its rule. What could not be checked weighs as much as a violation
    /// of the same rule would; what is of severity info is a note and weighs nothing.
    pub fn of(judgments: impl IntoIterator<Item = (Status, Severity)>) -> Verdict {
        let mut worst = Self::Ready;
        let mut checked = false;
        for (status, severity) in judgments {
            checked |= status != Status::CouldNotCheck;
            worst = worst.max(match (status, severity) {
                (Status::Failed, _) => Self::NotReady,
                (Status::CouldNotCheck, Severity::Error) => Self::Unknown,
                (_, Severity::Info) | (Status::Passed | Status::NotApplicable, _) => Self::Ready,
                (Status::Warning | Status::CouldNotCheck, _) => Self::ReadyWithWarnings,
            });
        }
        // A report in which nothing at all was checked says nothing.
        if checked { worst } else { worst.max(Self::Unknown) }
    }

    /// The words for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ready => "READY",
            Self::ReadyWithWarnings => "READY, WITH WARNINGS",
            Self::NotReady => "NOT READY",
            Self::Unknown => "UNKNOWN: NOT EVERYTHING COULD BE CHECKED",
        }
    }
}

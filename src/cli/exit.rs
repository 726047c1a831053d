//! Exit codes, documented once.

use std::process::ExitCode;

use crate::error::Error;
use crate::findings::{Severity, Status, Verdict};
use crate::report::{JudgmentReport, Report};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: ready, or done and verified.
    Ready,
    /// 1: findings at or above `--fail-on`.
    Findings,
    /// 2: wrong usage, configuration or rule file.
    Usage,
    /// 3: something could not be checked.
    Unknown,
    /// 4: the migration failed, or verification found a difference.
    Failed,
    /// 130: canceled.
    Canceled,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Ready => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::Unknown => 3,
            Exit::Failed => 4,
            Exit::Canceled => 130,
        })
    }
}

/// Of a report. A definite failure weighs more than what could not be checked, which counts like a failure of the same
/// severity.
pub(crate) fn of_report(report: &Report, fail_on: Severity) -> Exit {
    let all = || report.instance.iter().chain(report.databases.iter().flat_map(|d| &d.judgments));
    // With a baseline, only what it does not have counts.
    let is_new = |finding: &crate::findings::Finding| {
        report
            .baseline
            .as_ref()
            .is_none_or(|b| b.new.iter().any(|line| line.fingerprint == finding.fingerprint))
    };
    let counts = |j: &&JudgmentReport| {
        matches!(j.status, Status::Failed | Status::Warning)
            && j.severity <= fail_on
            && j.findings.iter().any(|f| f.counts() && is_new(f))
    };
    let is_open = |j: &JudgmentReport| j.status == Status::CouldNotCheck && j.severity <= fail_on;
    let violated: Vec<&JudgmentReport> = all().filter(counts).collect();
    if violated.iter().any(|j| !j.leaves_open) {
        Exit::Findings
    } else if !violated.is_empty() || all().any(is_open) || report.verdict == Verdict::Unknown {
        Exit::Unknown
    } else {
        Exit::Ready
    }
}

/// Of an error that ended the command.
pub(crate) fn of_error(error: &Error) -> Exit {
    match error {
        Error::Usage { .. }
        | Error::Settings(_)
        | Error::Endpoint(_)
        | Error::Recording { .. }
        | Error::Store(_)
        | Error::Properties(_)
        | Error::File { .. } => Exit::Usage,
        Error::Unreached(_) => Exit::Unknown,
        Error::Output(_) | Error::Migrate(_) | Error::Render(_) | Error::Demo(_) => Exit::Failed,
        Error::Canceled => Exit::Canceled,
    }
}

//! What a report means for whoever goes by one word: findings that count, and doubt.

use crate::findings::{Finding, Severity, Status, Verdict};
use crate::outcome::Ending;
use crate::report::compare::judgments;
use crate::report::model::{JudgmentReport, Report};

/// Of judgments. A definite failure weighs more than what could not be checked, which counts like a failure of the same
/// severity. What is below `fail_on` does not count.
pub fn ending(report: &Report, fail_on: Severity) -> Ending {
    let all = || judgments(report).map(|(_, judgment)| judgment);
    // With a baseline, only what it does not have counts.
    let is_new = |finding: &Finding| {
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
        Ending::Findings
    } else if !violated.is_empty() || all().any(is_open) || report.verdict == Verdict::Unknown {
        Ending::Unknown
    } else {
        Ending::Ready
    }
}

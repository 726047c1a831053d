//! What a user wants judged, from files.

use std::path::{Path, PathBuf};

use crate::app::spec::JudgingSpec;
use crate::config::{RECORDED_BYTES_MAX, read_config, read_text};
use crate::error::Error;
use crate::policy::Policy;
use crate::report::Report;
use crate::rules::RuleSet;

/// Reads what the user wants judged, and applies it to the rules. Paths become absolute, so that they mean the same when
/// the run is resumed.
pub(crate) fn read_policy(
    judging: &mut JudgingSpec,
    rules: &mut RuleSet,
) -> Result<(Policy, Option<Report>), Error> {
    for path in [&mut judging.config, &mut judging.baseline].into_iter().flatten() {
        *path = absolute(path)?;
    }
    let mut policy = match &judging.config {
        Some(path) => read_config(path)?.policy,
        None => Policy::default(),
    };
    policy.only.extend(judging.only.iter().cloned());
    policy.skip.extend(judging.skip.iter().cloned());
    policy
        .apply_to_rules(rules)
        .map_err(|error| Error::Usage { message: error.message, hint: error.hint })?;
    let baseline = judging.baseline.as_ref().map(|path| read_report(path)).transpose()?;
    Ok((policy, baseline))
}

/// Reads a JSON report.
pub fn read_report(path: &Path) -> Result<Report, Error> {
    let text = read_text(path, RECORDED_BYTES_MAX).map_err(|source| Error::File {
        action: "read",
        path: path.to_owned(),
        source,
    })?;
    serde_json::from_str(&text).map_err(|error| Error::Usage {
        message: format!("{} is no JSON report of pgpassage: {error}", path.display()),
        hint: None,
    })
}

/// A path that means the same from another folder.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, Error> {
    std::path::absolute(path).map_err(|source| Error::File { action: "find", path: path.to_owned(), source })
}

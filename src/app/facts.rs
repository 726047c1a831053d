//! Facts in files: recording them, and judging what was recorded.

use std::path::Path;
use std::time::Duration;

use crate::app::check::{collect_plan, new_run};
use crate::app::clock::{now, today};
use crate::app::judge::{judge, make_report};
use crate::app::outcome::RunOutcome;
use crate::app::policy::read_policy;
use crate::app::spec::{RunOption, RunSpec};
use crate::collect::{apply_options, apply_profile, collect};
use crate::config::{Environment, RECORDED_BYTES_MAX, load_profile, load_rules, read_text};
use crate::error::Error;
use crate::facts::{read_recording, write_recording};
use crate::pg::ServerVersion;
use crate::plan::MigrationOptions;
use crate::report::{Report, compare, ending};

/// Facts as a file has them.
#[derive(Debug)]
pub struct Recorded {
    /// The text of the file.
    pub text: String,
    /// Whether every server that was asked for was reached.
    pub complete: bool,
}

/// Collects facts, for a file. Rules and outcome of the spec do not matter: every probe is asked.
pub async fn record(spec: &RunSpec, env: &Environment) -> Result<Recorded, Error> {
    let mut rules = load_rules(&spec.servers.rules)?;
    let mut plan = collect_plan(&spec.servers, &spec.options, env, &mut rules)?;
    plan.deep = spec.judging.deep_s.map(|seconds| Duration::from_secs(seconds.into()));
    let collected = collect(&rules, &plan).await;
    let text = write_recording(&collected.facts, &collected.profile, &now())
        .map_err(|error| Error::Render(error.to_string()))?;
    let complete = (plan.source.is_none() || collected.source.is_some())
        && (plan.target.is_none() || collected.target.is_some());
    Ok(Recorded { text, complete })
}

/// Judges recorded facts. No server is asked, so there is nothing to resume and nothing is remembered.
pub fn judge_recorded(mut spec: RunSpec, file: &Path, name: Option<&str>) -> Result<RunOutcome, Error> {
    let mut rules = load_rules(&spec.servers.rules)?;
    let run = new_run(name, RunOption::Validate.name())?;
    let (policy, baseline) = read_policy(&mut spec.judging, &mut rules)?;
    let text = read_text(file, RECORDED_BYTES_MAX).map_err(|source| Error::File {
        action: "read",
        path: file.to_owned(),
        source,
    })?;
    let (mut facts, recorded) = read_recording(&text, &rules.shapes()).map_err(|source| {
        match serde_json::from_str::<Report>(&text) {
            Ok(_) => Error::Usage {
                message: format!("{} is a JSON report, and --facts takes recorded facts", file.display()),
                hint: Some("record them with `pgpassage collect -o FILE`".to_owned()),
            },
            Err(_) => Error::Recording { path: file.to_owned(), source },
        }
    })?;
    let profile = load_profile(&mut rules, spec.servers.profile.as_ref().unwrap_or(&recorded))?;
    let target_version = spec.servers.target_version.as_deref().and_then(ServerVersion::from_major);
    apply_profile(&rules, &profile, target_version, &mut facts);
    // Without options the verdict is about the migration that the facts were recorded for.
    if spec.options != MigrationOptions::default() {
        apply_options(&rules, &spec.options, &mut facts);
    }
    let (judgments, notices) = judge(&rules, &policy, &facts, &today());
    let mut report = make_report(&rules, &facts, profile, run, judgments);
    report.notices.extend(notices);
    report.baseline = baseline.map(|old| compare(&old, &report));
    let ending = ending(&report, spec.judging.fail_on);
    Ok(RunOutcome { report, ending })
}

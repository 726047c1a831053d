//! The rehearsal inside a run: its plan, what it adds to the facts, and what it decides about the findings.

use tokio_util::sync::CancellationToken;

use crate::app::check::{Checked, needed_pg_dump};
use crate::app::needs::{check_facts, migrate_plan};
use crate::app::recorder::Recorder;
use crate::collect::Collected;
use crate::decide::decide;
use crate::error::Error;
use crate::findings::{Judgment, Outcome};
use crate::migrate::MigrateError;
use crate::outcome::RehearsalReport;
use crate::rehearse::{RehearsePlan, add_facts, rehearse};
use crate::rules::{RehearsalRole, RuleSet};

/// Rehearses, and adds what came of it to the facts. Without a report nothing could be rehearsed, and the facts say why.
pub(super) async fn run(
    checked: &Checked,
    recorder: &Recorder,
    collected: &mut Collected,
    cancel: &CancellationToken,
) -> Result<Option<RehearsalReport>, Error> {
    let result = match check_facts(collected, needed_pg_dump(&checked.plan)?.1, false) {
        Err(error) => Err(error.to_string()),
        Ok(()) => {
            let plan = RehearsePlan {
                migrate: migrate_plan(checked, collected, None)?,
                sample_rows: checked.spec.rehearsal.sample_rows,
                statements: checked.statements.clone(),
            };
            let say = |database: Option<&str>, text: &str| match database {
                Some(name) => recorder.say(format!("rehearsing database {name}: {text}")),
                None => recorder.say(text.to_owned()),
            };
            match Box::pin(rehearse(&plan, &say, cancel.clone())).await {
                Ok(report) => Ok(report),
                Err(MigrateError::Canceled) => return Err(Error::Canceled),
                Err(error) => Err(error.to_string()),
            }
        }
    };
    add_facts(&checked.rules, result.as_ref().map_err(String::as_str), &mut collected.facts);
    Ok(result.ok())
}

/// Lets the rehearsal decide about the findings. Returns what a reader should know.
pub(super) fn apply(
    rules: &RuleSet,
    judgments: &mut Vec<Judgment>,
    rehearsal: Option<&RehearsalReport>,
    alone: bool,
) -> Vec<String> {
    let mut notices = Vec::new();
    if let Some(report) = rehearsal {
        notices = decide(rules, judgments, report);
        notices.extend(report.notes.iter().cloned());
        for done in &report.databases {
            let of_database = |note: &String| format!("rehearsal of database {}: {note}", done.name);
            notices.extend(done.notes.iter().map(of_database));
            for unjudged in done.queries.iter().flat_map(|checks| &checks.could_not_check) {
                notices.push(format!(
                    "rehearsal of database {}: {} statements could not be checked: {}",
                    done.name, unjudged.statements, unjudged.reason
                ));
            }
        }
    }
    if alone {
        judgments.retain(|judgment| is_about_rehearsal(rules, judgment));
    }
    notices
}

/// Whether a judgment tells what a rehearsal found.
fn is_about_rehearsal(rules: &RuleSet, judgment: &Judgment) -> bool {
    let confirmed = match &judgment.outcome {
        Outcome::Violated(findings) => {
            findings.iter().any(|f| f.rehearsed.as_ref().is_some_and(|rehearsed| !rehearsed.worked))
        }
        _ => false,
    };
    rules.rules[judgment.rule].rehearsal == RehearsalRole::Tells || confirmed
}

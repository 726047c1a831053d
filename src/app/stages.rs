//! The stages of a run, in their order: facts, judgments, and then nothing, a comparison or a migration.

use tokio_util::sync::CancellationToken;

use crate::app::check::{Checked, needed_pg_dump};
use crate::app::clock::now;
use crate::app::compare::compare_databases;
use crate::app::judge::{judge, make_report};
use crate::app::needs::{check_facts, migrate_plan, probes_alone};
use crate::app::outcome::RunOutcome;
use crate::app::recorder::{Recorder, unless_canceled};
use crate::app::rehearsal;
use crate::app::resume::Earlier;
use crate::app::spec::RunOption;
use crate::collect::{Collected, collect};
use crate::error::Error;
use crate::facts::DatabasePair;
use crate::findings::Verdict;
use crate::migrate::{MigrateError, Resumed, migrate};
use crate::outcome::{DatabaseRunState, Ending, RunState, Substate, VerificationReport};
use crate::plan::VerifyLevel;
use crate::report::{Counts, Report, compare, ending};
use crate::store::State;

/// Does what was asked for.
pub(crate) async fn run(
    checked: &Checked,
    recorder: &Recorder,
    earlier: Option<Earlier>,
    cancel: &CancellationToken,
) -> Result<RunOutcome, Error> {
    let option = checked.spec.option;
    // A run that is resumed has passed its validation: what it has created since would only be in the way.
    let validates = option.validates() && earlier.is_none();
    announce(checked, recorder);
    if validates {
        recorder.substate(Substate::ValidationInProgress);
    }
    let (collected, mut report) = look_and_judge(checked, recorder, validates, cancel).await?;
    match option {
        RunOption::Validate | RunOption::Rehearse => Ok(judged(checked, report)),
        RunOption::Verify => {
            let compared = Box::pin(compare_databases(checked, &collected, &mut report));
            unless_canceled(cancel, compared).await??;
            Ok(settled(report))
        }
        RunOption::Migrate | RunOption::ValidateAndMigrate => {
            check_facts(&collected, needed_pg_dump(&checked.plan)?.1, validates)?;
            if validates && matches!(report.verdict, Verdict::NotReady | Verdict::Unknown) {
                recorder.warn("nothing was migrated: the validation did not pass");
                return Ok(judged(checked, report));
            }
            migrate_databases(checked, recorder, &collected, report, earlier, cancel).await
        }
    }
}

/// Says who is read, and how.
fn announce(checked: &Checked, recorder: &Recorder) {
    for endpoint in [&checked.plan.source, &checked.plan.target].into_iter().flatten() {
        let c = &endpoint.conninfo;
        let (host, port) = (c.host_text(), c.port());
        recorder.say(format!("reading the {} at {host}, port {port}, as {}", endpoint.side, c.user));
    }
    if let Some(time) = checked.plan.deep {
        recorder.say(format!("reading the rows of the source too, for {} s at most", time.as_secs()));
    }
}

/// The result of judgments alone.
fn judged(checked: &Checked, mut report: Report) -> RunOutcome {
    if report.run.state == RunState::ValidationFailed {
        report.run.substate = Substate::ValidationInProgress;
    }
    let ending = ending(&report, checked.spec.judging.fail_on);
    RunOutcome { report, ending }
}

/// Collects the facts, and judges them if that is asked for.
async fn look_and_judge(
    checked: &Checked,
    recorder: &Recorder,
    validates: bool,
    cancel: &CancellationToken,
) -> Result<(Collected, Report), Error> {
    let Checked { rules, plan, policy, .. } = checked;
    let probes;
    let judged = if validates {
        rules
    } else {
        probes = probes_alone(rules);
        &probes
    };
    let mut collected = unless_canceled(cancel, Box::pin(collect(judged, plan))).await?;
    let pairs = collected.facts.databases.clone();
    recorder.update(move |state| note_databases(state, &pairs));
    let rehearsal = if validates && checked.spec.rehearses() {
        rehearsal::run(checked, recorder, &mut collected, cancel).await?
    } else {
        None
    };
    let (judgments, notices) = if validates {
        let (mut judgments, mut notices) = judge(rules, policy, &collected.facts, &plan.run.today);
        let alone = checked.spec.option == RunOption::Rehearse;
        notices.extend(rehearsal::apply(rules, &mut judgments, rehearsal.as_ref(), alone));
        (judgments, notices)
    } else {
        (Vec::new(), Vec::new())
    };
    let mut report =
        make_report(judged, &collected.facts, collected.profile.clone(), checked.run.clone(), judgments);
    // Without rules no probe was asked, but the versions are known from the connections.
    for (endpoint, found) in
        [(&mut report.source, &collected.source), (&mut report.target, &collected.target)]
    {
        if let (Some(endpoint), Some(found)) = (endpoint, found) {
            endpoint.version.get_or_insert_with(|| found.version.to_string());
            endpoint.version_num.get_or_insert(found.version.0);
        }
    }
    report.notices.extend(notices);
    report.rehearsal = rehearsal;
    report.baseline = checked.baseline.as_ref().filter(|_| validates).map(|old| compare(old, &report));
    Ok((collected, report))
}

/// Puts the databases into the state, in the order of the run; what is known of one stays.
fn note_databases(state: &mut State, pairs: &[DatabasePair]) {
    for pair in pairs {
        let position = state.databases.iter().position(|d| d.name == pair.source);
        let mut database = position.map(|at| state.databases.remove(at)).unwrap_or_default();
        database.name.clone_from(&pair.source);
        database.target_name.clone_from(&pair.target);
        state.databases.push(database);
    }
}

/// Migrates, and verifies.
async fn migrate_databases(
    checked: &Checked,
    recorder: &Recorder,
    collected: &Collected,
    mut report: Report,
    earlier: Option<Earlier>,
    cancel: &CancellationToken,
) -> Result<RunOutcome, Error> {
    if let Some(before) = earlier.as_ref().and_then(|earlier| earlier.report.clone()) {
        report = Report { run: report.run, ..before };
    }
    // The validation stays readable should the migration be interrupted.
    recorder.store_report(&report);
    recorder.substate(Substate::MigratingData);
    let resumed = earlier.map(|e| Resumed { done: e.done, restart_tables: e.restart_tables });
    let plan = migrate_plan(checked, collected, resumed)?;
    let (outcome, verifications) =
        migrate(&plan, recorder.events(), cancel.clone()).await.map_err(|error| match error {
            MigrateError::Canceled => Error::Canceled,
            error => Error::Migrate(error.to_string()),
        })?;
    recorder.substate(Substate::CompletingMigration);
    report.add_migration(outcome);
    if plan.verify != VerifyLevel::None {
        let passed = verifications.iter().all(|v| v.passed) && verifications.len() == plan.databases.len();
        report.verification = Some(VerificationReport { passed, databases: verifications });
    }
    Ok(settled(report))
}

/// The state of the run and what it came to, from what the databases came to.
fn settled(mut report: Report) -> RunOutcome {
    let ended =
        |state| report.databases.iter().filter_map(|d| d.migration.as_ref()).any(|m| m.state == state);
    let differs = report.verification.as_ref().is_some_and(VerificationReport::differs);
    let is_open = report.verification.as_ref().is_some_and(|v| !v.passed);
    let (state, ending) = if ended(DatabaseRunState::Canceled) {
        (RunState::Canceled, Ending::Canceled)
    } else if ended(DatabaseRunState::Failed) || differs {
        (RunState::Failed, Ending::Failed)
    } else if is_open {
        (RunState::Succeeded, Ending::Unknown)
    } else {
        (RunState::Succeeded, Ending::Ready)
    };
    report.run.state = state;
    // The stage in which it ended, where that is not the last one.
    report.run.substate = match state {
        RunState::Canceled => Substate::MigratingData,
        RunState::Failed if ended(DatabaseRunState::Failed) => Substate::MigratingData,
        RunState::Failed => Substate::CompletingMigration,
        _ => Substate::Completed,
    };
    report.run.ended_at = now();
    // A run without rules is judged by what it came to.
    if report.counts == Counts::default() {
        report.verdict = match ending {
            Ending::Ready => Verdict::Ready,
            Ending::Unknown => Verdict::Unknown,
            Ending::Findings | Ending::Failed | Ending::Canceled => Verdict::NotReady,
        };
        for database in &mut report.databases {
            let failed = database.migration.as_ref().is_some_and(|m| m.state != DatabaseRunState::Succeeded);
            database.verdict = match (failed || differs, is_open) {
                (true, _) => Verdict::NotReady,
                (false, true) => Verdict::Unknown,
                (false, false) => Verdict::Ready,
            };
        }
    }
    RunOutcome { report, ending }
}

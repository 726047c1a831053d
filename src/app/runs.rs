//! Starting and resuming runs, and what is held of one that is worked on.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::app::check::{Checked, check};
use crate::app::outcome::RunOutcome;
use crate::app::recorder::{Owner, Recorder, RunEvent};
use crate::app::resume::{Earlier, Resume, spec_of};
use crate::app::spec::RunOption;
use crate::app::stages;
use crate::config::{Environment, state_folder};
use crate::error::Error;
use crate::outcome::{Ending, RunState};
use crate::report::Report;
use crate::server::chain;
use crate::store::{RunFolder, State, Store, StoreError, StoredRun};

/// How often somebody who wants the run to stop is looked for.
const CANCEL_INTERVAL: Duration = Duration::from_millis(200);

/// Where a run is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remember {
    /// Nowhere.
    No,
    /// In the user's own store, if there is a place for it.
    IfPossible,
    /// In the store of this folder; a run that cannot be remembered there does not start.
    In(PathBuf),
}

/// A run that is worked on.
#[derive(Debug)]
pub struct RunHandle {
    /// Its name.
    pub name: String,
    /// Its folder in the store, if it is remembered.
    pub folder: Option<PathBuf>,
    /// What happens, until it has ended.
    pub events: broadcast::Receiver<RunEvent>,
    /// How far it is.
    pub state: watch::Receiver<State>,
    /// Cancels it. The outcome then says what is left on the target.
    pub cancel: CancellationToken,
    outcome: JoinHandle<Result<RunOutcome, Error>>,
}

impl RunHandle {
    /// Waits for the end. Its lock is free then.
    pub async fn outcome(self) -> Result<RunOutcome, Error> {
        self.outcome.await.map_err(|error| Error::Internal(error.to_string()))?
    }
}

/// Starts runs and resumes them.
#[derive(Debug, Clone)]
pub struct Runs {
    env: Environment,
    remember: Remember,
}

/// The store of a folder, or of the user.
pub fn open_store(state_dir: Option<&Path>, env: &Environment) -> Result<Store, Error> {
    let folder = state_folder(state_dir, env).ok_or_else(|| Error::Usage {
        message: "there is no folder in which migrations are remembered".to_owned(),
        hint: Some("name one with --state-dir or PGPASSAGE_STATE_DIR".to_owned()),
    })?;
    Ok(Store::new(&folder))
}

impl Runs {
    /// Runs in an environment, remembered as said.
    pub fn new(env: &Environment, remember: Remember) -> Runs {
        Runs { env: env.clone(), remember }
    }

    /// Starts a run that was checked. `cancel` is its token: it may be canceled already. To be called in a runtime.
    pub fn start(&self, checked: Checked, cancel: CancellationToken) -> Result<RunHandle, Error> {
        let state = checked.state();
        let (run, notice) = self.folder(&checked, &state)?;
        let handle = work(checked, run, state, None, cancel, notice);
        Ok(handle)
    }

    /// Remembers a run that another process will work on.
    pub fn create(&self, checked: &Checked) -> Result<PathBuf, Error> {
        match self.folder(checked, &checked.state())? {
            (Some(run), _) => Ok(run.path().to_owned()),
            (None, _) => Err(Error::Usage {
                message: "a run in the background has to be remembered".to_owned(),
                hint: Some("name a folder for it with --state-dir".to_owned()),
            }),
        }
    }

    /// Works on a stored run: for the first time, or again if `resume` says how. To be called in a runtime.
    pub fn go_on(
        &self,
        stored: &StoredRun,
        resume: Option<Resume>,
        cancel: CancellationToken,
    ) -> Result<RunHandle, Error> {
        let mut checked = check(spec_of(stored)?, Some(&stored.record.name), &self.env)?;
        checked.run.started_at.clone_from(&stored.state.started_at);
        let run = stored.take_over()?;
        let mut state = checked.state();
        let mut earlier = None;
        if let Some(resume) = resume {
            state = stored.state.clone();
            state.take_up(&checked.host);
            earlier = Earlier::of(stored, resume)?;
        }
        run.write_state(&state)?;
        Ok(work(checked, Some(run), state, earlier, cancel, None))
    }

    /// Makes the folder of a run. Where the user has not asked for a certain store and there is no place for one, the
    /// work goes on without, and the notice says so.
    fn folder(&self, checked: &Checked, state: &State) -> Result<(Option<RunFolder>, Option<String>), Error> {
        let given = match &self.remember {
            Remember::No => return Ok((None, None)),
            Remember::IfPossible => None,
            Remember::In(folder) => Some(folder.as_path()),
        };
        let not_remembered = |why: String| Ok((None, Some(format!("this run is not remembered: {why}"))));
        let Some(folder) = state_folder(given, &self.env) else {
            return not_remembered("there is no home folder".to_owned());
        };
        match Store::new(&folder).create(&checked.record()?, state) {
            Ok(run) => Ok((Some(run), None)),
            Err(error @ StoreError::File { .. }) if self.remember == Remember::IfPossible => {
                not_remembered(chain(&error))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Starts the work of a run.
fn work(
    checked: Checked,
    run: Option<RunFolder>,
    state: State,
    earlier: Option<Earlier>,
    cancel: CancellationToken,
    notice: Option<String>,
) -> RunHandle {
    let name = checked.run.name.clone();
    let folder = run.as_ref().map(|run| run.path().to_owned());
    let (recorder, owner) = Recorder::start(run, state, cancel.clone());
    let Owner { problem, events } = owner;
    if let Some(notice) = notice {
        recorder.warn(format!("warning: {notice}"));
    }
    let state = recorder.state();
    let watcher = tokio::spawn(watch_for_cancel(folder.clone(), cancel.clone(), recorder.clone()));
    let token = cancel.clone();
    // A thread of its own drives it: judging is long work without a pause, and whoever waits for servers goes on.
    let runtime = Handle::current();
    let outcome = tokio::task::spawn_blocking(move || {
        runtime.block_on(async move {
            let result = Box::pin(stages::run(&checked, &recorder, earlier, &token)).await;
            watcher.abort();
            finish(result, &recorder, problem).await
        })
    });
    RunHandle { name, folder, events, state, cancel, outcome }
}

/// Waits until the run is canceled, or somebody asks for that in its folder.
async fn watch_for_cancel(folder: Option<PathBuf>, cancel: CancellationToken, recorder: Recorder) {
    let wanted_elsewhere = async {
        let Some(folder) = &folder else { return std::future::pending().await };
        while !RunFolder::is_cancel_wanted(folder) {
            tokio::time::sleep(CANCEL_INTERVAL).await;
        }
    };
    tokio::select! {
        () = cancel.cancelled() => {}
        () = wanted_elsewhere => cancel.cancel(),
    }
    recorder.warn("canceling: statements on both servers are being stopped");
}

/// Remembers how the run ended, also when it went wrong. The result itself is what the user must see, whether or not it
/// can be remembered.
async fn finish(
    result: Result<RunOutcome, Error>,
    recorder: &Recorder,
    problem: JoinHandle<Option<StoreError>>,
) -> Result<RunOutcome, Error> {
    match &result {
        Ok(RunOutcome { report, .. }) => {
            recorder.store_report(report);
            if report.run.option == RunOption::Validate.name() {
                let verdicts: Vec<_> = report.databases.iter().map(|d| (d.name.clone(), d.verdict)).collect();
                recorder.update(move |state| state.note_verdicts(&verdicts));
            } else if report.run.state == RunState::ValidationFailed {
                recorder.update(State::note_not_migrated);
            }
            let substate = report.run.substate;
            recorder.substate(substate);
            recorder.end(report.run.state, first_error(report));
        }
        Err(error) => {
            let canceled = matches!(error, Error::Canceled);
            let state = if canceled { RunState::Canceled } else { RunState::Failed };
            recorder.end(state, Some(chain(error)));
        }
    }
    let problem = problem.await.map_err(|error| Error::Internal(error.to_string()))?;
    let Some(problem) = problem else { return result };
    let text = format!("the run could not be remembered: {}", chain(&problem));
    match result {
        // Whatever was finished counts; what was stopped because of the problem has failed.
        Ok(mut outcome) => {
            outcome.report.notices.push(text);
            if outcome.report.run.state == RunState::Canceled {
                outcome.report.run.state = RunState::Failed;
                outcome.ending = Ending::Failed;
            }
            Ok(outcome)
        }
        Err(Error::Canceled) => Err(Error::Migrate(text)),
        Err(error) => Err(error),
    }
}

fn first_error(report: &Report) -> Option<String> {
    let failed = report.databases.iter().filter_map(|d| d.migration.as_ref()).find(|m| m.error.is_some())?;
    failed.error.as_ref().map(|error| format!("{}: {error}", failed.name))
}

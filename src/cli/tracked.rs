//! A run while it is worked on: every event goes to the journal, the state and the progress; and somebody may want it to
//! stop.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use tokio::sync::watch;

use crate::cli::asked_to_stop;
use crate::cli::collect::now;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::error::Error;
use crate::migrate::{Event, Events};
use crate::outcome::{RunState, Substate};
use crate::report::{Report, json};
use crate::store::{RunFolder, State, StoreError};

/// How often the state is written at most.
const STATE_INTERVAL: Duration = Duration::from_millis(500);

/// How often somebody who wants the run to stop is looked for.
const CANCEL_INTERVAL: Duration = Duration::from_millis(200);

/// A run that is worked on.
#[derive(Clone)]
pub(crate) struct Tracked {
    inner: Arc<Mutex<Inner>>,
    folder: Option<PathBuf>,
}

struct Inner {
    run: Option<RunFolder>,
    state: State,
    progress: Progress,
    written: Instant,
    /// The first thing that could not be written; the run ends with it.
    problem: Option<StoreError>,
    cancel: watch::Sender<bool>,
}

impl Tracked {
    /// A run, stored in a folder if there is one.
    pub(crate) fn new(run: Option<RunFolder>, state: State, progress: Progress) -> Tracked {
        let folder = run.as_ref().map(|run| run.path().to_owned());
        let (cancel, _) = watch::channel(false);
        let inner = Inner { run, state, progress, written: Instant::now(), problem: None, cancel };
        Tracked { inner: Arc::new(Mutex::new(inner)), folder }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Whoever panicked while it held the lock has left nothing half done: each field stands for itself.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn say(&self, text: &str) {
        self.lock().progress.say(text);
    }

    /// Takes what the migration tells.
    pub(crate) fn events(&self) -> Events {
        let tracked = self.clone();
        Arc::new(move |event| tracked.event(event))
    }

    fn event(&self, event: Event) {
        let at = now();
        let mut inner = self.lock();
        let inner = &mut *inner;
        inner.state.add(&event, &at, OffsetDateTime::now_utc().unix_timestamp());
        inner.progress.tell(&at, &event, &inner.state);
        let Some(run) = &mut inner.run else { return };
        // What only shows progress would fill the journal and helps nobody later.
        let kept =
            !matches!(event, Event::Copying { .. } | Event::CopyStarted { .. } | Event::EntryStarted { .. });
        let ended = matches!(event, Event::DatabaseEnded { .. });
        let mut result = if kept { run.add(&at, event) } else { Ok(()) };
        if result.is_ok() && (ended || inner.written.elapsed() > STATE_INTERVAL) {
            result = run.write_state(&inner.state);
            inner.written = Instant::now();
        }
        if let Err(error) = result
            && inner.problem.is_none()
        {
            // A run whose journal cannot be written could not be resumed: it is stopped while it still can say so.
            inner.problem = Some(error);
            inner.cancel.send_replace(true);
        }
    }

    /// Changes the state, and writes it.
    pub(crate) fn update(&self, change: impl FnOnce(&mut State)) -> Result<(), Error> {
        let mut inner = self.lock();
        change(&mut inner.state);
        if let Some(run) = &inner.run {
            run.write_state(&inner.state)?;
        }
        Ok(())
    }

    pub(crate) fn substate(&self, substate: Substate) -> Result<(), Error> {
        self.update(|state| state.substate = substate)
    }

    /// Stores the report as it is now.
    pub(crate) fn store_report(&self, report: &Report) -> Result<(), Error> {
        if let Some(run) = &self.lock().run {
            run.write_report(&json(report).map_err(|error| Error::Render(error.to_string()))?)?;
        }
        Ok(())
    }

    /// Ends the run in a state.
    pub(crate) fn end(&self, state: RunState, error: Option<String>) -> Result<(), Error> {
        self.lock().progress.end();
        self.update(|s| {
            s.state = state;
            if state == RunState::Succeeded {
                s.substate = Substate::Completed;
            }
            s.error = error;
            s.ended_at = Some(now());
        })
    }

    /// What could not be written to the store, if anything.
    pub(crate) fn problem(&self) -> Option<StoreError> {
        self.lock().problem.take()
    }

    /// Turns true when the user, the system or another terminal wants the run to stop. To be called once, in a runtime.
    pub(crate) fn cancel(&self) -> watch::Receiver<bool> {
        let (sender, receiver) = {
            let inner = self.lock();
            (inner.cancel.clone(), inner.cancel.subscribe())
        };
        let tracked = self.clone();
        tokio::spawn(async move {
            let wanted_elsewhere = async {
                let Some(folder) = &tracked.folder else { return std::future::pending().await };
                while !RunFolder::is_cancel_wanted(folder) {
                    tokio::time::sleep(CANCEL_INTERVAL).await;
                }
            };
            tokio::select! {
                () = asked_to_stop() => {}
                () = wanted_elsewhere => {}
            }
            tracked.lock().progress.end();
            output::complain("canceling: statements on both servers are being stopped");
            sender.send_replace(true);
        });
        receiver
    }
}

/// Does work until it is done or somebody wants it to stop.
pub(crate) async fn unless_canceled<T>(
    cancel: &watch::Receiver<bool>,
    work: impl Future<Output = T>,
) -> Result<T, Error> {
    let mut cancel = cancel.clone();
    tokio::select! {
        result = work => Ok(result),
        _ = cancel.wait_for(|canceled| *canceled) => Err(Error::Canceled),
    }
}

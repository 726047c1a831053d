//! Who owns a run while it is worked on: one thread holds the journal, the state and the report, takes orders from a
//! channel in their order, and tells everybody who listens. Whoever works waits for the disk only where it must: when
//! what it does next relies on the journal (see [`is_durable`]).

use std::sync::mpsc;
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use tokio::sync::{broadcast, watch};
use tokio::task::{JoinHandle, block_in_place};
use tokio_util::sync::CancellationToken;

use crate::app::clock::now;
use crate::error::Error;
use crate::migrate::{Event, Events};
use crate::outcome::{RunState, Substate};
use crate::report::{Report, after_script, json};
use crate::store::{RunFolder, State, StoreError, is_durable};

/// How often the state is written at most, while nothing but events change it.
const STATE_INTERVAL: Duration = Duration::from_millis(500);

/// Events that wait for a slow listener before it misses some.
const EVENTS_MAX: usize = 16_384;

/// What is told while a run is worked on.
#[derive(Debug, Clone)]
pub enum RunEvent {
    /// A sentence about what is being done.
    Said(String),
    /// A sentence that must be seen, also by who wants no progress.
    Warned(String),
    /// Something happened in a migration.
    Happened {
        /// When, in RFC 3339.
        at: String,
        /// What.
        event: Event,
    },
}

/// What the owner is asked to do.
enum Order {
    Tell(RunEvent),
    Take { event: Event, written: Option<mpsc::SyncSender<()>> },
    Change(Box<dyn FnOnce(&mut State) + Send>),
    Report(Box<Report>),
    End,
}

/// The owner, as those see it who work.
#[derive(Debug, Clone)]
pub(crate) struct Recorder {
    orders: mpsc::Sender<Order>,
    state: watch::Receiver<State>,
}

/// The owner, as it ends.
pub(crate) struct Owner {
    /// The first thing that could not be written. The lock of the run is released with the owner's end.
    pub(crate) problem: JoinHandle<Option<StoreError>>,
    pub(crate) events: broadcast::Receiver<RunEvent>,
}

impl Recorder {
    /// Starts the owner of a run, which is remembered if there is a folder for it. To be called in a runtime.
    pub(crate) fn start(
        run: Option<RunFolder>,
        state: State,
        cancel: CancellationToken,
    ) -> (Recorder, Owner) {
        let (orders, inbox) = mpsc::channel();
        let (told, events) = broadcast::channel(EVENTS_MAX);
        let (shown, seen) = watch::channel(state);
        let keeper = Keeper { run, shown, told, cancel, written: Instant::now(), problem: None };
        let problem = tokio::task::spawn_blocking(move || keeper.work(&inbox));
        (Recorder { orders, state: seen }, Owner { problem, events })
    }

    fn order(&self, order: Order) {
        // The owner ends last; if it is gone all the same, its problem is told by whoever waits for it.
        let _ = self.orders.send(order);
    }

    /// Tells a sentence about what is being done.
    pub(crate) fn say(&self, text: impl Into<String>) {
        let text = text.into();
        tracing::info!("{text}");
        self.order(Order::Tell(RunEvent::Said(text)));
    }

    /// Tells a sentence that must be seen.
    pub(crate) fn warn(&self, text: impl Into<String>) {
        self.order(Order::Tell(RunEvent::Warned(text.into())));
    }

    /// Takes what a migration tells.
    pub(crate) fn events(&self) -> Events {
        let recorder = self.clone();
        std::sync::Arc::new(move |event| recorder.take(event))
    }

    /// Takes an event. What must not be forgotten is on the disk when this returns.
    fn take(&self, event: Event) {
        if !is_durable(&event) {
            return self.order(Order::Take { event, written: None });
        }
        let (written, done) = mpsc::sync_channel(1);
        self.order(Order::Take { event, written: Some(written) });
        // Other tasks go on meanwhile. An owner that is gone has nothing left to write.
        let _ = block_in_place(|| done.recv());
    }

    /// Changes the state. If it cannot be written the run is canceled.
    pub(crate) fn update(&self, change: impl FnOnce(&mut State) + Send + 'static) {
        self.order(Order::Change(Box::new(change)));
    }

    pub(crate) fn substate(&self, substate: Substate) {
        tracing::info!(%substate, "stage");
        self.update(move |state| state.substate = substate);
    }

    /// Stores the report as it is now.
    pub(crate) fn store_report(&self, report: &Report) {
        self.order(Order::Report(Box::new(report.clone())));
    }

    /// Ends the run in a state. Nothing is taken after that.
    pub(crate) fn end(&self, ended: RunState, error: Option<String>) {
        tracing::info!(state = %ended, "run ended");
        self.update(move |state| {
            state.state = ended;
            if ended == RunState::Succeeded {
                state.substate = Substate::Completed;
            }
            state.error = error;
            state.ended_at = Some(now());
        });
        self.order(Order::End);
    }

    /// The state to look at.
    pub(crate) fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }
}

struct Keeper {
    run: Option<RunFolder>,
    shown: watch::Sender<State>,
    told: broadcast::Sender<RunEvent>,
    cancel: CancellationToken,
    written: Instant,
    problem: Option<StoreError>,
}

impl Keeper {
    fn work(mut self, inbox: &mpsc::Receiver<Order>) -> Option<StoreError> {
        while let Ok(order) = inbox.recv() {
            match order {
                Order::Tell(event) => self.tell(event),
                Order::Take { event, written } => {
                    self.take(event);
                    if let Some(written) = written {
                        // Who asked may have been canceled meanwhile.
                        let _ = written.send(());
                    }
                }
                Order::Change(change) => {
                    self.shown.send_modify(change);
                    let result = self.write_state();
                    self.note(result);
                }
                Order::Report(report) => {
                    let result = self.write_report(&report);
                    self.note(result);
                }
                Order::End => break,
            }
        }
        self.problem
    }

    fn tell(&self, event: RunEvent) {
        // Nobody may be listening.
        let _ = self.told.send(event);
    }

    fn take(&mut self, event: Event) {
        let at = now();
        self.shown.send_modify(|state| {
            state.add(&event, &at, OffsetDateTime::now_utc().unix_timestamp());
        });
        self.tell(RunEvent::Happened { at: at.clone(), event: event.clone() });
        let Some(run) = &mut self.run else { return };
        // What only shows progress would fill the journal and helps nobody later.
        let kept =
            !matches!(event, Event::Copying { .. } | Event::CopyStarted { .. } | Event::EntryStarted { .. });
        let ended = matches!(event, Event::DatabaseEnded { .. });
        let mut result = if kept { run.add(&at, event) } else { Ok(()) };
        if result.is_ok() && (ended || self.written.elapsed() > STATE_INTERVAL) {
            result = self.write_state();
        }
        self.note(result);
    }

    fn write_state(&mut self) -> Result<(), StoreError> {
        self.written = Instant::now();
        match &self.run {
            Some(run) => run.write_state(&self.shown.borrow()),
            None => Ok(()),
        }
    }

    fn write_report(&self, report: &Report) -> Result<(), StoreError> {
        let Some(run) = &self.run else { return Ok(()) };
        let text = json(report).map_err(|error| StoreError::Damaged {
            path: run.path().join("report.json"),
            reason: error.to_string(),
        })?;
        if report.deviations.iter().any(|deviation| deviation.sql.is_some()) {
            run.write_after_script(&after_script(report))?;
        }
        run.write_report(&text)
    }

    /// A run that cannot be remembered could not be resumed: it is stopped while it still can say so.
    fn note(&mut self, result: Result<(), StoreError>) {
        if let Err(error) = result
            && self.problem.is_none()
        {
            self.problem = Some(error);
            self.cancel.cancel();
        }
    }
}

/// Does work until it is done or the run is canceled.
pub(crate) async fn unless_canceled<T>(
    cancel: &CancellationToken,
    work: impl Future<Output = T>,
) -> Result<T, Error> {
    tokio::select! {
        result = work => Ok(result),
        () = cancel.cancelled() => Err(Error::Canceled),
    }
}

//! Follows a run that was started: shows its progress, passes signals on, and waits for its outcome.

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use crate::app::{RunEvent, RunHandle, RunOutcome, now};
use crate::cli::progress::Progress;
use crate::cli::signals::Signals;
use crate::error::Error;
use crate::store::State;

/// Waits for the end of a run. The first signal cancels it; a second one leaves it where it is.
pub(crate) async fn follow(
    run: RunHandle,
    signals: &mut Signals,
    progress: Progress,
) -> Result<RunOutcome, Error> {
    let shown = tokio::spawn(show(run.events.resubscribe(), run.state.clone(), progress));
    let (name, remembered, cancel) = (run.name.clone(), run.folder.is_some(), run.cancel.clone());
    let result = tokio::select! {
        result = run.outcome() => result,
        () = signals.cancel_then_force(&cancel) => Err(Error::Forced { name, remembered }),
    };
    if !matches!(result, Err(Error::Forced { .. })) {
        // Everything that was told before the end is shown before the result.
        let _ = shown.await;
    }
    result
}

async fn show(
    mut events: broadcast::Receiver<RunEvent>,
    state: watch::Receiver<State>,
    mut progress: Progress,
) {
    loop {
        match events.recv().await {
            Ok(RunEvent::Said(text)) => progress.say(&now(), &text),
            Ok(RunEvent::Warned(text)) => progress.warn(&text),
            Ok(RunEvent::Happened { at, event }) => progress.tell(&at, &event, &state.borrow()),
            Err(RecvError::Lagged(missed)) => {
                progress.warn(&format!("{missed} events were not shown: standard error is slow"));
            }
            Err(RecvError::Closed) => break,
        }
    }
    progress.end();
}

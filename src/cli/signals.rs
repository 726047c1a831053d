//! Ctrl-C and the wish of the system that the process ends.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Listens from the moment it is made, so that no signal is lost while arguments are still being checked.
pub(crate) struct Signals {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
}

impl Signals {
    /// Begins to listen. To be called in a runtime.
    pub(crate) fn listen() -> Signals {
        Signals {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    /// Ends when the next one comes.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            () = one(&mut self.interrupt) => {}
            () = one(&mut self.terminate) => {}
        }
    }

    /// Cancels a token with the first, and ends with the second: then nobody wants to wait any longer.
    pub(crate) async fn cancel_then_force(&mut self, cancel: &CancellationToken) {
        self.next().await;
        cancel.cancel();
        self.next().await;
    }
}

async fn one(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

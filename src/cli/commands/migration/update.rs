//! `migration update --cancel`.

use std::time::{Duration, Instant};

use crate::cli::args::migration::UpdateArgs;
use crate::cli::commands::migration::{find, print};
use crate::cli::{Context, Exit};
use crate::error::Error;
use crate::store::{Liveness, StoredRun};

/// How often it is looked whether the run has stopped.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);

/// How long the command waits for the run to stop.
const CANCEL_WAIT_MAX: Duration = Duration::from_mins(1);

pub(super) async fn run(args: &UpdateArgs, context: &mut Context) -> Result<Exit, Error> {
    if args.cutover || args.setup_replication {
        return Err(Error::Usage {
            message: "cutover and logical replication belong to online migrations, and this one is offline"
                .to_owned(),
            hint: None,
        });
    }
    if !args.cancel {
        return Err(Error::Usage {
            message: "no change is asked for".to_owned(),
            hint: Some("stop the migration with --cancel".to_owned()),
        });
    }
    let mut stored = find(&args.named, context)?;
    stored.ask_to_cancel()?;
    let deadline = Instant::now() + CANCEL_WAIT_MAX;
    while !args.no_wait && stored.liveness == Liveness::Running && Instant::now() < deadline {
        tokio::select! {
            () = tokio::time::sleep(LOOK_INTERVAL) => {}
            () = context.signals.next() => break,
        }
        stored = StoredRun::read(&stored.folder)?;
    }
    print(&stored, args.named.format.format)?;
    Ok(Exit::Ready)
}

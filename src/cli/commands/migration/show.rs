//! `migration show`: once, or until the migration ends.

use std::time::Duration;

use crate::cli::args::Format;
use crate::cli::args::migration::ShowArgs;
use crate::cli::commands::migration::{find, print, view};
use crate::cli::{Context, Exit, output};
use crate::error::Error;
use crate::store::{Liveness, StoredRun};

/// How often `--watch` looks.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

pub(super) async fn run(args: &ShowArgs, context: &mut Context) -> Result<Exit, Error> {
    let mut stored = find(&args.named, context)?;
    let format = args.named.format.format;
    if !args.watch {
        print(&stored, format)?;
        return Ok(Exit::Ready);
    }
    let mut shown = String::new();
    loop {
        let text = match format {
            // One document a line, so that a program can follow.
            Format::Json => format!("{}\n", view::migration_json(&stored)),
            Format::Table => view::migration_text(&stored),
        };
        if text != shown {
            let clear = format == Format::Table && output::is_terminal();
            output::result(&if clear { format!("\x1b[2J\x1b[H{text}") } else { text.clone() })?;
            shown = text;
        }
        if stored.liveness != Liveness::Running {
            return Ok(Exit::Ready);
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_INTERVAL) => {}
            () = context.signals.next() => return Ok(Exit::Ready),
        }
        stored = StoredRun::read(&stored.folder)?;
    }
}

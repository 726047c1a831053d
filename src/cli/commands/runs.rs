//! `runs`: every run that is remembered, named or not.

use std::time::Duration;

use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::app::open_store;
use crate::cli::args::{Format, RunsArgs, RunsCommand, StateDirArgs};
use crate::cli::commands::migration::view::{list_text, migration_list, migration_shown};
use crate::cli::{Context, Exit, output};
use crate::error::Error;
use crate::report::safe;
use crate::server::chain;
use crate::store::{Liveness, Store, StoredRun};

pub(crate) fn run(args: &RunsArgs, context: &Context) -> Result<Exit, Error> {
    let store = |args: &StateDirArgs| open_store(args.state_dir.as_deref(), &context.env);
    match &args.command {
        RunsCommand::List { store: folder, format } => {
            output::result(&migration_list(&all(&store(folder)?), format.format)?)?;
        }
        RunsCommand::Show { name, store: folder, format } => {
            output::result(&migration_shown(&store(folder)?.find(name, None)?, format.format)?)?;
        }
        RunsCommand::Prune { older_than, store: folder, format } => {
            prune(&all(&store(folder)?), *older_than, format.format)?;
        }
    }
    Ok(Exit::Ready)
}

/// Every run that can be read; of others it is said that they cannot.
pub(crate) fn all(store: &Store) -> Vec<StoredRun> {
    let (runs, problems) = store.list();
    for problem in problems {
        output::complain(&safe(&format!("warning: {}", chain(&problem))));
    }
    runs
}

/// Forgets runs that ended long ago. One that is in progress stays, and so does one that was interrupted: it may be
/// resumed.
fn prune(runs: &[StoredRun], older_than: Duration, format: Format) -> Result<(), Error> {
    let now = OffsetDateTime::now_utc();
    let mut pruned = Vec::new();
    for run in runs.iter().filter(|run| run.liveness == Liveness::Ended) {
        let ended = run.state.ended_at.as_deref().and_then(|at| OffsetDateTime::parse(at, &Rfc3339).ok());
        if ended.is_some_and(|ended| now - ended >= older_than) {
            run.delete()?;
            pruned.push(run.clone());
        }
    }
    output::result(&match format {
        Format::Json => {
            let names: Vec<&str> = pruned.iter().map(|run| run.record.name.as_str()).collect();
            format!("{:#}\n", json!({ "pruned": names }))
        }
        Format::Table if pruned.is_empty() => "Nothing is that old.\n".to_owned(),
        Format::Table => format!("Forgotten, {} in all:\n{}", pruned.len(), list_text(&pruned)),
    })
}

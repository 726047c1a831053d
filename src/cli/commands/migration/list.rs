//! `migration list`.

use crate::cli::args::migration::{ListArgs, ListFilter};
use crate::cli::commands::migration::{store, view};
use crate::cli::commands::runs::all;
use crate::cli::{Context, Exit, output};
use crate::error::Error;
use crate::store::Liveness;

pub(super) fn run(args: &ListArgs, context: &Context) -> Result<Exit, Error> {
    let mut runs = all(&store(&args.store, context)?);
    runs.retain(|run| {
        let called = |name: &String| run.record.target.as_ref().is_some_and(|server| server.is_called(name));
        (args.filter == ListFilter::All || run.liveness == Liveness::Running)
            && args.store.name.as_ref().is_none_or(called)
    });
    output::result(&view::migration_list(&runs, args.format.format)?)?;
    Ok(Exit::Ready)
}

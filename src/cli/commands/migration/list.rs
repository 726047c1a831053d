//! `migration list`.

use crate::cli::args::migration::{ListArgs, ListFilter};
use crate::cli::commands::migration::{store, view};
use crate::cli::commands::runs::all;
use crate::cli::{Context, Exit, output};
use crate::error::Error;
use crate::pg::nearest;
use crate::report::safe;
use crate::store::{Liveness, ServerName, StoredRun};

pub(super) fn run(args: &ListArgs, context: &Context) -> Result<Exit, Error> {
    let mut runs = all(&store(&args.store, context)?);
    if let Some(name) = &args.store.name {
        note_unknown(name, &runs);
    }
    runs.retain(|run| {
        let called = |name: &String| run.record.target.as_ref().is_some_and(|server| server.is_called(name));
        (args.filter == ListFilter::All || run.liveness == Liveness::Running)
            && args.store.name.as_ref().is_none_or(called)
    });
    output::result(&view::migration_list(&runs, args.format.format)?)?;
    Ok(Exit::Ready)
}

/// Says that no run has a target of this name: an empty list may be a mistyped one.
fn note_unknown(name: &str, runs: &[StoredRun]) {
    let targets: Vec<&ServerName> = runs.iter().filter_map(|run| run.record.target.as_ref()).collect();
    if targets.iter().any(|target| target.is_called(name)) {
        return;
    }
    let near = nearest(name, targets.iter().map(|target| target.host.as_str()));
    let hint = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
    output::complain(&safe(&format!("note: no remembered migration has a target called `{name}`{hint}")));
}

//! `migration report`: the report of a migration again, or into files.

use crate::cli::args::migration::ReportArgs;
use crate::cli::commands::migration::store;
use crate::cli::show::{Shown, show_and_write};
use crate::cli::{Context, Exit};
use crate::config::open_reports;
use crate::error::Error;
use crate::report::Report;
use crate::store::StoreError;

pub(super) fn run(args: &ReportArgs, context: &Context) -> Result<Exit, Error> {
    let Some(name) = args.migration.as_ref().or(args.migration_name.as_ref()) else {
        return Err(Error::Usage { message: "no migration is named".to_owned(), hint: None });
    };
    let stored = store(&args.store, context)?.find(name, args.store.name.as_deref())?;
    let Some(text) = stored.report()? else {
        return Err(Error::Usage {
            message: format!("migration `{name}` has no report: it is {}", stored.shown_state()),
            hint: stored.state.error.clone(),
        });
    };
    let report: Report = serde_json::from_str(&text).map_err(|error| StoreError::Damaged {
        path: stored.folder.join("report.json"),
        reason: error.to_string(),
    })?;
    let targets = open_reports(&args.shown.report, &args.shown.fix_script)?;
    show_and_write(&report, &args.shown, &targets, context, Shown::Result)?;
    Ok(Exit::Ready)
}

//! Shows a report on standard output, and writes it to the files that were asked for.

use std::path::Path;

use crate::cli::args::{ReportOutputArgs, ReportShown};
use crate::cli::{Context, output};
use crate::config::ReportTarget;
use crate::error::{Error, show};
use crate::outcome::Timeline;
use crate::report::{self, Report, TerminalOptions};

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// A result that can be had again: a report that cannot be written is an error.
    Result,
    /// What a migration has done, which stands whether or not it can be written down: that is said, and changes nothing.
    AfterMigration,
}

/// Writes every report that was asked for, and the result to standard output.
pub(crate) fn show_and_write(
    report: &Report,
    args: &ReportOutputArgs,
    targets: &[ReportTarget],
    context: &Context,
    shown: Shown,
) -> Result<(), Error> {
    let mut result = Ok(());
    for target in targets {
        let written = write(report, target);
        result = result.and(tolerate(written, shown));
    }
    let options = TerminalOptions {
        width: output::width(),
        colour: output::wants_colour(context.env.get("NO_COLOR")),
        verbose: context.verbose,
    };
    let printed = match args.format {
        ReportShown::Table => Ok(report::terminal(report, options)),
        ReportShown::Json => report::json(report).map_err(|error| Error::Render(error.to_string())),
        ReportShown::Github => Ok(report::github(report)),
    }
    .and_then(|text| output::result(&text));
    result.and(tolerate(printed, shown))
}

/// Writes the time line of a run, if a file for it is named.
pub(crate) fn write_timeline(
    path: Option<&Path>,
    run: &str,
    timeline: &Timeline,
    shown: Shown,
) -> Result<(), Error> {
    let Some(path) = path else { return Ok(()) };
    let page = report::timeline_page(run, timeline).map_err(|error| Error::Render(error.to_string()));
    tolerate(page.and_then(|text| output::file(path, &text)), shown)
}

/// Says what went wrong where it may not change what the command ends with.
fn tolerate(result: Result<(), Error>, shown: Shown) -> Result<(), Error> {
    match result {
        Err(error) if shown == Shown::AfterMigration => {
            // A reader of standard output that went away is nobody to be told anything.
            if !error.is_broken_pipe() {
                output::complain(&show(&error));
            }
            Ok(())
        }
        result => result,
    }
}

fn write(report: &Report, target: &ReportTarget) -> Result<(), Error> {
    let text = report::render(report, target.format).map_err(|error| Error::Render(error.to_string()))?;
    output::file(&target.path, &text)
}

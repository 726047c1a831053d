//! Shows a report on standard output, and writes it to the files that were asked for.

use crate::cli::args::{ReportOutputArgs, ReportShown};
use crate::cli::{Context, output};
use crate::config::{ReportFormat, ReportTarget};
use crate::error::{Error, show};
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
    let failed = |error: &dyn std::error::Error| Error::Render(error.to_string());
    let text = match target.format {
        ReportFormat::Html => report::html(report).map_err(|e| failed(&e))?,
        ReportFormat::Json => report::json(report).map_err(|e| failed(&e))?,
        ReportFormat::Markdown => report::markdown(report),
        ReportFormat::Csv => report::csv(report).map_err(|e| failed(&e))?,
        ReportFormat::Sarif => report::sarif(report).map_err(|e| failed(&e))?,
        ReportFormat::Junit => report::junit(report).map_err(|e| failed(&e))?,
        ReportFormat::FixScript(side) => report::fix_script(report, side),
        ReportFormat::AfterScript => report::after_script(report),
    };
    output::file(&target.path, &text)
}

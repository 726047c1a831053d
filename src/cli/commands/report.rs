//! `report`: two reports beside each other.

use crate::app::read_report;
use crate::cli::args::{Format, ReportArgs, ReportCommand};
use crate::cli::{Exit, output};
use crate::error::Error;
use crate::report::{compare, comparison_text};

pub(crate) fn run(args: &ReportArgs) -> Result<Exit, Error> {
    let ReportCommand::Diff { old, new, format } = &args.command;
    let compared = compare(&read_report(old)?, &read_report(new)?);
    output::result(&match format.format {
        Format::Json => output::pretty(&compared)?,
        Format::Table => comparison_text(&compared),
    })?;
    Ok(if compared.new.is_empty() && compared.no_longer_checked.is_empty() {
        Exit::Ready
    } else {
        Exit::Findings
    })
}

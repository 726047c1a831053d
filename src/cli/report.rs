//! `report`: two reports beside each other.

use crate::cli::args::{ListFormat, ReportArgs, ReportCommand};
use crate::cli::request::read_report;
use crate::cli::{Exit, output};
use crate::error::Error;
use crate::report::{compare, comparison_text};

pub(crate) fn run(args: &ReportArgs) -> Result<Exit, Error> {
    let ReportCommand::Diff { old, new, output: format } = &args.command;
    let compared = compare(&read_report(old)?, &read_report(new)?);
    let text = match format {
        ListFormat::Json => {
            serde_json::to_string_pretty(&compared).map_err(|e| Error::Render(e.to_string()))? + "\n"
        }
        ListFormat::Table => comparison_text(&compared),
    };
    output::result(&text)?;
    Ok(if compared.new.is_empty() && compared.no_longer_checked.is_empty() {
        Exit::Ready
    } else {
        Exit::Findings
    })
}

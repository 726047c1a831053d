//! The formats of a report, and the one function that renders each.

use crate::facts::Side;
use crate::report::after::after_script;
use crate::report::fix::fix_script;
use crate::report::flat::csv;
use crate::report::html::html;
use crate::report::json::json;
use crate::report::junit::junit;
use crate::report::markdown::markdown;
use crate::report::model::Report;
use crate::report::sarif::sarif;

/// The format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportFormat {
    /// `.html`
    Html,
    /// `.json`
    Json,
    /// `.md`
    Markdown,
    /// `.csv`
    Csv,
    /// `.sarif`
    Sarif,
    /// `.junit.xml`
    Junit,
    /// All ready SQL for one side.
    FixScript(Side),
    /// What a migration left out, as SQL.
    AfterScript,
}

/// A report that could not be rendered.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RenderError(String);

impl ReportFormat {
    /// Reports, each with the ending of its file; scripts have none of their own.
    const ENDINGS: &'static [(&'static str, ReportFormat)] = &[
        (".html", ReportFormat::Html),
        (".json", ReportFormat::Json),
        (".md", ReportFormat::Markdown),
        (".csv", ReportFormat::Csv),
        (".sarif", ReportFormat::Sarif),
        (".junit.xml", ReportFormat::Junit),
    ];

    /// The format of a report by the ending of its file.
    pub fn of_report(file_name: &str) -> Option<ReportFormat> {
        let known = ReportFormat::ENDINGS.iter().find(|(ending, _)| file_name.ends_with(ending));
        known.map(|(_, format)| *format)
    }

    /// The format of a script by its name, without ending: it has to name one side, or `after`.
    pub fn of_script(stem: &str) -> Option<ReportFormat> {
        let stem = stem.to_lowercase();
        match (stem.contains("source"), stem.contains("target"), stem.contains("after")) {
            (true, false, _) => Some(ReportFormat::FixScript(Side::Source)),
            (false, true, _) => Some(ReportFormat::FixScript(Side::Target)),
            (false, false, true) => Some(ReportFormat::AfterScript),
            _ => None,
        }
    }
}

/// A report in a format.
pub fn render(report: &Report, format: ReportFormat) -> Result<String, RenderError> {
    let failed = |error: &dyn std::error::Error| RenderError(error.to_string());
    match format {
        ReportFormat::Html => html(report).map_err(|e| failed(&e)),
        ReportFormat::Json => json(report).map_err(|e| failed(&e)),
        ReportFormat::Markdown => Ok(markdown(report)),
        ReportFormat::Csv => csv(report).map_err(|e| failed(&e)),
        ReportFormat::Sarif => sarif(report).map_err(|e| failed(&e)),
        ReportFormat::Junit => junit(report).map_err(|e| failed(&e)),
        ReportFormat::FixScript(side) => Ok(fix_script(report, side)),
        ReportFormat::AfterScript => Ok(after_script(report)),
    }
}

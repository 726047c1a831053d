//! The report and its formats: functions from a [`Report`] to text. Pure.

mod build;
mod filters;
mod html;
mod json;
mod model;
mod page;
mod plain;
mod terminal;

pub use build::{ReportInput, build};
pub use html::html;
pub use json::{json, schema};
pub use model::{
    Counts, DatabaseReport, EndpointReport, JudgmentReport, Report, RunReport, TlsReport, ToolReport,
};
pub use page::{index_page, rule_page};
pub use plain::{markdown_safe, safe};
pub use terminal::{TerminalOptions, terminal};

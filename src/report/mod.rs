//! The report and its formats: functions from a [`Report`] to text. Pure.

mod build;
mod filters;
mod html;
mod json;
mod migration;
mod model;
mod page;
mod plain;
mod terminal;
mod verification;

pub use build::{ReportInput, build};
pub use html::html;
pub use json::{json, schema};
pub use migration::{DatabaseOutcome, MigrationOutcome, ObjectOutcome, TableOutcome};
pub use model::{
    Counts, DatabaseReport, EndpointReport, JudgmentReport, Report, RunReport, TlsReport, ToolReport,
};
pub use page::{index_page, rule_page};
pub use plain::{markdown_safe, safe};
pub use terminal::{TerminalOptions, terminal};
pub use verification::{Difference, Verification, VerificationReport};

//! The report and its formats: functions from a [`Report`] to text. Pure.

mod after;
mod build;
mod by_rule;
mod compare;
mod ending;
mod filters;
mod fix;
mod flat;
mod headline;
mod html;
mod html_parts;
mod json;
mod junit;
mod markdown;
mod migration;
mod model;
mod page;
mod plain;
mod sarif;
mod steps;
mod terminal;
mod words;

pub use after::after_script;
pub use build::{ReportInput, build};
pub use compare::{compare, comparison_text};
pub use ending::ending;
pub use fix::fix_script;
pub(crate) use fix::in_database;
pub use flat::{csv, github};
pub use html::{html, html_part};
pub use json::{json, schema};
pub use junit::junit;
pub use markdown::markdown;
pub use migration::{DeviationReport, MigrationReport};
pub use model::{
    AfterStep, Counts, DatabaseReport, EndpointReport, FindingLine, JudgmentReport, Report, RunReport,
    TlsReport, ToolReport,
};
pub use page::{index_page, rule_page};
pub use plain::{markdown_safe, safe, safe_lines};
pub use sarif::sarif;
pub use terminal::{TerminalOptions, terminal};
pub(crate) use words::{bytes_of, duration_text};

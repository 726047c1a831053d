//! How much a violated rule matters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Belongs to the rule, not to the finding. Ordered: the worst is the smallest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The migration would fail, or lose something.
    Error,
    /// The migration would work, but someone should know.
    Warning,
    /// Good to know.
    Info,
}

impl Severity {
    /// The word in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

//! When something has to be done about a finding.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Before or after the migration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// Before the migration.
    #[default]
    Before,
    /// After it, on the target.
    After,
    /// Not at all: it is good to know.
    Never,
}

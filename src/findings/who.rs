//! Who can do something about a finding: people look for their own part of the list.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who can do something about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Who {
    /// The DBA on the source.
    Source,
    /// The administrator of the target.
    Target,
    /// The owner of the application.
    Application,
    /// Whoever runs the migration: options, names, connections, programs on this machine.
    Migration,
}

impl Who {
    /// The words for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Source => "DBA on the source",
            Self::Target => "administrator of the target",
            Self::Application => "owner of the application",
            Self::Migration => "who runs the migration",
        }
    }
}

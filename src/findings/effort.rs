//! How long it takes to do something about a finding: what a plan of the days before a migration is made of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long it takes, for somebody who knows how, once it is begun. Honest, and so no finer than this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// A statement, an option, a setting.
    Minutes,
    /// Something to look into, to change and to try: a definition, a locale, a network.
    Hours,
    /// Something to decide, to build or to clean up: an application, a replacement, data.
    Days,
}

impl Effort {
    /// The word for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::Days => "days",
        }
    }
}

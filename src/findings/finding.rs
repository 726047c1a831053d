//! One violation of one rule.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::pg::hex;

/// Ready SQL that mends a finding. Never executed by this program.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct FixSql {
    /// Statements for the source.
    pub source: Vec<String>,
    /// Statements for the target.
    pub target: Vec<String>,
}

/// One violation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What it is about: `table public.log`.
    pub subject: String,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The row that led to it.
    pub evidence: Map<String, Value>,
    /// What to do.
    pub fix: String,
    /// Statements that do it, where there are any.
    pub fix_sql: FixSql,
    /// Rule, database and subject in one word, the same in every run.
    pub fingerprint: String,
    /// Set when someone accepted the finding.
    pub suppressed: Option<Suppressed>,
    /// What a rehearsal showed of the object; null when there was none, or it says nothing about the finding.
    #[serde(default)]
    pub rehearsed: Option<Rehearsed>,
}

/// What a rehearsal showed of the object of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rehearsed {
    /// Whether the object could be created on the target: then the finding is disproved and does not count.
    pub worked: bool,
    /// What the target said, with the statement, where it could not.
    pub message: Option<String>,
}

impl Finding {
    /// Whether it counts: nobody has accepted it, and no rehearsal has disproved it.
    pub fn counts(&self) -> bool {
        self.suppressed.is_none() && !self.is_disproved()
    }

    /// Whether a rehearsal has shown that what it doubts works.
    pub fn is_disproved(&self) -> bool {
        self.rehearsed.as_ref().is_some_and(|rehearsed| rehearsed.worked)
    }
}

/// Why a finding does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suppressed {
    /// Why it was accepted.
    pub reason: String,
    /// Until when, as `YYYY-MM-DD`.
    pub until: Option<String>,
}

/// The fingerprint of a finding: 32 hexadecimal digits.
pub fn fingerprint(rule: &str, database: Option<&str>, subject: &str) -> String {
    let mut hash = Sha256::new();
    for part in [rule, database.unwrap_or(""), subject] {
        // The length stands before each part, so that no two triples hash the same text.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize()[..16])
}

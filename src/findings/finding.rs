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

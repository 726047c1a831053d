//! What a verification found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing that is not alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// The object: `table public.orders`.
    pub subject: String,
    /// What differs: `rows`, `contents`, `owner` …
    pub what: String,
    /// As it is on the source; null when it is not there.
    pub source: Option<String>,
    /// As it is on the target; null when it is not there.
    pub target: Option<String>,
    /// The first rows that differ, by primary key, where the table has one.
    pub rows: Vec<String>,
}

/// The verification of a whole run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerificationReport {
    /// Whether nothing differs, in any database.
    pub passed: bool,
    /// Each database.
    pub databases: Vec<Verification>,
}

/// The comparison of one database with its copy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verification {
    /// The database on the source.
    pub database: String,
    /// Its name on the target.
    pub target_name: String,
    /// `counts` or `full`.
    pub level: String,
    /// Whether nothing differs.
    pub passed: bool,
    /// Properties of objects that were compared.
    pub properties: usize,
    /// Tables whose rows were compared.
    pub tables: usize,
    /// Rows in them, on the source.
    pub rows: u64,
    /// Sequences that were compared.
    pub sequences: usize,
    /// Large objects that were compared.
    pub large_objects: usize,
    /// What differs.
    pub differences: Vec<Difference>,
    /// What a reader should know, such as writes to the source in the meantime.
    pub notices: Vec<String>,
}

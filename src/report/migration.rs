//! What a migration did: the part of the report that is about it.

use schemars::JsonSchema;
use serde::Serialize;

/// One table, carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TableOutcome {
    /// `schema.name`.
    pub name: String,
    /// Rows the target took.
    pub rows: u64,
    /// Bytes that crossed.
    pub bytes: u64,
    /// `binary` or `text`.
    pub format: String,
    /// In how many parts.
    pub parts: usize,
}

/// One database.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct DatabaseOutcome {
    /// Its name on the source.
    pub name: String,
    /// Its name on the target.
    pub target_name: String,
    /// `Succeeded`, `Failed` or `Canceled`.
    pub state: String,
    /// Why it failed.
    pub error: Option<String>,
    /// The tables carried.
    pub tables: Vec<TableOutcome>,
    /// Archive entries created: indexes, constraints, functions and everything else.
    pub objects: usize,
    /// Sequences set.
    pub sequences: usize,
    /// Large objects carried.
    pub large_objects: usize,
    /// What is other than on the source, and why.
    pub deviations: Vec<String>,
    /// What is on the target now, when it failed.
    pub left_on_target: Option<String>,
    /// The statement that removes it.
    pub cleanup: Option<String>,
    /// Seconds for schema, data with indexes, and the rest.
    pub seconds: f64,
}

/// A whole migration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct MigrationOutcome {
    /// What of the roles is other than on the source, and why.
    pub role_deviations: Vec<String>,
    /// Each database.
    pub databases: Vec<DatabaseOutcome>,
}

//! What a migration did: its databases, their tables and objects.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::outcome::deviation::Deviation;
use crate::outcome::state::DatabaseRunState;

/// One table, carried.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// When the first part began, in seconds since the migration of the database began.
    #[serde(default)]
    pub started_s: f64,
    /// Seconds of all parts together; parts that ran side by side count each.
    #[serde(default)]
    pub seconds: f64,
}

impl TableOutcome {
    /// Takes in another part of the same table.
    pub fn add(&mut self, part: &TableOutcome) {
        self.rows += part.rows;
        self.bytes += part.bytes;
        self.parts += part.parts;
        self.started_s = self.started_s.min(part.started_s);
        self.seconds += part.seconds;
    }
}

/// An index, a constraint or the like that took time of its own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ObjectOutcome {
    /// What it is: `index public.orders_placed`.
    pub name: String,
    /// When it began, in seconds since the migration of the database began.
    pub started_s: f64,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// One database.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DatabaseOutcome {
    /// Its name on the source.
    pub name: String,
    /// Its name on the target.
    pub target_name: String,
    /// How it ended.
    pub state: DatabaseRunState,
    /// Why it failed.
    pub error: Option<String>,
    /// The tables carried.
    pub tables: Vec<TableOutcome>,
    /// The indexes and constraints that took longest, at most 200.
    #[serde(default)]
    pub slow_objects: Vec<ObjectOutcome>,
    /// Archive entries created: indexes, constraints, functions and everything else.
    pub objects: usize,
    /// Sequences set.
    pub sequences: usize,
    /// Large objects carried.
    pub large_objects: usize,
    /// What deviates from the source, and why.
    pub deviations: Vec<Deviation>,
    /// What is on the target now, when it failed.
    pub left_on_target: Option<String>,
    /// The statement that removes it.
    pub cleanup: Option<String>,
    /// Seconds for schema, data with indexes, and the rest.
    pub seconds: f64,
}

/// A whole migration.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MigrationOutcome {
    /// What of the roles deviates from the source, and why.
    pub role_deviations: Vec<Deviation>,
    /// Each database.
    pub databases: Vec<DatabaseOutcome>,
}

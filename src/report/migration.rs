//! What a migration did, as the report tells it: the wire types of that part.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::outcome::{
    DatabaseOutcome, DatabaseRunState, Deviation, DeviationKind, ObjectOutcome, TableOutcome,
};

/// How the migration of one database went.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MigrationReport {
    /// Its name on the source.
    pub name: String,
    /// Its name on the target.
    pub target_name: String,
    /// `Succeeded`, `Failed` or `Canceled`.
    pub state: DatabaseRunState,
    /// Why it failed.
    pub error: Option<String>,
    /// The tables copied.
    pub tables: Vec<TableOutcome>,
    /// The indexes and constraints that took longest, at most 200.
    #[serde(default)]
    pub slow_objects: Vec<ObjectOutcome>,
    /// Archive entries created: indexes, constraints, functions and everything else.
    pub objects: usize,
    /// Sequences set.
    pub sequences: usize,
    /// Large objects copied.
    pub large_objects: usize,
    /// What deviates from the source, one sentence each; the same with its parts stands in `deviations` of the report.
    pub deviations: Vec<String>,
    /// What is on the target now, when it failed.
    pub left_on_target: Option<String>,
    /// The statement that removes it.
    pub cleanup: Option<String>,
    /// Seconds for schema, data with indexes, and the rest.
    pub seconds: f64,
}

/// One thing that deviates on the target from what it is on the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeviationReport {
    /// The database by its name on the source; null for what concerns the whole server, such as a role.
    pub database: Option<String>,
    /// Why it deviates.
    pub kind: DeviationKind,
    /// What it is about: `index public.broken`.
    pub object: String,
    /// What became of it, and why: the rest of a sentence that begins with the object.
    pub reason: String,
    /// The statement that brings it about on the target; null where there is none.
    pub sql: Option<String>,
    /// Who can run that statement; null where nothing is to be run.
    pub who: Option<String>,
}

impl DeviationReport {
    pub(crate) fn of(database: Option<&str>, deviation: &Deviation) -> DeviationReport {
        let Deviation { kind, object, reason, sql, who } = deviation.clone();
        DeviationReport { database: database.map(str::to_owned), kind, object, reason, sql, who }
    }
}

impl From<DatabaseOutcome> for MigrationReport {
    fn from(outcome: DatabaseOutcome) -> MigrationReport {
        MigrationReport {
            deviations: outcome.deviations.iter().map(Deviation::to_string).collect(),
            name: outcome.name,
            target_name: outcome.target_name,
            state: outcome.state,
            error: outcome.error,
            tables: outcome.tables,
            slow_objects: outcome.slow_objects,
            objects: outcome.objects,
            sequences: outcome.sequences,
            large_objects: outcome.large_objects,
            left_on_target: outcome.left_on_target,
            cleanup: outcome.cleanup,
            seconds: outcome.seconds,
        }
    }
}

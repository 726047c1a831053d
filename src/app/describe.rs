//! What a migration would do, with sizes and the time that it is expected to take.

use std::path::Path;

use serde::Serialize;

use crate::app::check::{both_endpoints, collect_plan, needed_pg_dump};
use crate::app::needs::{check_facts, jobs, probes_alone};
use crate::app::spec::RunSpec;
use crate::collect::collect;
use crate::config::{Environment, load_rules, state_folder};
use crate::error::Error;
use crate::migrate::{self, DatabasePlan, DescribePlan};
use crate::report::Report;
use crate::server::connect_any;
use crate::store::Store;

/// Bytes from which on a migration tells something about speed.
const BYTES_MIN: u64 = 50 * 1024 * 1024;

/// The speed that is assumed where nothing is known, in bytes a second.
const ASSUMED: f64 = 20.0 * 1024.0 * 1024.0;

/// What a migration would do.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct PlanDescription {
    /// Each database.
    pub databases: Vec<DatabasePlan>,
    /// What the times are computed from.
    #[serde(skip)]
    pub speed: Speed,
}

/// How fast tables are expected to be copied.
#[derive(Debug, Clone)]
pub struct Speed {
    /// Bytes a second.
    pub bytes_per_second: f64,
    /// The migration that has reached it, verification included; none when it is a guess.
    pub reached_by: Option<String>,
}

/// Describes the migration that a spec asks for. Reads both servers, and changes nothing.
pub async fn describe(
    spec: &RunSpec,
    state_dir: Option<&Path>,
    env: &Environment,
) -> Result<PlanDescription, Error> {
    let mut rules = load_rules(&spec.servers.rules)?;
    let plan = collect_plan(&spec.servers, &spec.options, env, &mut rules)?;
    let (source, target) = both_endpoints(&plan)?;
    let pg_dump = needed_pg_dump(&plan)?;
    let speed = speed(state_dir, env);
    let collected = collect(&probes_alone(&rules), &plan).await;
    check_facts(&collected, pg_dump.1, false)?;
    let session =
        connect_any(target, plan.home.as_deref()).await.map_err(|e| Error::Unreached(e.to_string()))?;
    session.prepare_reading().await.map_err(|e| Error::Unreached(e.to_string()))?;
    let describe_plan = DescribePlan {
        source,
        target: &session,
        home: plan.home.as_deref(),
        pg_dump: &pg_dump.0,
        jobs: jobs(&collected.facts),
        filters: &spec.options.filters,
        bytes_per_second: speed.bytes_per_second,
    };
    let mut databases = Vec::new();
    for pair in &collected.facts.databases {
        let described = migrate::describe(&describe_plan, pair).await;
        databases.push(described.map_err(|e| Error::Migrate(e.to_string()))?);
    }
    Ok(PlanDescription { databases, speed })
}

/// What the migrations that are remembered here have reached; without any, a modest guess.
fn speed(state_dir: Option<&Path>, env: &Environment) -> Speed {
    let runs = state_folder(state_dir, env).map(|folder| Store::new(&folder).list().0).unwrap_or_default();
    let reached = runs.iter().find_map(|run| {
        let report: Report = serde_json::from_str(&run.report().ok()??).ok()?;
        let done: Vec<_> = report.databases.iter().filter_map(|d| d.migration.as_ref()).collect();
        let bytes: u64 = done.iter().flat_map(|d| &d.tables).map(|t| t.bytes).sum();
        let seconds: f64 = done.iter().map(|d| d.seconds).sum();
        #[expect(clippy::cast_precision_loss, reason = "an expectation need not be exact")]
        let enough = (bytes >= BYTES_MIN && seconds > 0.0).then(|| bytes as f64 / seconds);
        enough.map(|speed| Speed { bytes_per_second: speed, reached_by: Some(run.record.name.clone()) })
    });
    reached.unwrap_or(Speed { bytes_per_second: ASSUMED, reached_by: None })
}

//! What stages share: what a migration cannot do without, and what it does.

use crate::app::check::{Checked, both_endpoints, needed_pg_dump};
use crate::collect::Collected;
use crate::error::Error;
use crate::facts::{Cell, FactSet, ProbeFacts};
use crate::migrate::{MigratePlan, Resumed};
use crate::pg::ServerVersion;
use crate::plan::{IfExists, OwnerChoice};
use crate::rules::RuleSet;

pub(crate) fn migrate_plan(
    checked: &Checked,
    collected: &Collected,
    resumed: Option<Resumed>,
) -> Result<MigratePlan, Error> {
    let (source, target) = both_endpoints(&checked.plan)?;
    let options = &checked.spec.options;
    Ok(MigratePlan {
        source: source.clone(),
        target: target.clone(),
        home: checked.plan.home.clone(),
        pg_dump: needed_pg_dump(&checked.plan)?.0,
        databases: collected.facts.databases.clone(),
        overwrite: options.if_exists == IfExists::Overwrite,
        jobs: jobs(&collected.facts),
        roles: options.roles,
        existing_roles: options.existing_roles,
        grants: options.grants,
        on_refused: options.on_refused,
        verify: options.verify,
        keep_owners: options.owner == OwnerChoice::Keep,
        role_map: collected.role_map.clone(),
        filters: options.filters.clone(),
        host: checked.host.clone(),
        resumed,
    })
}

/// The probes and profiles of rules, without rules: only what the run itself needs is asked then.
pub(crate) fn probes_alone(rules: &RuleSet) -> RuleSet {
    RuleSet { probes: rules.probes.clone(), profiles: rules.profiles.clone(), ..RuleSet::default() }
}

/// What a migration cannot do without, whatever the rules say.
pub(crate) fn check_facts(collected: &Collected, pg_dump: i64, validate: bool) -> Result<(), Error> {
    if validate && (collected.source.is_none() || collected.target.is_none()) {
        // The report says which hop failed.
        return Ok(());
    }
    if let (None, _) | (_, None) = (&collected.source, &collected.target) {
        return Err(Error::Unreached(failed_connections(&collected.facts)));
    }
    if let Some(ProbeFacts::Table(requested)) = collected.facts.run.get("databases_requested") {
        let missing = requested.rows().iter().find(|row| row.get("exists") == Some(&Cell::Bool(false)));
        if let Some(row) = missing.filter(|_| !validate) {
            let name = row.get("source").map(Cell::key_text).unwrap_or_default();
            return Err(Error::Usage {
                message: format!("database {name} does not exist on the source"),
                hint: None,
            });
        }
    }
    if let Some(source) = &collected.source
        && ServerVersion(pg_dump).major_num() < source.version.major_num()
    {
        return Err(Error::Usage {
            message: format!(
                "pg_dump {} is older than the source ({}) and cannot read it",
                ServerVersion(pg_dump),
                source.version
            ),
            hint: Some(
                "install newer PostgreSQL client programs, or name their folder with PGPASSAGE_PG_BIN"
                    .to_owned(),
            ),
        });
    }
    Ok(())
}

fn failed_connections(facts: &FactSet) -> String {
    let Some(ProbeFacts::Table(connections)) = facts.run.get("connections") else { return String::new() };
    let failed = connections.rows().iter().filter(|row| row.get("ok") == Some(&Cell::Bool(false)));
    let lines: Vec<String> = failed
        .map(|row| {
            let text = |column: &str| row.get(column).map(Cell::key_text).unwrap_or_default();
            format!(
                "connect to the {} at {}, port {}: {}: {}",
                text("side"),
                text("host"),
                text("port"),
                text("hop"),
                text("message")
            )
        })
        .collect();
    lines.join("; ")
}

/// The number of connections that the collection has chosen.
pub(crate) fn jobs(facts: &FactSet) -> usize {
    let Some(ProbeFacts::Table(options)) = facts.run.get("options") else { return 2 };
    match options.rows().first().and_then(|row| row.get("jobs")) {
        Some(Cell::Int(jobs)) => usize::try_from(*jobs).unwrap_or(2),
        _ => 2,
    }
}

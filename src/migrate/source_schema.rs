//! The schema of a source database as it is to be on the target: what the plan leaves out is not in it, roles have the
//! names that they have there, and everything has the owner that was asked for.

use std::collections::BTreeSet;

use crate::facts::DatabasePair;
use crate::migrate::database::{self, DatabaseFacts};
use crate::migrate::error::MigrateError;
use crate::migrate::grants;
use crate::migrate::run::MigratePlan;
use crate::migrate::schema::{SchemaTarget, is_no_object};
use crate::outcome::{Deviation, DeviationKind};
use crate::plan::{Entry, GrantsChoice, SourceTable};
use crate::server::{Session, SnapshotHolder, doing, dump_schema, list_tables, search_path};

/// What was read of a source database, inside one snapshot.
#[derive(Debug)]
pub(crate) struct SourceSchema {
    pub(crate) facts: DatabaseFacts,
    /// Entries that are created, in the order of the archive; what is left out is not among them.
    pub(crate) entries: Vec<Entry>,
    pub(crate) tables: Vec<SourceTable>,
    /// What is left out or changed, and why.
    pub(crate) deviations: Vec<Deviation>,
}

/// Reads the schema in a snapshot, without a word on what the plan makes of it.
pub(crate) async fn read(
    plan: &MigratePlan,
    snapshot: &SnapshotHolder,
    source_version: i64,
) -> Result<SourceSchema, MigrateError> {
    let facts = database::read(&snapshot.session, source_version).await?;
    let (entries, tables) = tokio::join!(
        dump_schema(&plan.pg_dump, &plan.source, &snapshot.session, &snapshot.name),
        list_tables(&snapshot.session, source_version)
    );
    Ok(SourceSchema { facts, entries: entries?, tables: tables?, deviations: Vec::new() })
}

impl SourceSchema {
    /// Makes it what the plan wants on this target, of whose server `control` is a session.
    pub(crate) async fn apply(
        self,
        plan: &MigratePlan,
        pair: &DatabasePair,
        target: &SchemaTarget,
        control: &Session,
    ) -> Result<SourceSchema, MigrateError> {
        let search_path = if plan.filters.is_empty() {
            Vec::new()
        } else {
            search_path(&plan.source, &pair.source, plan.home.as_deref()).await?
        };
        let SourceSchema { mut facts, entries, tables, mut deviations } = self;
        let mut selected =
            plan.filters.apply(entries, tables, &search_path).map_err(MigrateError::Refused)?;
        deviations.append(&mut selected.notes);
        facts.apply(&plan.role_map);
        selected.entries.retain(|entry| !is_no_object(entry));
        for entry in &mut selected.entries {
            plan.role_map.apply(entry);
        }
        if !plan.keep_owners {
            facts.owner.clone_from(&target.user);
            own_everything(&mut selected.entries, &mut deviations);
            let reason = format!("belongs to {}, as asked for", target.user);
            deviations.push(Deviation::changed("everything", reason));
        }
        let entries = choose_grants(plan, control, &mut facts, selected.entries, &mut deviations).await?;
        Ok(SourceSchema { facts, entries, tables: selected.tables, deviations })
    }
}

/// Objects without an owner are the user's who restores them. Default privileges are those of a role, and this one creates
/// nothing here.
fn own_everything(entries: &mut Vec<Entry>, deviations: &mut Vec<Deviation>) {
    entries.retain(|entry| {
        let of_other_role = entry.kind == "DEFAULT ACL";
        if of_other_role {
            deviations.push(Deviation::left_out(entry.title(), "it is about objects of another role"));
        }
        !of_other_role
    });
    for entry in entries {
        entry.owner = None;
    }
}

/// Leaves out grants, policies and user mappings that are not wanted.
async fn choose_grants(
    plan: &MigratePlan,
    control: &Session,
    facts: &mut DatabaseFacts,
    entries: Vec<Entry>,
    deviations: &mut Vec<Deviation>,
) -> Result<Vec<Entry>, MigrateError> {
    if plan.grants == GrantsChoice::All {
        return Ok(entries);
    }
    let sql = "select rolname from pg_catalog.pg_roles";
    let rows = control.rows(sql).await.map_err(doing("list the roles of the target"))?;
    let roles: BTreeSet<String> = rows.into_iter().filter_map(|mut row| row.pop().flatten()).collect();
    let exists = |role: &str| roles.contains(role);
    if plan.grants == GrantsChoice::None {
        facts.without_grants();
    }
    for what in facts.keep_roles(&exists) {
        let reason = "was left out: the target does not have the role";
        deviations.push(Deviation::new(DeviationKind::LeftOut, what, reason));
    }
    Ok(grants::choose(entries, plan.grants, &exists, deviations))
}

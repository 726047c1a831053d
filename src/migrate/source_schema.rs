//! The schema of a source database as it is to be on the target: what the plan leaves out is not in it, roles have the
//! names that they have there, and everything has the owner that was asked for.

use std::collections::BTreeSet;

use crate::facts::DatabasePair;
use crate::migrate::database::{self, DatabaseFacts};
use crate::migrate::error::MigrateError;
use crate::migrate::run::MigratePlan;
use crate::migrate::schema::{SchemaTarget, left_out};
use crate::outcome::Deviation;
use crate::plan::{Entry, SourceTable};
use crate::server::{SnapshotHolder, dump_schema, list_tables, search_path};

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
    /// Makes it what the plan wants on this target.
    pub(crate) async fn apply(
        self,
        plan: &MigratePlan,
        pair: &DatabasePair,
        target: &SchemaTarget,
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
        for entry in &mut selected.entries {
            plan.role_map.apply(entry);
        }
        if !plan.keep_owners {
            facts.owner.clone_from(&target.user);
            for entry in &mut selected.entries {
                entry.owner = None;
            }
            let reason = format!("belongs to {}, as asked for", target.user);
            deviations.push(Deviation::changed("everything", reason));
        }
        let entries = without_left_out(selected.entries, target, plan.keep_owners, &mut deviations);
        Ok(SourceSchema { facts, entries, tables: selected.tables, deviations })
    }
}

/// The entries that are restored on this target.
fn without_left_out(
    entries: Vec<Entry>,
    target: &SchemaTarget,
    keep_owners: bool,
    deviations: &mut Vec<Deviation>,
) -> Vec<Entry> {
    let mut skipped = BTreeSet::new();
    for entry in &entries {
        // Default privileges are those of a role, and this one creates nothing here.
        let of_other_role = !keep_owners && entry.kind == "DEFAULT ACL";
        let why = if of_other_role {
            Some("it is about objects of another role".to_owned())
        } else {
            left_out(entry, target)
        };
        if let Some(why) = why {
            skipped.insert(entry.id);
            if !why.is_empty() {
                deviations.push(Deviation::left_out(entry.title(), why));
            }
        }
    }
    entries.into_iter().filter(|e| !skipped.contains(&e.id)).collect()
}

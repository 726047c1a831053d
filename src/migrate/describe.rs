//! What a migration would do, without doing it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::facts::DatabasePair;
use crate::migrate::error::MigrateError;
use crate::migrate::schema::{SchemaTarget, left_out};
use crate::migrate::{database, roles};
use crate::plan::{CopyFormat, Work, build_graph, copy_format};
use crate::server::{Endpoint, Session, SnapshotHolder, doing, dump_schema, list_tables};

/// A table in the plan.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedTable {
    /// `schema.name`.
    pub name: String,
    /// The size of its heap in bytes.
    pub bytes: i64,
    /// `binary` or `text`.
    pub format: String,
    /// In how many parts it is copied.
    pub parts: usize,
}

/// What would be done for one database.
#[derive(Debug, Clone, Serialize)]
pub struct DatabasePlan {
    /// Its name on the source.
    pub name: String,
    /// Its name on the target.
    pub target_name: String,
    /// The statement that makes it.
    pub create: String,
    /// Bytes in all tables.
    pub bytes: i64,
    /// Tables, the largest first.
    pub tables: Vec<PlannedTable>,
    /// Objects before the data, by kind.
    pub before_data: BTreeMap<String, usize>,
    /// Objects that are made beside and after the data, by kind.
    pub after_data: BTreeMap<String, usize>,
    /// What would be left out on this target, and why.
    pub left_out: Vec<String>,
}

/// What is needed to describe a migration.
#[derive(Debug)]
pub struct DescribePlan<'a> {
    /// Where the data is.
    pub source: &'a Endpoint,
    /// A session of the target.
    pub target: &'a Session,
    /// Where libpq's default certificate files are.
    pub home: Option<&'a Path>,
    /// The `pg_dump` to use.
    pub pg_dump: &'a Path,
    /// Connections per side.
    pub jobs: usize,
}

/// Reads one database of the source, and says what would be done with it.
pub async fn describe(plan: &DescribePlan<'_>, pair: &DatabasePair) -> Result<DatabasePlan, MigrateError> {
    let snapshot = SnapshotHolder::take(plan.source, &pair.source, plan.home).await?;
    let source_version = snapshot.session.version().await.map_err(doing("read the version of the source"))?.0;
    let target_version = plan.target.version().await.map_err(doing("read the version of the target"))?.0;
    let user = roles::target_user(plan.target).await?;
    let target =
        SchemaTarget { version_num: target_version, user: user.name.clone(), superuser: user.superuser };
    let facts = database::read(&snapshot.session, source_version).await?;
    let entries = dump_schema(plan.pg_dump, plan.source, &snapshot.session, &snapshot.name).await?;
    let tables = list_tables(&snapshot.session, source_version).await?;
    let mut described = DatabasePlan {
        name: pair.source.clone(),
        target_name: pair.target.clone(),
        create: facts.create_statement(&pair.target, target_version),
        bytes: tables.iter().map(|t| t.bytes).sum(),
        tables: Vec::new(),
        before_data: BTreeMap::new(),
        after_data: BTreeMap::new(),
        left_out: Vec::new(),
    };
    let mut kept = Vec::new();
    for entry in entries {
        match left_out(&entry, &target) {
            None => {
                let kinds = match entry.section {
                    crate::plan::Section::PreData => &mut described.before_data,
                    crate::plan::Section::PostData => &mut described.after_data,
                };
                *kinds.entry(entry.kind.to_lowercase()).or_default() += 1;
                kept.push(entry);
            }
            Some(why) if why.is_empty() => {}
            Some(why) => described.left_out.push(format!("{}: {why}", entry.title())),
        }
    }
    let graph = build_graph(&kept, &tables, plan.jobs, source_version);
    for (number, table) in tables.iter().enumerate() {
        let of_table = |work: &Work| matches!(work, Work::Copy { table, .. } if *table == number);
        described.tables.push(PlannedTable {
            name: table.title(),
            bytes: table.bytes,
            format: match copy_format(table, &facts.encoding) {
                CopyFormat::Binary => "binary",
                CopyFormat::Text => "text",
            }
            .to_owned(),
            parts: graph.steps.iter().filter(|step| of_table(&step.work)).count(),
        });
    }
    Ok(described)
}

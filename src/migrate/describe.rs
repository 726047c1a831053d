//! What a migration would do, without doing it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::facts::DatabasePair;
use crate::migrate::database;
use crate::migrate::error::MigrateError;
use crate::migrate::schema::is_no_object;
use crate::plan::{Filters, Work, build_graph, copy_format};
use crate::server::{
    Endpoint, Session, SnapshotHolder, doing, dump_schema, list_tables, read_relations, search_path,
};

/// What an object costs besides the bytes, in seconds: a round trip, a commit, a look at it afterwards.
const SECONDS_PER_OBJECT: f64 = 0.003;

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
    /// How long it may take, in seconds: bytes over the speed that is assumed, and a little for each object.
    pub expected_seconds: f64,
    /// Tables, the largest first.
    pub tables: Vec<PlannedTable>,
    /// Objects before the data, by kind.
    pub before_data: BTreeMap<String, usize>,
    /// Objects that are made beside and after the data, by kind.
    pub after_data: BTreeMap<String, usize>,
    /// What would be left out, and why.
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
    /// What is left out.
    pub filters: &'a Filters,
    /// How many bytes of tables a second brings to the target, with their indexes.
    pub bytes_per_second: f64,
}

/// Reads one database of the source, and says what would be done with it.
pub async fn describe(plan: &DescribePlan<'_>, pair: &DatabasePair) -> Result<DatabasePlan, MigrateError> {
    let snapshot = SnapshotHolder::take(plan.source, &pair.source, plan.home).await?;
    let source_version = snapshot.session.version().await.map_err(doing("read the version of the source"))?.0;
    let target_version = plan.target.version().await.map_err(doing("read the version of the target"))?.0;
    let facts = database::read(&snapshot.session, source_version).await?;
    let entries = dump_schema(plan.pg_dump, plan.source, &snapshot.session, &snapshot.name).await?;
    let tables = list_tables(&snapshot.session, source_version).await?;
    let relations = read_relations(&snapshot.session).await?;
    let search_path = search_path(plan.source, &pair.source, plan.home).await?;
    let selected = plan.filters.apply(entries, tables, &search_path).map_err(MigrateError::Refused)?;
    let (entries, tables) = (selected.entries, selected.tables);
    let bytes: i64 = tables.iter().map(|t| t.bytes).sum();
    #[expect(clippy::cast_precision_loss, reason = "an expectation need not be exact")]
    let expected_seconds = bytes as f64 / plan.bytes_per_second + entries.len() as f64 * SECONDS_PER_OBJECT;
    let mut described = DatabasePlan {
        name: pair.source.clone(),
        target_name: pair.target.clone(),
        create: facts.create_statement(&pair.target, target_version),
        bytes,
        expected_seconds,
        tables: Vec::new(),
        before_data: BTreeMap::new(),
        after_data: BTreeMap::new(),
        left_out: selected.notes.iter().map(ToString::to_string).collect(),
    };
    let mut kept = Vec::new();
    for entry in entries {
        if is_no_object(&entry) {
            continue;
        }
        let kinds = match entry.section {
            crate::plan::Section::PreData => &mut described.before_data,
            crate::plan::Section::PostData => &mut described.after_data,
        };
        *kinds.entry(entry.kind.to_lowercase()).or_default() += 1;
        kept.push(entry);
    }
    let graph = build_graph(&kept, &tables, &relations, plan.jobs, source_version);
    for (number, table) in tables.iter().enumerate() {
        let of_table = |work: &Work| matches!(work, Work::Copy(part) if part.table == number);
        described.tables.push(PlannedTable {
            name: table.title(),
            bytes: table.bytes,
            format: copy_format(table, &facts.encoding).name().to_owned(),
            parts: graph.steps.iter().filter(|step| of_table(&step.work)).count(),
        });
    }
    Ok(described)
}

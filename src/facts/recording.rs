//! Facts as a file, so that they can be judged later and elsewhere.
//!
//! Format version 1. The shapes of the tables are those of the probes in use, so a recording made by an older version
//! stays readable: a column it lacks makes exactly that probe's facts unusable, with that reason.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::facts::cell::Cell;
use crate::facts::set::{DatabasePair, FactSet, Facts, Missing, ProbeFacts, SideFacts};
use crate::facts::table::{FactTable, Shape};

/// The newest format this program reads, and the one it writes.
const FORMAT_VERSION: u32 = 1;

/// Why a recording cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// It is no JSON, or not of this shape.
    #[error("read recorded facts")]
    Json(#[from] serde_json::Error),
    /// It was written by a newer version.
    #[error(
        "read recorded facts: format version {0} is newer than this program understands ({FORMAT_VERSION})"
    )]
    Newer(u32),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format_version: u32,
    tool_version: String,
    recorded_at: String,
    profile: String,
    databases: Vec<PairFile>,
    run: BTreeMap<String, TableFile>,
    source: SideFile,
    target: SideFile,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PairFile {
    source: String,
    target: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SideFile {
    instance: BTreeMap<String, TableFile>,
    databases: BTreeMap<String, BTreeMap<String, TableFile>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum TableFile {
    Table {
        columns: Vec<String>,
        rows: Vec<Vec<Value>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unread: Option<String>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        only_suspects: bool,
    },
    Failed(String),
    NoTarget,
    NoDatabase(String),
}

/// The facts as JSON. `profile` is the name of the profile in use, `recorded_at` the time in RFC 3339.
pub fn write_recording(
    facts: &FactSet,
    profile: &str,
    recorded_at: &str,
) -> Result<String, serde_json::Error> {
    let side = |side: &SideFacts| SideFile {
        instance: side.instance.iter().map(|(k, v)| (k.clone(), table_file(v))).collect(),
        databases: side
            .databases
            .iter()
            .map(|(name, facts)| {
                (name.clone(), facts.iter().map(|(k, v)| (k.clone(), table_file(v))).collect())
            })
            .collect(),
    };
    let file = File {
        format_version: FORMAT_VERSION,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        recorded_at: recorded_at.to_owned(),
        profile: profile.to_owned(),
        databases: facts
            .databases
            .iter()
            .map(|p| PairFile { source: p.source.clone(), target: p.target.clone() })
            .collect(),
        run: facts.run.iter().map(|(k, v)| (k.clone(), table_file(v))).collect(),
        source: side(&facts.source),
        target: side(&facts.target),
    };
    serde_json::to_string_pretty(&file)
}

/// Reads facts back, with the name of the profile they were recorded under. Tables of probes that are no longer
/// known are left out: no rule can ask for them.
pub fn read_recording(
    text: &str,
    shapes: &BTreeMap<String, Arc<Shape>>,
) -> Result<(FactSet, String), RecordingError> {
    // The version is read first: a newer file may differ in everything else.
    #[derive(Deserialize)]
    struct Version {
        format_version: u32,
    }
    let version: Version = serde_json::from_str(text)?;
    if version.format_version > FORMAT_VERSION {
        return Err(RecordingError::Newer(version.format_version));
    }
    let file: File = serde_json::from_str(text)?;
    let facts = |tables: BTreeMap<String, TableFile>| -> Facts {
        tables
            .into_iter()
            .filter_map(|(name, table)| shapes.get(&name).map(|shape| (name, probe_facts(table, shape))))
            .collect()
    };
    let side = |side: SideFile| SideFacts {
        instance: facts(side.instance),
        databases: side.databases.into_iter().map(|(name, tables)| (name, facts(tables))).collect(),
    };
    let assumed = shapes.iter().filter_map(|(name, shape)| Some((name.clone(), FactTable::assumed(shape)?)));
    let mut run: Facts = assumed.map(|(name, table)| (name, ProbeFacts::Table(table))).collect();
    run.extend(facts(file.run));
    let set = FactSet {
        databases: file
            .databases
            .into_iter()
            .map(|p| DatabasePair { source: p.source, target: p.target })
            .collect(),
        run,
        profile: Facts::new(),
        source: side(file.source),
        target: side(file.target),
    };
    Ok((set, file.profile))
}

fn table_file(facts: &ProbeFacts) -> TableFile {
    match facts {
        ProbeFacts::Table(table) => TableFile::Table {
            columns: table.shape.columns.iter().map(|c| c.name.clone()).collect(),
            rows: table.rows().iter().map(|row| row.cells.iter().map(Cell::to_json).collect()).collect(),
            unread: table.unread.clone(),
            only_suspects: table.only_suspects,
        },
        ProbeFacts::Failed(reason) => TableFile::Failed(reason.clone()),
        ProbeFacts::Missing(Missing::NoTarget) => TableFile::NoTarget,
        ProbeFacts::Missing(Missing::NoDatabase(name)) => TableFile::NoDatabase(name.clone()),
    }
}

fn probe_facts(file: TableFile, shape: &Arc<Shape>) -> ProbeFacts {
    match file {
        TableFile::Failed(reason) => ProbeFacts::Failed(reason),
        TableFile::NoTarget => ProbeFacts::Missing(Missing::NoTarget),
        TableFile::NoDatabase(name) => ProbeFacts::Missing(Missing::NoDatabase(name)),
        TableFile::Table { columns, rows, unread, only_suspects } => {
            match recorded_table(&columns, &rows, shape) {
                Ok(mut table) => {
                    table.unread = unread;
                    table.only_suspects = only_suspects;
                    ProbeFacts::Table(table)
                }
                Err(reason) => ProbeFacts::Failed(reason),
            }
        }
    }
}

fn recorded_table(columns: &[String], rows: &[Vec<Value>], shape: &Arc<Shape>) -> Result<FactTable, String> {
    let mut cells = vec![Vec::with_capacity(shape.columns.len()); rows.len()];
    let mut complete = true;
    for (at, column) in shape.columns.iter().enumerate() {
        // A version that did not ask for a column yet leaves it unknown: only rules that need it stay open.
        let Some(position) = columns.iter().position(|name| *name == column.name) else {
            let assumed = shape.assumed.get(at).cloned().unwrap_or(Cell::Null);
            for row in &mut cells {
                row.push(assumed.clone());
            }
            complete &= assumed != Cell::Null;
            continue;
        };
        for (row, cells) in rows.iter().zip(&mut cells) {
            let value = row.get(position).unwrap_or(&Value::Null);
            let cell = column.kind.json_cell(value).ok_or_else(|| {
                format!(
                    "the recording has {value} in column `{}` of type {}",
                    column.name,
                    column.kind.name()
                )
            })?;
            cells.push(cell);
        }
    }
    let read = if complete { FactTable::new } else { FactTable::partial };
    read(Arc::clone(shape), cells).map_err(|e| format!("the recording is damaged: {e}"))
}

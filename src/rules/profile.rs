//! Profiles: what is known about a kind of target without asking it.
//!
//! A profile is a folder `profiles/<name>/` with `profile.toml` (single facts) and tab-separated tables. Each table is
//! a probe of kind `profile`, so rules read `profile.extensions` as they read `source.extensions`. A user's profile is one
//! file, based on one of these.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::facts::{Cell, ColumnType, FactTable, Facts, ProbeFacts, Shape};
use crate::rules::cell::toml_cell;
use crate::rules::probe::{Probe, ProbeKind};
use crate::rules::problem::{Problem, Reporter, did_you_mean};

/// The key that names the profile another one starts from.
const BASED_ON: &str = "based_on";

/// The table with the single facts of a profile.
const INFO: &str = "info";

/// One profile.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Its tables.
    pub facts: Facts,
}

/// All profiles, by name.
pub type Profiles = BTreeMap<String, Profile>;

/// Reads a profile from its files: file name to text. Tables it lacks are empty.
pub(crate) fn read_profile(
    name: &str,
    files: &BTreeMap<&str, &str>,
    probes: &BTreeMap<String, Probe>,
    problems: &mut Vec<Problem>,
) -> Profile {
    let mut facts = Facts::new();
    let path = |file: &str| format!("profiles/{name}/{file}");
    for probe in probes.values().filter(|probe| probe.kind == ProbeKind::Profile) {
        let file = if probe.name == INFO { "profile.toml".to_owned() } else { format!("{}.tsv", probe.name) };
        let text = files.get(file.as_str()).copied().unwrap_or_default();
        let path = path(&file);
        let mut reporter = Reporter::new(&path, text);
        let rows = if probe.name == INFO {
            info_row(&mut reporter, &probe.shape)
        } else {
            tsv_rows(&mut reporter, &probe.shape)
        };
        let damaged = !reporter.problems.is_empty();
        problems.append(&mut reporter.problems);
        let table = match FactTable::new(Arc::clone(&probe.shape), rows) {
            Ok(table) => ProbeFacts::Table(table),
            Err(error) => {
                if !damaged {
                    problems.push(Problem {
                        file: path,
                        text: text.to_owned(),
                        span: 0..0,
                        message: error.to_string(),
                        help: None,
                    });
                }
                ProbeFacts::Failed(error.to_string())
            }
        };
        facts.insert(probe.name.clone(), table);
    }
    for file in files.keys() {
        let known = |f: &str| {
            f == "profile.toml"
                || f.strip_suffix(".tsv")
                    .is_some_and(|n| probes.get(n).is_some_and(|p| p.kind == ProbeKind::Profile))
        };
        if !known(file) {
            problems.push(Problem {
                file: path(file),
                text: String::new(),
                span: 0..0,
                message: "no probe of kind `profile` has this name".to_owned(),
                help: None,
            });
        }
    }
    Profile { name: name.to_owned(), facts }
}

fn info_row(reporter: &mut Reporter<'_>, shape: &Shape) -> Vec<Vec<Cell>> {
    let table: toml::Table = match toml::from_str(reporter.text) {
        Ok(table) => table,
        Err(error) => {
            reporter.report_toml(&error);
            return Vec::new();
        }
    };
    for key in table.keys() {
        if shape.position(key).is_none() {
            let at = reporter.text.find(key.as_str()).unwrap_or(0);
            let help = did_you_mean(key, shape.columns.iter().map(|c| c.name.as_str()));
            reporter.report(at..at + key.len(), format!("a profile has no `{key}`"), help);
        }
    }
    let cells = shape.columns.iter().map(|column| match table.get(&column.name) {
        None => Cell::Null,
        Some(value) => toml_cell(value).unwrap_or(Cell::Null),
    });
    vec![cells.collect()]
}

fn tsv_rows(reporter: &mut Reporter<'_>, shape: &Shape) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    let mut header: Option<Vec<&str>> = None;
    let mut at = 0;
    let text = reporter.text;
    for line in text.split_inclusive('\n') {
        let span = at..at + line.trim_end().len();
        at += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let fields: Vec<&str> = line.split('\t').collect();
        let Some(header) = &header else {
            header = Some(fields);
            continue;
        };
        let cells: Result<Vec<Cell>, String> = shape
            .columns
            .iter()
            .map(|column| {
                let field = header
                    .iter()
                    .position(|h| *h == column.name)
                    .and_then(|i| fields.get(i))
                    .filter(|f| !f.is_empty());
                let parsed = match (field, column.kind) {
                    (None, _) => Some(Cell::Null),
                    (Some(field), ColumnType::List) => {
                        Some(Cell::List(field.split(',').map(str::to_owned).collect()))
                    }
                    (Some(field), ColumnType::Bool) => match *field {
                        "yes" => Some(Cell::Bool(true)),
                        "no" => Some(Cell::Bool(false)),
                        _ => None,
                    },
                    (Some(field), kind) => kind.parse_cell(Some(field)),
                };
                parsed.ok_or_else(|| format!("column `{}` is not a {}", column.name, column.kind.name()))
            })
            .collect();
        match cells {
            Ok(cells) => rows.push(cells),
            Err(message) => reporter.report(span, message, None),
        }
    }
    rows
}

/// Reads a profile of a user: one file with `based_on`, the single facts that differ, and whole tables as arrays of
/// tables, which take the place of those of the profile it is based on.
pub(crate) fn read_profile_file(
    path: &str,
    text: &str,
    profiles: &Profiles,
    probes: &BTreeMap<String, Probe>,
) -> Result<Profile, Vec<Problem>> {
    let mut reporter = Reporter::new(path, text);
    let table: toml::Table = toml::from_str(text).map_err(|error| {
        reporter.report_toml(&error);
        std::mem::take(&mut reporter.problems)
    })?;
    let place = |key: &str| {
        let at = text.find(key).unwrap_or(0);
        at..(at + key.len()).min(text.len())
    };
    let base_name = table.get(BASED_ON).and_then(toml::Value::as_str).unwrap_or("postgresql");
    let Some(base) = profiles.get(base_name) else {
        let help = did_you_mean(base_name, profiles.keys().map(String::as_str));
        reporter.report(place(base_name), format!("there is no profile `{base_name}`"), help);
        return Err(reporter.problems);
    };
    let mut facts = base.facts.clone();
    let shape_of = |name: &str| probes.get(name).filter(|p| p.kind == ProbeKind::Profile).map(|p| &p.shape);
    let info = shape_of(INFO).map(Arc::clone);
    for (key, value) in table.iter().filter(|(key, _)| *key != BASED_ON) {
        match (value, shape_of(key)) {
            (toml::Value::Array(rows), Some(shape))
                if key != INFO && rows.iter().all(toml::Value::is_table) =>
            {
                let rows = rows.iter().filter_map(toml::Value::as_table).map(|row| {
                    for column in row.keys().filter(|column| shape.position(column).is_none()) {
                        let help = did_you_mean(column, shape.columns.iter().map(|c| c.name.as_str()));
                        reporter.report(place(column), format!("{key} has no column `{column}`"), help);
                    }
                    shape
                        .columns
                        .iter()
                        .map(|column| cell(&mut reporter, place(&column.name), column, row.get(&column.name)))
                        .collect()
                });
                let rows: Vec<Vec<Cell>> = rows.collect();
                match FactTable::new(Arc::clone(shape), rows) {
                    Ok(table) => {
                        facts.insert(key.clone(), ProbeFacts::Table(table));
                    }
                    Err(error) => reporter.report(place(key), error.to_string(), None),
                }
            }
            _ => {
                let known = info.iter().flat_map(|shape| shape.columns.iter().map(|c| c.name.as_str()));
                let Some(column) =
                    info.as_ref().and_then(|shape| shape.columns.iter().find(|c| c.name == *key))
                else {
                    let help = did_you_mean(key, known.chain([BASED_ON]));
                    reporter.report(place(key), format!("a profile has no `{key}`"), help);
                    continue;
                };
                let given = cell(&mut reporter, place(key), column, Some(value));
                if let (Some(shape), Some(ProbeFacts::Table(base))) = (&info, facts.get(INFO)) {
                    let mut cells = base.rows().first().map(|row| row.cells.clone()).unwrap_or_default();
                    if let Some(at) = shape.position(key).filter(|at| *at < cells.len()) {
                        cells[at] = given;
                    }
                    if let Ok(table) = FactTable::new(Arc::clone(shape), vec![cells]) {
                        facts.insert(INFO.to_owned(), ProbeFacts::Table(table));
                    }
                }
            }
        }
    }
    if !reporter.problems.is_empty() {
        return Err(reporter.problems);
    }
    let stem = std::path::Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    Ok(Profile { name: stem.unwrap_or_else(|| path.to_owned()), facts })
}

/// A value of the type that its column declares.
fn cell(
    reporter: &mut Reporter<'_>,
    place: std::ops::Range<usize>,
    column: &crate::facts::Column,
    value: Option<&toml::Value>,
) -> Cell {
    let cell = value.and_then(toml_cell).unwrap_or(Cell::Null);
    let fits = matches!(
        (&cell, column.kind),
        (Cell::Bool(_), ColumnType::Bool)
            | (Cell::Int(_), ColumnType::Int)
            | (Cell::Float(_), ColumnType::Float)
            | (Cell::Text(_), ColumnType::Text | ColumnType::Sql)
            | (Cell::List(_), ColumnType::List)
    ) || (cell == Cell::Null && column.nullable && value.is_none());
    if !fits {
        let wanted = column.kind.name();
        reporter.report(place, format!("`{}` must be given, as {wanted}", column.name), None);
    }
    cell
}

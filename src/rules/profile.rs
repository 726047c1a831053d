//! Profiles: what is known about a kind of target without asking it.
//!
//! A profile is a folder `profiles/<name>/` with `profile.toml` (single facts) and tab-separated tables. Each table is
//! a probe of kind `profile`, so rules read `profile.extensions` as they read `source.extensions`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::facts::{Cell, ColumnType, FactTable, Facts, ProbeFacts, Shape};
use crate::rules::case::toml_cell;
use crate::rules::probe::{Probe, ProbeKind};
use crate::rules::problem::{Problem, Reporter, did_you_mean};

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

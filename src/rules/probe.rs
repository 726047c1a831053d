//! A probe: a question to a server, with the shape of the answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use crate::facts::{Cell, Column, ColumnType, ObjectColumns, Shape};
use crate::pg::ServerVersion;
use crate::rules::cell::typed_cell;
use crate::rules::problem::{Reporter, did_you_mean};
use crate::rules::view::Root;

/// How often a probe is asked or a rule is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Once per server.
    Instance,
    /// Once per database.
    Database,
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProbeKind {
    /// The server, by SQL.
    Sql,
    /// This program: facts about the run (`run.…`).
    Run,
    /// The profile of the target (`profile.…`).
    Profile,
    /// A rehearsal on the target (`target.…`), where there was one.
    Rehearsal,
}

/// What an answer costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cost {
    /// A look into the catalog.
    #[default]
    Catalog,
    /// The rows of tables of users. The query returns statements, one per part: `reads` says of what, `bytes` of which
    /// size, `statement` is run and returns rows. Columns of the shape that the query itself returns are those of all
    /// these rows.
    Scan,
}

/// The probe that tells which kinds of objects a database has.
pub const INVENTORY: &str = "inventory";

/// A checked probe.
#[derive(Debug, Clone)]
pub struct Probe {
    /// Its name, from the file's name.
    pub name: String,
    /// Who answers.
    pub kind: ProbeKind,
    /// How often it is asked.
    pub scope: Scope,
    /// What it tells.
    pub about: String,
    /// The predefined role that lets a user ask it, where not everyone may.
    pub granted_by: Option<String>,
    /// Kinds of objects, columns of the inventory: in a database that has none of them the answer is empty. Asked always
    /// when there are none.
    pub only_with: Vec<String>,
    /// What an answer costs.
    pub cost: Cost,
    /// The option without which nobody answers, and the probe has no facts.
    pub asked_with: Option<String>,
    /// For a scan: the columns that are the same in all rows of a part, and are told before it is read.
    pub known: Vec<String>,
    /// For a scan: a statement that fails over what it reads becomes a row, with the server's words in this column.
    pub error_column: Option<String>,
    /// For a scan: read the tables themselves, never an index.
    pub without_indexes: bool,
    /// For a scan: its query says of each part whether the catalog gives reason to doubt the rows (`suspect`); such parts
    /// are read always.
    pub suspects: bool,
    /// The shape of the answer.
    pub shape: Arc<Shape>,
    /// The query by the first major version it is *not* for, ascending; the last has none.
    queries: Vec<(Option<ServerVersion>, String)>,
}

impl Probe {
    /// Whether rules find it under this root.
    pub fn is_under(&self, root: Root) -> bool {
        match root {
            Root::Source => self.kind == ProbeKind::Sql,
            Root::Target => matches!(self.kind, ProbeKind::Sql | ProbeKind::Rehearsal),
            Root::Profile => self.kind == ProbeKind::Profile,
            Root::Run => self.kind == ProbeKind::Run,
        }
    }

    /// The query for a server of this version.
    pub fn sql(&self, version: ServerVersion) -> Option<&str> {
        self.queries
            .iter()
            .find(|(before, _)| before.is_none_or(|before| version.major_num() < before.0))
            .map(|(_, sql)| sql.as_str())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProbeFile {
    #[serde(default = "sql_kind")]
    kind: ProbeKind,
    scope: Scope,
    about: String,
    #[serde(default)]
    key: Vec<Spanned<String>>,
    granted_by: Option<String>,
    #[serde(default)]
    only_with: Vec<String>,
    #[serde(default)]
    cost: Cost,
    asked_with: Option<String>,
    #[serde(default)]
    known: Vec<Spanned<String>>,
    #[serde(default)]
    object: Vec<Spanned<String>>,
    extension: Option<Spanned<String>>,
    #[serde(default)]
    assumed: toml::Table,
    error_column: Option<Spanned<String>>,
    #[serde(default)]
    without_indexes: bool,
    #[serde(default)]
    suspects: bool,
    #[serde(default)]
    one_row: bool,
    columns: toml::Table,
}

fn sql_kind() -> ProbeKind {
    ProbeKind::Sql
}

/// Reads `probes/<name>.toml`; `queries` are the texts of `<name>.sql` and `<name>.before-<major>.sql`.
pub(crate) fn read_probe(
    name: &str,
    reporter: &mut Reporter<'_>,
    queries: &BTreeMap<String, String>,
) -> Option<Probe> {
    let file: ProbeFile = match toml::from_str(reporter.text) {
        Ok(file) => file,
        Err(error) => {
            reporter.report_toml(&error);
            return None;
        }
    };
    // The order of the columns in the file is not kept by the parser and does not matter: rows are matched by name.
    let mut columns = Vec::new();
    for (column, kind) in &file.columns {
        let declared = kind.as_str().unwrap_or_default();
        let (bare, nullable) = declared.strip_suffix('?').map_or((declared, false), |bare| (bare, true));
        match ColumnType::parse(bare) {
            Some(kind) => columns.push(Column { name: column.clone(), kind, nullable }),
            None => reporter.report(
                find_span(reporter.text, column),
                format!("column `{column}` has no type of {}", ColumnType::NAMES.join(", ")),
                did_you_mean(bare, ColumnType::NAMES.iter().copied()),
            ),
        }
    }
    let mut key = Vec::new();
    for part in &file.key {
        match columns.iter().position(|c| c.name == *part.get_ref()) {
            Some(position) => key.push(position),
            None => reporter.report(
                part.span(),
                format!("no column `{}` to be part of the key", part.get_ref()),
                did_you_mean(part.get_ref(), columns.iter().map(|c| c.name.as_str())),
            ),
        }
    }
    for named in file.known.iter().chain(&file.error_column) {
        if !columns.iter().any(|c| c.name == *named.get_ref()) {
            let help = did_you_mean(named.get_ref(), columns.iter().map(|c| c.name.as_str()));
            reporter.report(named.span(), format!("no column `{}`", named.get_ref()), help);
        }
    }
    let queries = match file.kind {
        ProbeKind::Sql => read_queries(name, reporter, queries)?,
        ProbeKind::Run | ProbeKind::Profile | ProbeKind::Rehearsal => Vec::new(),
    };
    let object = read_object(reporter, &columns, &file);
    let assumed = read_assumed(reporter, &columns, &file);
    let shape = Arc::new(Shape { columns, key, one_row: file.one_row, object, assumed });
    Some(Probe {
        name: name.to_owned(),
        kind: file.kind,
        scope: file.scope,
        about: file.about,
        granted_by: file.granted_by,
        only_with: file.only_with,
        asked_with: file.asked_with.or_else(|| (file.cost == Cost::Scan).then(|| "--deep".to_owned())),
        cost: file.cost,
        known: file.known.into_iter().map(Spanned::into_inner).collect(),
        error_column: file.error_column.map(Spanned::into_inner),
        without_indexes: file.without_indexes,
        suspects: file.suspects,
        shape,
        queries,
    })
}

fn read_queries(
    name: &str,
    reporter: &mut Reporter<'_>,
    files: &BTreeMap<String, String>,
) -> Option<Vec<(Option<ServerVersion>, String)>> {
    let mut queries = Vec::new();
    let prefix = format!("{name}.before-");
    for (file, sql) in files {
        if let Some(major) = file.strip_prefix(&prefix) {
            match ServerVersion::from_major(major) {
                Some(version) => queries.push((Some(version), sql.clone())),
                None => reporter.report(0..0, format!("`{file}.sql` does not name a major version"), None),
            }
        }
    }
    queries.sort_by_key(|(before, _)| *before);
    if let Some(sql) = files.get(name) {
        queries.push((None, sql.clone()));
        Some(queries)
    } else {
        reporter.report(0..0, format!("the query `{name}.sql` is missing"), None);
        None
    }
}

/// Which columns name what a row is about: schema and name of a relation, one column with a qualified name, or an extension.
fn read_object(reporter: &mut Reporter<'_>, columns: &[Column], file: &ProbeFile) -> ObjectColumns {
    let mut at = Vec::new();
    for named in file.object.iter().chain(&file.extension) {
        match columns.iter().position(|c| c.name == *named.get_ref()) {
            Some(position) => at.push(position),
            None => {
                let help = did_you_mean(named.get_ref(), columns.iter().map(|c| c.name.as_str()));
                reporter.report(named.span(), format!("no column `{}`", named.get_ref()), help);
            }
        }
    }
    match (at.as_slice(), &file.extension) {
        ([name], Some(_)) => ObjectColumns::Extension(*name),
        ([name], None) => ObjectColumns::Qualified(*name),
        ([schema, name], None) => ObjectColumns::Relation(*schema, *name),
        ([], _) => ObjectColumns::None,
        _ => {
            let span = file.object.first().map_or(0..0, Spanned::span);
            reporter.report(span, "`object` has one or two columns, and `extension` stands alone", None);
            ObjectColumns::None
        }
    }
}

/// The row of `[assumed]`, complete or not at all.
fn read_assumed(reporter: &mut Reporter<'_>, columns: &[Column], file: &ProbeFile) -> Vec<Cell> {
    if file.assumed.is_empty() {
        return Vec::new();
    }
    let unknown = file.assumed.keys().find(|key| !columns.iter().any(|c| c.name == **key));
    if let Some(key) = unknown {
        reporter.report(find_span(reporter.text, key), format!("no column `{key}`"), None);
    }
    let cell =
        |column: &Column| file.assumed.get(&column.name).and_then(|value| typed_cell(value, column.kind));
    columns
        .iter()
        .map(|column| {
            cell(column).unwrap_or_else(|| {
                let kind = column.kind.name();
                reporter.report(0..0, format!("`[assumed]` needs `{}`, as {kind}", column.name), None);
                Cell::Null
            })
        })
        .collect()
}

fn find_span(text: &str, word: &str) -> std::ops::Range<usize> {
    text.rfind(&format!("\n{word}")).map_or(0..0, |at| at + 1..at + 1 + word.len())
}

//! All rows of one probe, with their shape and an index by key.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::facts::cell::{Cell, ColumnType};

/// A declared column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: ColumnType,
    /// Whether the query may return NULL. Declared with `?` behind the type.
    pub nullable: bool,
}

/// Which columns name the object that a row is about, by their positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ObjectColumns {
    /// None do.
    #[default]
    None,
    /// A table, view or sequence: its schema, and its name.
    Relation(usize, usize),
    /// A text of the server that names an object with its schema in front.
    Qualified(usize),
    /// An extension.
    Extension(usize),
}

/// What the rows of a probe look like.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shape {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// Positions of the key columns; empty when rows have no key.
    pub key: Vec<usize>,
    /// Whether there is exactly one row, addressed without an index.
    pub one_row: bool,
    /// What each row is about.
    pub object: ObjectColumns,
    /// The row that stands where there is none, such as in a recording of a version that did not know it yet; empty where
    /// nothing can be assumed.
    pub assumed: Vec<Cell>,
}

impl Shape {
    /// The position of a column.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }

    /// Cells in the order of the columns, from pairs of column and value.
    pub fn ordered(&self, row: &[(&str, Cell)]) -> Vec<Cell> {
        let value = |name: &str| {
            row.iter().find(|(column, _)| *column == name).map_or(Cell::Null, |(_, cell)| cell.clone())
        };
        self.columns.iter().map(|column| value(&column.name)).collect()
    }

    /// The same shape with the name of the database in front, for rules that look at all databases at once.
    #[must_use]
    pub fn with_database(&self) -> Shape {
        let mut columns =
            vec![Column { name: "database".to_owned(), kind: ColumnType::Text, nullable: false }];
        columns.extend(self.columns.iter().cloned());
        let key = std::iter::once(0).chain(self.key.iter().map(|k| k + 1)).collect();
        let object = match self.object {
            ObjectColumns::None => ObjectColumns::None,
            ObjectColumns::Relation(schema, name) => ObjectColumns::Relation(schema + 1, name + 1),
            ObjectColumns::Qualified(name) => ObjectColumns::Qualified(name + 1),
            ObjectColumns::Extension(name) => ObjectColumns::Extension(name + 1),
        };
        let key = if self.key.is_empty() { Vec::new() } else { key };
        Shape { columns, key, one_row: false, object, assumed: Vec::new() }
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The shape shared by all rows of the table.
    pub shape: Arc<Shape>,
    /// The cells, in the order of the columns.
    pub cells: Vec<Cell>,
}

impl Row {
    /// The row by the names of its columns.
    pub fn to_json(&self) -> Map<String, Value> {
        let cells = self.shape.columns.iter().zip(&self.cells);
        cells.map(|(column, cell)| (column.name.clone(), cell.to_json())).collect()
    }

    /// The cell of a column.
    pub fn get(&self, name: &str) -> Option<&Cell> {
        self.shape.position(name).and_then(|i| self.cells.get(i))
    }
}

/// What is wrong with rows that were read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A row does not have one cell per column.
    #[error("expected {expected} columns, found {found}")]
    Width {
        /// Columns declared.
        expected: usize,
        /// Cells found.
        found: usize,
    },
    /// A column that must not be null is.
    #[error("column `{column}` is null, but is not declared so")]
    Null {
        /// The column.
        column: String,
    },
    /// The probe promises one row.
    #[error("expected exactly one row, found {found}")]
    NotOneRow {
        /// Rows found.
        found: usize,
    },
}

/// All rows of one probe.
#[derive(Debug, Clone)]
pub struct FactTable {
    /// What the rows look like.
    pub shape: Arc<Shape>,
    /// What the rows do not tell: the part that a scan did not get to, and why. Without violations such a table is no pass.
    pub unread: Option<String>,
    /// Whether only the parts were read that are doubtful already by the catalog. Without violations such a table says nothing.
    pub only_suspects: bool,
    rows: Vec<Row>,
    index: HashMap<String, usize>,
}

/// Stands between the parts of a key. PostgreSQL names may hold it, but then two keys only collide when both do.
const KEY_SEPARATOR: &str = "\u{1f}";

impl FactTable {
    /// Checks the rows against the shape and indexes them.
    pub fn new(shape: Arc<Shape>, rows: Vec<Vec<Cell>>) -> Result<FactTable, TableError> {
        Self::build(shape, rows, true)
    }

    /// Like [`FactTable::new`], but lets columns be null: the cases of a rule name only the columns they need.
    pub fn partial(shape: Arc<Shape>, rows: Vec<Vec<Cell>>) -> Result<FactTable, TableError> {
        Self::build(shape, rows, false)
    }

    fn build(shape: Arc<Shape>, cells: Vec<Vec<Cell>>, strict: bool) -> Result<FactTable, TableError> {
        if shape.one_row && cells.len() != 1 {
            return Err(TableError::NotOneRow { found: cells.len() });
        }
        let mut rows = Vec::with_capacity(cells.len());
        let mut index = HashMap::new();
        for (i, cells) in cells.into_iter().enumerate() {
            if cells.len() != shape.columns.len() {
                return Err(TableError::Width { expected: shape.columns.len(), found: cells.len() });
            }
            if strict {
                let null = cells
                    .iter()
                    .zip(&shape.columns)
                    .find(|(cell, column)| **cell == Cell::Null && !column.nullable);
                if let Some((_, column)) = null {
                    return Err(TableError::Null { column: column.name.clone() });
                }
            }
            if !shape.key.is_empty() {
                let parts: Vec<String> = shape.key.iter().map(|k| cells[*k].key_text()).collect();
                index.insert(parts.join(KEY_SEPARATOR), i);
            }
            rows.push(Row { shape: Arc::clone(&shape), cells });
        }
        Ok(FactTable { shape, unread: None, only_suspects: false, rows, index })
    }

    /// The row that can be assumed where there is none.
    pub fn assumed(shape: &Arc<Shape>) -> Option<FactTable> {
        let row = vec![shape.assumed.clone()];
        if shape.assumed.is_empty() { None } else { Self::build(Arc::clone(shape), row, false).ok() }
    }

    /// The rows, in the order the query gave them.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row with this key.
    pub fn by_key(&self, parts: &[String]) -> Option<&Row> {
        self.index.get(&parts.join(KEY_SEPARATOR)).map(|i| &self.rows[*i])
    }

    /// Appends the rows of `other` behind the name of their database; `self` has the shape [`Shape::with_database`].
    pub fn extend_from_database(&mut self, database: &str, other: &FactTable) {
        for row in other.rows() {
            let mut cells = vec![Cell::Text(database.to_owned())];
            cells.extend(row.cells.iter().cloned());
            if !self.shape.key.is_empty() {
                let parts: Vec<String> = self.shape.key.iter().map(|k| cells[*k].key_text()).collect();
                self.index.insert(parts.join(KEY_SEPARATOR), self.rows.len());
            }
            self.rows.push(Row { shape: Arc::clone(&self.shape), cells });
        }
    }
}

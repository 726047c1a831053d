//! TOML values as cells.

use crate::facts::{Cell, ColumnType};

/// A TOML value as a cell of this type.
pub(crate) fn typed_cell(value: &toml::Value, kind: ColumnType) -> Option<Cell> {
    toml_cell(value).filter(|cell| fits(cell, kind))
}

/// A TOML value as a cell. `None` for what no column can hold.
pub(crate) fn toml_cell(value: &toml::Value) -> Option<Cell> {
    Some(match value {
        toml::Value::String(text) => Cell::Text(text.clone()),
        toml::Value::Integer(int) => Cell::Int(*int),
        toml::Value::Float(float) => Cell::Float(*float),
        toml::Value::Boolean(truth) => Cell::Bool(*truth),
        toml::Value::Array(items) => {
            Cell::List(items.iter().map(|i| i.as_str().map(str::to_owned)).collect::<Option<_>>()?)
        }
        toml::Value::Datetime(_) | toml::Value::Table(_) => return None,
    })
}

fn fits(cell: &Cell, kind: ColumnType) -> bool {
    match kind {
        ColumnType::Bool => matches!(cell, Cell::Bool(_)),
        ColumnType::Int => matches!(cell, Cell::Int(_)),
        ColumnType::Float => matches!(cell, Cell::Float(_)),
        ColumnType::Text | ColumnType::Sql => matches!(cell, Cell::Text(_)),
        ColumnType::List => matches!(cell, Cell::List(_)),
    }
}

//! One value of a fact, and the type a column declares for it.

use serde_json::Value;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// SQL NULL, or a column that a case leaves out.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A text; a name as the catalog holds it, without quotes.
    Text(String),
    /// Several texts.
    List(Vec<String>),
}

/// The type of a column, as a probe declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `float`
    Float,
    /// `text`
    Text,
    /// `sql`: a text that the server has already quoted (`format_type`, `pg_get_constraintdef`), so that it may stand
    /// in ready SQL.
    Sql,
    /// `list`: several texts; the query gives them as a JSON array.
    List,
}

impl ColumnType {
    /// The names a probe file may use.
    pub const NAMES: &[&str] = &["bool", "int", "float", "text", "sql", "list"];

    /// The type with this name.
    pub fn parse(name: &str) -> Option<ColumnType> {
        Some(match name {
            "bool" => Self::Bool,
            "int" => Self::Int,
            "float" => Self::Float,
            "text" => Self::Text,
            "sql" => Self::Sql,
            "list" => Self::List,
            _ => return None,
        })
    }

    /// The name in a probe file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::Text => "text",
            Self::Sql => "sql",
            Self::List => "list",
        }
    }

    /// Reads what a server sent in text format. `None` means that the text is not of this type.
    pub fn parse_cell(self, text: Option<&str>) -> Option<Cell> {
        let Some(text) = text else { return Some(Cell::Null) };
        match self {
            Self::Bool => match text {
                "t" | "true" => Some(Cell::Bool(true)),
                "f" | "false" => Some(Cell::Bool(false)),
                _ => None,
            },
            Self::Int => text.parse().ok().map(Cell::Int),
            Self::Float => text.parse().ok().map(Cell::Float),
            Self::Text | Self::Sql => Some(Cell::Text(text.to_owned())),
            Self::List => serde_json::from_str(text).ok().map(Cell::List),
        }
    }

    /// Reads a JSON value of a recording. `None` means that the value is not of this type.
    pub fn json_cell(self, value: &Value) -> Option<Cell> {
        match (self, value) {
            (_, Value::Null) => Some(Cell::Null),
            (Self::Bool, Value::Bool(b)) => Some(Cell::Bool(*b)),
            (Self::Int, Value::Number(n)) => n.as_i64().map(Cell::Int),
            (Self::Float, Value::Number(n)) => n.as_f64().map(Cell::Float),
            (Self::Text | Self::Sql, Value::String(s)) => Some(Cell::Text(s.clone())),
            (Self::List, Value::Array(items)) => {
                items.iter().map(|i| i.as_str().map(str::to_owned)).collect::<Option<_>>().map(Cell::List)
            }
            _ => None,
        }
    }
}

impl Cell {
    /// The cell as JSON, for recordings and evidence.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(b) => Value::from(*b),
            Self::Int(i) => Value::from(*i),
            Self::Float(f) => Value::from(*f),
            Self::Text(s) => Value::from(s.as_str()),
            Self::List(items) => Value::from(items.clone()),
        }
    }

    /// The cell as text, for keys.
    pub fn key_text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(b) => b.to_string(),
            Self::Int(i) => i.to_string(),
            Self::Float(f) => f.to_string(),
            Self::Text(s) => s.clone(),
            Self::List(items) => items.join(","),
        }
    }
}

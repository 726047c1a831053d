//! The types of expressions, as the checker sees them.

use std::fmt;
use std::sync::Arc;

use crate::facts::{ColumnType, Shape};
use crate::rules::view::Root;

/// The type of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// A number with a fraction.
    Float,
    /// A text.
    Text,
    /// A text that may stand in SQL as it is.
    Sql,
    /// `null`.
    Null,
    /// Several values of one type; none for the empty list.
    List(Option<Box<Type>>),
    /// A row of a probe.
    Row(Arc<Shape>),
    /// The rows of a probe.
    Table(Arc<Shape>),
    /// `source`, `target`, `profile` or `run`.
    Root(Root),
    /// `params`.
    Params,
}

impl Type {
    /// The type of a column.
    pub fn of_column(kind: ColumnType) -> Type {
        match kind {
            ColumnType::Bool => Self::Bool,
            ColumnType::Int => Self::Int,
            ColumnType::Float => Self::Float,
            ColumnType::Text => Self::Text,
            ColumnType::Sql => Self::Sql,
            ColumnType::List => Self::List(Some(Box::new(Self::Text))),
        }
    }

    /// Whether a value of this type can be shown in a message.
    pub fn is_shown(&self) -> bool {
        matches!(self, Self::Bool | Self::Int | Self::Float | Self::Text | Self::Sql | Self::Null)
            || matches!(self, Self::List(Some(item)) if matches!(**item, Self::Text | Self::Sql | Self::Int))
    }

    /// Whether a value of type `other` may stand where this one is expected.
    pub fn accepts(&self, other: &Type) -> bool {
        match (self, other) {
            (Self::Text, Self::Sql) | (Self::List(_), Self::List(None)) => true,
            (Self::List(Some(a)), Self::List(Some(b))) => a.accepts(b),
            (a, b) => a == b,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Float => f.write_str("float"),
            Self::Text => f.write_str("text"),
            Self::Sql => f.write_str("sql"),
            Self::Null => f.write_str("null"),
            Self::List(None) => f.write_str("empty list"),
            Self::List(Some(item)) => write!(f, "list of {item}"),
            Self::Row(_) => f.write_str("row"),
            Self::Table(_) => f.write_str("table"),
            Self::Root(root) => write!(f, "`{root}`"),
            Self::Params => f.write_str("`params`"),
        }
    }
}

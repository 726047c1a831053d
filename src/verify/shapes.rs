//! What the types of a database's columns are made of.

use crate::server::{Session, WorkError, cell_text, doing};
use crate::verify::values::{Shape, Shapes};

/// Reads every type that a column of a user's relation has, and those that it is made of.
pub(crate) async fn read(session: &Session) -> Result<Shapes, WorkError> {
    let action = || format!("read the types of the {}", session.side);
    let rows = session.rows(include_str!("shapes.sql")).await.map_err(doing(action()))?;
    rows.iter()
        .map(|row| {
            let number = |at: usize| cell_text(row, at).parse::<u32>().ok();
            let attributes = || serde_json::from_str(&cell_text(row, 5)).ok();
            let shape = match cell_text(row, 1).as_str() {
                "domain" => number(2).map(Shape::Domain),
                "array" => number(2).map(Shape::Array),
                "range" => number(2).map(Shape::Range),
                "composite" => attributes().map(Shape::Composite),
                _ => Some(Shape::Base((cell_text(row, 3) == "t").then(|| cell_text(row, 4)))),
            };
            number(0).zip(shape).ok_or_else(|| WorkError::Statement {
                action: action(),
                reason: format!("type {} has no readable description", cell_text(row, 4)),
                sqlstate: None,
            })
        })
        .collect()
}

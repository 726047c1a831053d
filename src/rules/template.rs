//! Texts with holes: `table {it.schema}.{it.name}`. `{{` and `}}` stand for the braces themselves.

use std::collections::BTreeSet;

use crate::rules::check::Scopes;
use crate::rules::expr::{EvalScope, Expr};
use crate::rules::problem::ExprProblem;
use crate::rules::types::Type;
use crate::rules::view::Root;

/// A checked text with holes.
#[derive(Debug)]
pub struct Template {
    source: String,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Hole(Expr),
}

impl Template {
    /// Parses and checks a text. With `sql`, a hole may only hold what is safe to stand in a statement.
    pub(crate) fn compile(
        source: &str,
        scopes: &Scopes<'_>,
        sql: bool,
    ) -> Result<Template, Vec<ExprProblem>> {
        let mut pieces = Vec::new();
        let mut problems = Vec::new();
        let mut text = String::new();
        let mut rest = 0;
        while let Some(found) = source[rest..].find(['{', '}']) {
            let at = rest + found;
            text.push_str(&source[rest..at]);
            let brace = &source[at..=at];
            if source[at + 1..].starts_with(brace) {
                text.push_str(brace);
                rest = at + 2;
                continue;
            }
            if brace == "}" {
                problems.push(ExprProblem {
                    span: at..at + 1,
                    message: "this `}` closes nothing".to_owned(),
                    help: Some("write `}}` for the brace itself".to_owned()),
                });
                rest = at + 1;
                continue;
            }
            let Some(length) = hole_length(&source[at + 1..]) else {
                problems.push(ExprProblem {
                    span: at..at + 1,
                    message: "this `{` is never closed".to_owned(),
                    help: Some("write `{{` for the brace itself".to_owned()),
                });
                rest = source.len();
                break;
            };
            let hole = at + 1..at + 1 + length;
            match Expr::compile(&source[hole.clone()], scopes) {
                Ok(expr) if sql && !matches!(expr.kind, Type::Sql | Type::Int) => {
                    problems.push(ExprProblem {
                        span: hole.clone(),
                        message: format!("a {} cannot stand in SQL as it is", expr.kind),
                        help: Some("use `ident(…)`, `qualified(…, …)` or `literal(…)`".to_owned()),
                    });
                }
                Ok(expr) if !expr.kind.is_shown() => problems.push(ExprProblem {
                    span: hole.clone(),
                    message: format!("a {} cannot be shown in a text", expr.kind),
                    help: None,
                }),
                Ok(expr) => {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                    pieces.push(Piece::Hole(expr));
                }
                Err(found) => problems.extend(found.into_iter().map(|mut problem| {
                    problem.span = problem.span.start + hole.start..problem.span.end + hole.start;
                    problem
                })),
            }
            rest = hole.end + 1;
        }
        text.push_str(&source[rest.min(source.len())..]);
        pieces.push(Piece::Text(text));
        if problems.is_empty() { Ok(Template { source: source.to_owned(), pieces }) } else { Err(problems) }
    }

    /// The text as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn reads(&self) -> BTreeSet<(Root, String)> {
        self.pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Text(_) => None,
                Piece::Hole(expr) => Some(expr.reads.iter().cloned()),
            })
            .flatten()
            .collect()
    }

    /// Fills the holes. The error says which one could not be.
    pub fn fill(&self, scope: &EvalScope<'_, '_>) -> Result<String, String> {
        let mut filled = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Hole(expr) => filled.push_str(&expr.text(scope)?),
            }
        }
        Ok(filled)
    }
}

/// The bytes up to the closing brace; a brace inside a quoted text does not close.
fn hole_length(text: &str) -> Option<usize> {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '}' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

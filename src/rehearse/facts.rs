//! What a rehearsal came to, as facts that rules judge.

use std::sync::Arc;

use crate::facts::{Cell, FactSet, FactTable, ProbeFacts, Side};
use crate::outcome::{DatabaseRehearsal, RehearsalReport};
use crate::rules::RuleSet;

/// Why a probe of a rehearsal has no answer.
const NOT_REHEARSED: &str = "the rehearsal did not get there";

type FactRow = Vec<(&'static str, Cell)>;

/// Adds what was found to the facts of the databases. `error` is why there is no report, if there is none.
pub fn add_facts(rules: &RuleSet, rehearsal: Result<&RehearsalReport, &str>, facts: &mut FactSet) {
    for pair in facts.databases.clone() {
        let of_database = rehearsal.map(|report| report.databases.iter().find(|d| d.name == pair.source));
        let (done, why) = match of_database {
            Ok(Some(done)) => (Some(done), done.could_not_rehearse.as_deref()),
            Ok(None) => (None, Some(NOT_REHEARSED)),
            Err(error) => (None, Some(error)),
        };
        let tables = [
            ("rehearsed_statements", done.map(|done| Some(statements(done)))),
            ("rehearsed_functions", done.map(functions)),
            ("rehearsed_queries", done.map(queries)),
        ];
        let of_database = facts.side_mut(Side::Target).databases.entry(pair.target).or_default();
        for (name, rows) in tables {
            let Some(probe) = rules.probes.get(name) else { continue };
            let found = match (why, rows.flatten()) {
                (Some(why), _) => ProbeFacts::Failed(why.to_owned()),
                // What was not asked for is not there, and the rules over it do not apply.
                (None, None) => continue,
                (None, Some(rows)) => {
                    let cells = rows.into_iter().map(|row| probe.shape.ordered(&row)).collect();
                    match FactTable::new(Arc::clone(&probe.shape), cells) {
                        Ok(table) => ProbeFacts::Table(table),
                        Err(error) => ProbeFacts::Failed(error.to_string()),
                    }
                }
            };
            of_database.insert(name.to_owned(), found);
        }
    }
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn code(sqlstate: Option<&String>) -> Cell {
    text(sqlstate.map(String::as_str).unwrap_or_default())
}

fn statements(done: &DatabaseRehearsal) -> Vec<FactRow> {
    let row = |failure: &crate::outcome::RehearsalFailure| -> FactRow {
        let waiting = done.not_tried.iter().filter(|o| o.because_of == failure.object);
        vec![
            ("object", text(&failure.object)),
            ("stage", text(failure.stage.name())),
            ("sqlstate", code(failure.sqlstate.as_ref())),
            ("message", text(&failure.message)),
            ("statement", text(&failure.statement)),
            ("not_tried", Cell::List(waiting.map(|o| o.object.clone()).collect())),
        ]
    };
    done.failures.iter().map(row).collect()
}

fn functions(done: &DatabaseRehearsal) -> Option<Vec<FactRow>> {
    let row = |failure: &crate::outcome::FunctionFailure| -> FactRow {
        vec![
            ("function", text(&failure.function)),
            ("checked_by", text(&failure.checked_by)),
            ("sqlstate", code(failure.sqlstate.as_ref())),
            ("message", text(&failure.message)),
            ("fails_on_source", Cell::Bool(failure.fails_on_source)),
        ]
    };
    done.functions.as_ref().map(|checks| checks.failures.iter().map(row).collect())
}

fn queries(done: &DatabaseRehearsal) -> Option<Vec<FactRow>> {
    let row = |failure: &crate::outcome::QueryFailure| -> FactRow {
        vec![
            ("id", text(&failure.id)),
            ("statement", text(&failure.statement)),
            ("user", text(&failure.user)),
            ("calls", Cell::Int(failure.calls)),
            ("sqlstate", code(failure.sqlstate.as_ref())),
            ("message", text(&failure.message)),
        ]
    };
    done.queries.as_ref().map(|checks| checks.failures.iter().map(row).collect())
}

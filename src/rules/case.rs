//! The cases of a rule: the smallest facts that make a point, and the findings they must give.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::facts::{Cell, FactTable, Missing, Shape};
use crate::findings::Outcome;
use crate::rules::cell::{toml_cell, typed_cell};
use crate::rules::check::Scopes;
use crate::rules::file::CaseText;
use crate::rules::problem::did_you_mean;
use crate::rules::rule::{Case, Expected, Param, Rule};
use crate::rules::view::{Lookup, Root, View};

/// What a case gave.
#[derive(Debug, Clone, PartialEq)]
pub enum CaseResult {
    /// What it must give.
    AsExpected,
    /// Something else, described.
    Differs(String),
}

impl Case {
    /// Checks a case as written. Problems are texts: they are shown at the case's position.
    pub(crate) fn check(text: &CaseText, scopes: &Scopes<'_>, params: &[Param]) -> Result<Case, Vec<String>> {
        let mut problems = Vec::new();
        let mut tables = Vec::new();
        let empty = toml::Table::new();
        let roots = [
            (Root::Source, &text.source),
            (Root::Target, text.target.as_ref().unwrap_or(&empty)),
            (Root::Profile, &text.profile),
            (Root::Run, &text.run),
        ];
        for (root, given) in roots {
            for (name, value) in given {
                let Some(probe) = scopes.probes.get(name) else {
                    let help = did_you_mean(name, scopes.probes.keys().map(String::as_str));
                    problems.push(format!(
                        "there is no `{root}.{name}`{}",
                        help.map(|h| format!(": {h}")).unwrap_or_default()
                    ));
                    continue;
                };
                let shape = scopes.shape(probe);
                match case_table(value, &shape) {
                    Ok(table) => tables.push(((root, name.clone()), table)),
                    Err(problem) => problems.push(format!("`{root}.{name}`: {problem}")),
                }
            }
        }
        let mut set = params.iter().map(|p| (p.name.clone(), p.default.clone())).collect::<Vec<_>>();
        for (name, value) in &text.params {
            let cell = toml_cell(value);
            match (set.iter_mut().find(|(known, _)| known == name), cell) {
                (Some((_, slot)), Some(cell)) => *slot = cell,
                _ => problems.push(format!("the rule declares no parameter `{name}` of this type")),
            }
        }
        for (name, probe) in scopes.probes.iter().filter(|(name, _)| !text.run.contains_key(*name)) {
            tables.extend(FactTable::assumed(&probe.shape).map(|table| ((Root::Run, name.clone()), table)));
        }
        let expected = match (&text.violations, text.skipped, text.could_not_check) {
            (Some(subjects), false, false) => Expected::Violations(subjects.clone()),
            (None, true, false) => Expected::Skipped,
            (None, false, true) => Expected::CouldNotCheck,
            _ => {
                problems.push(
                    "a case says exactly one of `violations`, `skipped` and `could_not_check`".to_owned(),
                );
                Expected::Skipped
            }
        };
        if problems.is_empty() {
            // A case about a source alone, without a word on the target, is one where there is no target.
            let no_target = text.target.is_none();
            Ok(Case { name: text.name.clone(), expected, tables, no_target, params: set })
        } else {
            Err(problems)
        }
    }
}

/// Runs one case of a rule with the judge that is also used for real facts.
pub fn run_case<J>(rule: &Rule, case: &Case, judge: J) -> CaseResult
where
    J: for<'f> Fn(&'f Rule, &View<'f>, &'f [(String, Cell)]) -> Outcome,
{
    static NO_TARGET: Missing = Missing::NoTarget;
    let mut view = View { tables: BTreeMap::new(), database: None };
    for ((root, name), table) in &case.tables {
        view.tables.insert((*root, name.as_str()), Lookup::Table(table));
    }
    if case.no_target {
        for (root, name) in &rule.reads {
            if *root == Root::Target {
                view.tables.entry((*root, name.as_str())).or_insert(Lookup::Missing(&NO_TARGET));
            }
        }
    }
    let outcome = judge(rule, &view, &case.params);
    let found = match &outcome {
        Outcome::Passed => Expected::Violations(Vec::new()),
        Outcome::Violated(findings) => {
            Expected::Violations(findings.iter().map(|f| f.subject.clone()).collect())
        }
        Outcome::Skipped(_) => Expected::Skipped,
        Outcome::Errored(_) => Expected::CouldNotCheck,
    };
    if found == case.expected {
        return CaseResult::AsExpected;
    }
    let say = |expected: &Expected| match expected {
        Expected::Violations(subjects) if subjects.is_empty() => "a pass".to_owned(),
        Expected::Violations(subjects) => format!("findings about {subjects:?}"),
        Expected::Skipped => "not applicable".to_owned(),
        Expected::CouldNotCheck => "could not check".to_owned(),
    };
    let reason = match outcome {
        Outcome::Skipped(reason) | Outcome::Errored(reason) => format!(" ({reason})"),
        Outcome::Passed | Outcome::Violated(_) => String::new(),
    };
    CaseResult::Differs(format!("expected {}, got {}{reason}", say(&case.expected), say(&found)))
}

fn case_table(value: &toml::Value, shape: &Arc<Shape>) -> Result<FactTable, String> {
    let rows: Vec<&toml::Table> = match value {
        toml::Value::Table(row) => vec![row],
        toml::Value::Array(rows) => rows
            .iter()
            .map(|row| row.as_table().ok_or_else(|| "expected a list of rows".to_owned()))
            .collect::<Result<_, _>>()?,
        _ => return Err("expected a row or a list of rows".to_owned()),
    };
    let cells = rows.into_iter().map(|row| case_row(row, shape)).collect::<Result<_, String>>()?;
    FactTable::partial(Arc::clone(shape), cells).map_err(|e| e.to_string())
}

fn case_row(row: &toml::Table, shape: &Shape) -> Result<Vec<Cell>, String> {
    if let Some(unknown) = row.keys().find(|key| shape.position(key).is_none()) {
        let help = did_you_mean(unknown, shape.columns.iter().map(|c| c.name.as_str()));
        return Err(format!("no column `{unknown}`{}", help.map(|h| format!(": {h}")).unwrap_or_default()));
    }
    shape
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| match row.get(&column.name) {
            None => Ok(shape.assumed.get(at).cloned().unwrap_or(Cell::Null)),
            Some(value) => typed_cell(value, column.kind)
                .ok_or_else(|| format!("column `{}` is a {}", column.name, column.kind.name())),
        })
        .collect()
}

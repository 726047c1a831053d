//! Facts about the run itself, which no server is asked for.

use std::sync::Arc;

use crate::collect::Collector;
use crate::facts::{Cell, Column, DatabasePair, FactSet, FactTable, Facts, ProbeFacts, Shape};
use crate::plan::{IfExists, MigrationOptions, RoleMap};
use crate::rules::RuleSet;

impl Collector<'_> {
    pub(super) fn run_facts(
        &self,
        requested: &[(DatabasePair, bool)],
        jobs: usize,
        role_map: &RoleMap,
    ) -> Facts {
        let text = |text: &str| Cell::Text(text.to_owned());
        let options = [
            ("today", text(&self.plan.run.today)),
            ("has_target", Cell::Bool(self.plan.target.is_some())),
            ("overwrite", Cell::Bool(self.plan.run.options.if_exists == IfExists::Overwrite)),
            ("jobs", Cell::Int(i64::try_from(jobs).unwrap_or(i64::MAX))),
        ];
        let clients = [
            ("pg_dump_found", Cell::Bool(self.plan.run.pg_dump.is_some())),
            (
                "pg_dump_path",
                text(
                    &self
                        .plan
                        .run
                        .pg_dump
                        .as_ref()
                        .map(|(path, _)| path.display().to_string())
                        .unwrap_or_default(),
                ),
            ),
            (
                "pg_dump_version_num",
                Cell::Int(self.plan.run.pg_dump.as_ref().map_or(0, |(_, version)| *version)),
            ),
        ];
        let databases = requested.iter().map(|(pair, exists)| {
            [("source", text(&pair.source)), ("target", text(&pair.target)), ("exists", Cell::Bool(*exists))]
        });
        let roles = role_map.roles.iter().map(|(name, mapped)| {
            [
                ("name", text(name)),
                ("becomes", text(&mapped.becomes)),
                ("provider", Cell::Bool(mapped.provider)),
            ]
        });
        let mut facts = Facts::new();
        let mut add = |name: &str, rows: &dyn Fn(&Shape) -> Vec<Vec<Cell>>| {
            if let Some(probe) = self.rules.probes.get(name) {
                let table = FactTable::new(Arc::clone(&probe.shape), rows(&probe.shape));
                facts.insert(
                    name.to_owned(),
                    table.map_or_else(|e| ProbeFacts::Failed(e.to_string()), ProbeFacts::Table),
                );
            }
        };
        add("options", &|shape| vec![shape.ordered(&options)]);
        add("plan", &|shape| vec![shape.ordered(&planned(&self.plan.run.options))]);
        add("clients", &|shape| vec![shape.ordered(&clients)]);
        add("databases_requested", &|shape| databases.clone().map(|row| shape.ordered(&row)).collect());
        add("role_map", &|shape| roles.clone().map(|row| shape.ordered(&row)).collect());
        let mut connections = self.connections.lock().map(|c| c.clone()).unwrap_or_default();
        connections.sort_by_key(|row| (row[0].key_text(), row[1].key_text()));
        add("connections", &|_| connections.clone());
        facts
    }
}

/// Puts the options of another migration in the place of those that the facts were collected for.
pub fn apply_options(rules: &RuleSet, options: &MigrationOptions, facts: &mut FactSet) {
    let overwrite = Cell::Bool(options.if_exists == IfExists::Overwrite);
    for (name, cells) in [("plan", planned(options)), ("options", vec![("overwrite", overwrite)])] {
        let Some(probe) = rules.probes.get(name) else { continue };
        let before = match facts.run.get(name) {
            Some(ProbeFacts::Table(table)) => table.rows().first().cloned(),
            _ => None,
        };
        let known =
            |column: &str| cells.iter().find(|(name, _)| *name == column).map(|(_, cell)| cell.clone());
        let cell = |column: &Column| {
            let recorded = || before.as_ref().and_then(|row| row.get(&column.name).cloned());
            known(&column.name).or_else(recorded).unwrap_or(Cell::Null)
        };
        let row = probe.shape.columns.iter().map(cell).collect();
        if let Ok(table) = FactTable::new(Arc::clone(&probe.shape), vec![row]) {
            facts.run.insert(name.to_owned(), ProbeFacts::Table(table));
        }
    }
}

/// The options of a migration as the columns of the probe `plan`.
fn planned(options: &MigrationOptions) -> Vec<(&'static str, Cell)> {
    let word = |word: &str| Cell::Text(word.to_owned());
    let list = |patterns: &[String]| Cell::List(patterns.to_vec());
    vec![
        ("if_exists", word(options.if_exists.word())),
        ("roles", word(options.roles.word())),
        ("owner", word(options.owner.word())),
        ("verify", word(options.verify.word())),
        ("grants", word(options.grants.word())),
        ("on_refused", word(options.on_refused.word())),
        ("include_schema", list(&options.filters.include_schema)),
        ("exclude_schema", list(&options.filters.exclude_schema)),
        ("exclude_table", list(&options.filters.exclude_table)),
        ("exclude_table_data", list(&options.filters.exclude_table_data)),
    ]
}

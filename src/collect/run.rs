//! Facts about the run itself, which no server is asked for.

use std::sync::Arc;

use crate::collect::Collector;
use crate::facts::{Cell, DatabasePair, FactTable, Facts, ProbeFacts, Shape};
use crate::plan::RoleMap;

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
            ("overwrite", Cell::Bool(self.plan.run.overwrite)),
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
        add("clients", &|shape| vec![shape.ordered(&clients)]);
        add("databases_requested", &|shape| databases.clone().map(|row| shape.ordered(&row)).collect());
        add("role_map", &|shape| roles.clone().map(|row| shape.ordered(&row)).collect());
        let mut connections = self.connections.lock().map(|c| c.clone()).unwrap_or_default();
        connections.sort_by_key(|row| (row[0].key_text(), row[1].key_text()));
        add("connections", &|_| connections.clone());
        facts
    }
}

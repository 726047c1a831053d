//! Which databases a run is about.

use std::collections::BTreeSet;

use crate::collect::{Collector, DatabaseChoice, Reach};
use crate::facts::{Cell, DatabasePair, ProbeFacts};
use crate::server::Session;

impl Collector<'_> {
    /// The databases to look at, and every one that was asked for with whether it is there.
    pub(super) async fn choose_databases(
        &self,
        source: &Reach,
    ) -> (Vec<DatabasePair>, Vec<(DatabasePair, bool)>) {
        let pair = |name: &str| DatabasePair {
            source: name.to_owned(),
            target: self.plan.renames.get(name).cloned().unwrap_or_else(|| name.to_owned()),
        };
        let there = database_names(source).await;
        let names: Vec<String> = match (&self.plan.databases, source) {
            (DatabaseChoice::Named(names), _) => names.clone(),
            (DatabaseChoice::Connected, Reach::Open(session, _)) => vec![session.dbname.clone()],
            (DatabaseChoice::Connected, _) => {
                self.plan.source.iter().map(|endpoint| endpoint.conninfo.dbname.clone()).collect()
            }
            (DatabaseChoice::All, _) => {
                let system = self.system_databases();
                let connectable = connectable_databases(source).await;
                connectable.into_iter().filter(|name| !system.contains(name)).collect()
            }
        };
        let exists = |name: &String| there.as_ref().is_none_or(|there| there.contains(name));
        let requested: Vec<(DatabasePair, bool)> =
            names.iter().map(|name| (pair(name), exists(name))).collect();
        let mut pairs: Vec<DatabasePair> =
            requested.iter().filter(|(_, exists)| *exists).map(|(pair, _)| pair.clone()).collect();
        pairs.sort();
        pairs.dedup();
        (pairs, requested)
    }

    /// Databases that belong to a provider, of any profile: they are never migrated.
    fn system_databases(&self) -> BTreeSet<String> {
        let tables = self.rules.profiles.values().filter_map(|profile| profile.facts.get("info"));
        tables
            .filter_map(|facts| match facts {
                ProbeFacts::Table(table) => table.rows().first()?.get("system_databases"),
                ProbeFacts::Failed(_) | ProbeFacts::Missing(_) => None,
            })
            .flat_map(|cell| match cell {
                Cell::List(names) => names.clone(),
                _ => Vec::new(),
            })
            .collect()
    }
}

pub(super) async fn database_names(reach: &Reach) -> Option<BTreeSet<String>> {
    let Reach::Open(session, _) = reach else { return None };
    names(session, "select pg_catalog.to_json(array(select datname::text from pg_catalog.pg_database))").await
}

async fn connectable_databases(reach: &Reach) -> BTreeSet<String> {
    let Reach::Open(session, _) = reach else { return BTreeSet::new() };
    let sql = "select pg_catalog.to_json(array(select datname::text from pg_catalog.pg_database \
               where datallowconn and not datistemplate and datconnlimit <> -2))";
    names(session, sql).await.unwrap_or_default()
}

pub(super) async fn names(session: &Session, sql: &str) -> Option<BTreeSet<String>> {
    let text = session.single_text(sql).await.ok()??;
    serde_json::from_str(&text).ok()
}

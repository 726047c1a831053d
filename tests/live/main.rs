//! Real servers, started with initdb for each major version found on this machine.
//!
//! Versions named in `PGPASSAGE_LIVE` must be there; CI names all of them.

#[path = "../support/mod.rs"]
mod support;

mod cases;
mod connections;
mod deep;
mod drift;
mod false_alarms;
mod faults;
mod fixes;
mod healthy;
mod managed;
mod migrate;
mod modes;
mod order;
mod outside_dump;
mod page;
mod planned;
mod privileges;
mod probes;
mod proof;
mod proxy;
mod read_only;
mod recorded;
mod reference;
mod rehearse;
mod removed;
mod roles;
mod sessions;
mod tracked;

use pgpassage::config::Environment;
use pgpassage::demo::{Cluster, ClusterOptions, Install, installs};
use serde_json::Value;

/// The installs to test on. Fails when one that must be there is not.
fn found() -> Vec<Install> {
    let found = installs(&Environment::of_process());
    let wanted = std::env::var("PGPASSAGE_LIVE").unwrap_or_default();
    for major in wanted.split_whitespace() {
        assert!(
            found.iter().any(|i| i.major.to_string() == major),
            "PostgreSQL {major} is missing: run scripts/setup {major}"
        );
    }
    assert!(!found.is_empty(), "no PostgreSQL server programs were found: run scripts/setup");
    found
}

fn oldest_supported(found: &[Install]) -> &Install {
    found.iter().find(|i| i.major >= 13).or(found.last()).expect("one install")
}

fn newest(found: &[Install]) -> &Install {
    found.last().expect("one install")
}

fn start(install: &Install, folder: &std::path::Path, name: &str, options: &ClusterOptions) -> Cluster {
    match Cluster::start(install, &folder.join(name), options) {
        Ok(cluster) => cluster,
        Err(error) => panic!("{error}: {:?}", std::error::Error::source(&error)),
    }
}

fn execute(cluster: &Cluster, dbname: &str, sql: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    if let Err(error) = runtime.block_on(cluster.execute(dbname, sql)) {
        panic!("{error}");
    }
}

/// All judgments of a JSON report, those of databases with theirs.
fn judgments(report: &Value) -> Vec<(Option<String>, Value)> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut all: Vec<(Option<String>, Value)> =
        list(&report["instance"]).into_iter().map(|j| (None, j)).collect();
    for database in list(&report["databases"]) {
        let name = database["name"].as_str().map(str::to_owned);
        all.extend(list(&database["judgments"]).into_iter().map(|j| (name.clone(), j)));
    }
    all
}

/// The rules with a status, each with the subjects of its findings.
fn with_status(report: &Value, status: &str) -> Vec<String> {
    let mut found: Vec<String> = judgments(report)
        .into_iter()
        .filter(|(_, j)| j["status"] == status)
        .map(|(_, j)| {
            let subjects: Vec<String> = j["findings"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|f| f["subject"].as_str().map(str::to_owned))
                .collect();
            format!("{}: {}", j["rule"].as_str().unwrap_or_default(), subjects.join(", "))
        })
        .collect();
    found.sort();
    found
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("one JSON document: {e}\n{text}"))
}

//! The proof itself: a perfect copy of every kind of object has no difference, and no change of a copy stays unseen.
//!
//! `proof/mutations.txt` has a line for each change. With `PGPASSAGE_LIVE_LONG` every major version that is installed is a
//! source; without, an older one and the newest.

use std::collections::BTreeSet;

use pgpassage::demo::{ClusterOptions, Install};
use serde_json::Value;

use crate::support::{folder, pgpassage};
use crate::{execute, found, json, newest, start};

/// The older source of the short form: the last major version without multiranges, of which range types differ most.
const OLDER: u32 = 13;

/// The change of a copy, and the line that tells of it.
fn mutations() -> Vec<(&'static str, &'static str)> {
    include_str!("proof/mutations.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once(" | ").unwrap_or_else(|| panic!("no statement: {line}")))
        .collect()
}

/// What a verification tells, one line for each difference and for each thing that could not be compared.
fn told(report: &Value) -> BTreeSet<String> {
    let database = &report["verification"]["databases"][0];
    let lines = |list: &str, second: &str| {
        let list = database[list].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let lines = list.iter().map(|line| format!("{}: {}", text(&line["subject"]), text(&line[second])));
        lines.collect::<Vec<_>>()
    };
    lines("differences", "what").into_iter().chain(lines("could_not_check", "reason")).collect()
}

fn prove(source: &Install, target: &Install) {
    let folder = folder("proof");
    let options = ClusterOptions { settings: vec!["wal_level = logical".into()], ..Default::default() };
    let from = start(source, folder.path(), "s", &options);
    let to = start(target, folder.path(), "t", &options);
    execute(&from, "postgres", "create database kinds");
    execute(&from, "postgres", "create role reader; create role superreader superuser");
    execute(&from, "kinds", include_str!("proof/kinds.sql"));
    let (from, into) = (from.conninfo("postgres", "kinds"), to.conninfo("postgres", "postgres"));
    let run =
        |command: &str| pgpassage(&[command, "--source", &from, "--target", &into, "--format", "json", "-q"]);
    let majors = format!("{} to {}", source.major, target.major);
    let migrated = run("migrate");
    assert_eq!(told(&json(&migrated.stdout)), BTreeSet::new(), "{majors}");
    assert_eq!(migrated.code, 0, "{majors}: {}", migrated.stdout);
    for (_, sql) in mutations() {
        execute(&to, "kinds", &sql.replace(":db", "kinds"));
    }
    let verified = run("verify");
    assert_eq!(verified.code, 4, "{majors}: {}", verified.stderr);
    let told = told(&json(&verified.stdout));
    let unseen: Vec<&str> =
        mutations().into_iter().map(|(line, _)| line).filter(|line| !told.contains(*line)).collect();
    assert_eq!(unseen, [""; 0], "{majors}: {told:#?}");
}

#[test]
fn no_change_of_a_copy_stays_unseen_and_a_perfect_copy_has_none() {
    let found = found();
    let target = newest(&found);
    let all = std::env::var_os("PGPASSAGE_LIVE_LONG").is_some();
    for source in found.iter().filter(|i| all || i.major == OLDER || i.major == target.major) {
        prove(source, target);
    }
}

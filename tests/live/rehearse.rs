//! Rehearsals between real servers: what would fail is named, all of it, and nothing stays on the target.

use pgpassage::demo::{Cluster, ClusterOptions};

use crate::support::{Ran, folder, pgpassage};
use crate::{execute, found, json, newest, start};

/// A source whose schema fails in several places on a newer target, and a target.
fn pair(folder: &std::path::Path, settings: &[&str]) -> (Cluster, Cluster) {
    let found = found();
    let oldest = found.first().expect("one install");
    assert!(oldest.major < 12, "a server older than 12 is needed: run scripts/setup 10");
    let source = start(oldest, folder, "s", &ClusterOptions::default());
    let settings = settings.iter().map(|s| (*s).to_owned()).collect();
    let target = start(newest(&found), folder, "t", &ClusterOptions { settings, ..Default::default() });
    execute(&source, "postgres", "create role app_owner");
    execute(&source, "postgres", "create database src owner app_owner");
    execute(&source, "src", include_str!("rehearse.sql"));
    (source, target)
}

fn run(command: &str, source: &Cluster, target: &Cluster, user: &str, more: &[&str]) -> Ran {
    let (from, to) = (source.conninfo("postgres", "src"), target.conninfo(user, "postgres"));
    pgpassage(&[&[command, "--source", &from, "--target", &to, "--format", "json", "-q"][..], more].concat())
}

#[test]
fn a_migration_that_fails_names_every_object_that_fails() {
    let folder = folder("names");
    let (source, target) = pair(folder.path(), &[]);
    let ran = run("migrate", &source, &target, "postgres", &[]);
    assert_eq!(ran.code, 4);
    let error = json(&ran.stdout)["databases"][0]["migration"]["error"].to_string();
    for part in [
        "2 objects cannot be created",
        "create view app.old_operator: operator does not exist",
        "create table app.old_type: type \\\"abstime\\\" does not exist",
        "not tried: view app.on_old_operator (because of view app.old_operator)",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

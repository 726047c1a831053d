//! Every probe on every major version: the declared columns, and no rule left open.

use pgpassage::demo::ClusterOptions;

use crate::support::{folder, pgpassage};
use crate::{execute, found, json, judgments, newest, start};

/// Objects of as many kinds as there are in every version.
const SAMPLE: &str = r#"
create role "ow""ner"; create role reader;
create schema "Odd schema";
create table plain (id serial primary key, v text);
create table "Odd schema"."Tab""le
<b>" (id int);
create view v as select * from plain;
create materialized view m as select 1 as x;
create function f(int) returns int language sql as 'select $1';
create type mood as enum ('a', 'b');
create extension hstore;
alter table plain owner to "ow""ner";
grant select on plain to reader;
alter table plain enable row level security;
create policy only_own on plain to reader using (true);
create publication p for all tables;
alter database sample set timezone = 'Europe/Berlin';
select lo_create(4711);
"#;

#[test]
fn every_probe_answers_on_every_version() {
    let folder = folder("probes");
    let found = found();
    let target = start(newest(&found), folder.path(), "target", &ClusterOptions::default());
    for install in &found {
        let source =
            start(install, folder.path(), &format!("s{}", install.major), &ClusterOptions::default());
        execute(&source, "postgres", "create database sample");
        execute(&source, "sample", SAMPLE);
        // Both directions, so that each version is read as a source and as a target.
        for (from, to) in [(&source, &target), (&target, &source)] {
            let dbname = if std::ptr::eq(from, &raw const source) { "sample" } else { "postgres" };
            let ran = pgpassage(&[
                "validate",
                "--source",
                &from.conninfo("postgres", dbname),
                "--target",
                &to.conninfo("postgres", "postgres"),
                "--map-database",
                "sample=postgres",
                "--deep",
                "--format",
                "json",
                "-q",
            ]);
            let report = json(&ran.stdout);
            let open: Vec<String> = judgments(&report)
                .iter()
                .filter(|(_, j)| j["status"] == "could_not_check")
                .map(|(_, j)| format!("{}: {}", j["rule"], j["reason"]))
                .collect();
            assert!(open.is_empty(), "{} to {}: {open:#?}", from.major(), to.major());
            let alarms: Vec<String> = crate::with_status(&report, "failed")
                .into_iter()
                .filter(|line| line.starts_with("connectivity/"))
                .collect();
            assert!(alarms.is_empty(), "a direct connection is a good one: {alarms:#?}");
        }
    }
}

#[test]
fn a_recording_replays_to_the_same_report() {
    let folder = folder("replay");
    let found = found();
    let server = start(newest(&found), folder.path(), "s", &ClusterOptions::default());
    execute(&server, "postgres", "create database sample");
    execute(&server, "sample", SAMPLE);
    let source = server.conninfo("postgres", "sample");
    let target = server.conninfo("postgres", "postgres");
    let file = folder.path().join("facts.json").to_string_lossy().into_owned();
    let servers = ["--source", &source, "--target", &target];
    let collected = pgpassage(&[&["collect", "-o", &file][..], &servers].concat());
    assert_eq!(collected.code, 0, "{}", collected.stderr);
    let live = json(&pgpassage(&[&["validate", "--format", "json", "-q"][..], &servers].concat()).stdout);
    let replayed = json(&pgpassage(&["validate", "--format", "json", "--facts", &file]).stdout);
    for part in ["instance", "databases", "counts", "verdict", "source", "target", "profile"] {
        assert_eq!(live[part], replayed[part], "{part}");
    }
}

#[test]
fn a_profile_stands_in_for_a_target_that_does_not_exist_yet() {
    let folder = folder("profile");
    let found = found();
    let server = start(newest(&found), folder.path(), "s", &ClusterOptions::default());
    execute(&server, "postgres", "create database sample");
    execute(&server, "sample", "create extension hstore; create extension file_fdw;");
    let source = server.conninfo("postgres", "sample");
    let ran = pgpassage(&[
        "validate",
        "--source",
        &source,
        "--profile",
        "azure-flexible-server",
        "--format",
        "json",
        "-q",
    ]);
    let report = json(&ran.stdout);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert_eq!(crate::with_status(&report, "failed"), ["extensions/not-offered: extension file_fdw"]);
    assert!(report["target"].is_null());
    // A plain server says nothing of its extensions in advance, so the question stays open.
    let ran =
        pgpassage(&["validate", "--source", &source, "--profile", "postgresql", "--format", "json", "-q"]);
    assert_eq!(ran.code, 3);
    assert_eq!(crate::with_status(&json(&ran.stdout), "could_not_check"), ["extensions/missing-on-target: "]);
}

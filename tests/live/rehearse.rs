//! Rehearsals between real servers: what would fail is named, all of it, and nothing stays on the target.

use std::time::{Duration, Instant};

use pgpassage::demo::{Cluster, ClusterOptions};

use crate::support::{Ran, command, folder, path_text, pgpassage};
use crate::{execute, found, json, newest, start, with_status};

/// A source whose schema fails in several places on a newer target, and a target.
fn pair(folder: &std::path::Path) -> (Cluster, Cluster) {
    let found = found();
    let oldest = found.first().expect("one install");
    assert!(oldest.major < 12, "a server older than 12 is needed: run scripts/setup 10");
    let source = start(oldest, folder, "s", &ClusterOptions::default());
    let target = start(newest(&found), folder, "t", &ClusterOptions::default());
    execute(&source, "postgres", "create role app_owner");
    execute(&source, "postgres", "create database src owner app_owner");
    execute(&source, "src", include_str!("rehearse.sql"));
    (source, target)
}

fn arguments(command: &str, source: &Cluster, target: &Cluster, user: &str, more: &[&str]) -> Vec<String> {
    let (from, to) = (source.conninfo("postgres", "src"), target.conninfo(user, "postgres"));
    [&[command, "--source", &from, "--target", &to, "--format", "json", "-q"][..], more]
        .concat()
        .iter()
        .map(|s| (*s).to_owned())
        .collect()
}

fn run(command: &str, source: &Cluster, target: &Cluster, user: &str, more: &[&str]) -> Ran {
    let arguments = arguments(command, source, target, user, more);
    pgpassage(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Fails when a database, role or membership of a rehearsal is on the target.
fn nothing_is_left(target: &Cluster) {
    execute(
        target,
        "postgres",
        "do $$ begin \
           if exists (select from pg_database where datname ~ '^pgpassage|^src$') then raise 'a database is left'; end if; \
           if exists (select from pg_roles where rolname = 'app_owner') then raise 'a role is left'; end if; \
         end $$",
    );
}

#[test]
fn a_migration_that_fails_names_every_object_that_fails() {
    let folder = folder("names");
    let (source, target) = pair(folder.path());
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

#[test]
fn a_rehearsal_names_what_fails_and_leaves_nothing() {
    let folder = folder("rehearse");
    let (source, target) = pair(folder.path());
    let ran = run("rehearse", &source, &target, "postgres", &[]);
    let report = json(&ran.stdout);
    assert_eq!(ran.code, 1, "{:#}", report["rehearsal"]);
    assert_eq!(
        with_status(&report, "failed"),
        ["schema/removed-type: column app.old_type.at", "schema/view-on-removed-name: view app.old_operator"],
        "what a rule explains stands with that rule: {:#}",
        report["rehearsal"]
    );
    assert_eq!(
        with_status(&report, "warning"),
        ["rehearsal/function-body-fails: function app.old_body()"],
        "a body that fails on the source as well is no finding"
    );
    let not_tried = &report["rehearsal"]["databases"][0]["not_tried"][0];
    assert_eq!(
        (not_tried["object"].as_str(), not_tried["because_of"].as_str()),
        (Some("view app.on_old_operator"), Some("view app.old_operator"))
    );
    nothing_is_left(&target);

    // A user who may not create databases is told what is missing.
    execute(&target, "postgres", "create role plain login createrole");
    let ran = run("validate", &source, &target, "plain", &["--rehearse", "--only", "rehearsal/*"]);
    assert_eq!(ran.code, 3, "{}", ran.stdout);
    assert!(ran.stdout.contains("alter role plain createdb"), "{}", ran.stdout);
    // With the right to create them, roles that are missing are created and dropped again.
    execute(&target, "postgres", "alter role plain createdb");
    let ran = run("rehearse", &source, &target, "plain", &[]);
    assert_eq!(
        with_status(&json(&ran.stdout), "failed"),
        ["schema/removed-type: column app.old_type.at", "schema/view-on-removed-name: view app.old_operator"],
        "{}",
        ran.stdout
    );
    nothing_is_left(&target);
    // A database that is there already and refuses objects is found too; what is tried in it is undone.
    execute(&target, "postgres", "create database src owner plain");
    let refusing = "create function refuse() returns event_trigger language plpgsql as 'begin raise ''no DDL here''; end'; \
                    create event trigger refuse on ddl_command_start execute function refuse()";
    execute(&target, "src", refusing);
    let ran = run("rehearse", &source, &target, "plain", &[]);
    let failed = with_status(&json(&ran.stdout), "failed").join("; ");
    assert!(failed.contains("database src") && ran.stdout.contains("no DDL here"), "{}", ran.stdout);
    execute(&target, "postgres", "drop database src");
    // What fails is left out, and everything else works: then the migration may start.
    let excluded = ["--exclude-table", "app.old_*", "--verify", "none", "--only", "rehearsal/*"];
    let ran = run("validate-and-migrate", &source, &target, "postgres", &excluded);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
}

#[test]
fn rows_and_statements_of_applications_are_tried_too() {
    let folder = folder("sample");
    let (source, target) = pair(folder.path());
    execute(
        &source,
        "src",
        "drop view app.on_old_operator, app.old_operator; drop table app.old_type; \
         create table app.parents (id int primary key); insert into app.parents select generate_series(1, 1000); \
         create table app.children (id int references app.parents, wide text); \
         insert into app.children select 1001 - g, '' from generate_series(1, 900) g; \
         insert into app.children select 1, string_agg(md5(g::text), '') from generate_series(1, 300) g; \
         create table app.checked (n int); insert into app.checked values (50); \
         alter table app.checked add check (n < 10) not valid; \
         create role shop; alter role shop in database src set search_path = app",
    );
    // A NOT VALID constraint is restored after the rows; one that is not true for them is no constraint of the table.
    execute(
        &source,
        "src",
        "create function app.small(int) returns bool language sql as 'select true'; \
         create table app.domains (n int check (app.small(n))); insert into app.domains values (50); \
         create or replace function app.small(int) returns bool language sql as 'select $1 < 10'",
    );
    let statements = folder.path().join("statements.sql");
    std::fs::write(
        &statements,
        "select 3!; select 3!; select count(*) from app.good where id = 'hunter2'::text::int; vacuum; select nonsense from nowhere",
    )
    .expect("a file can be written");
    let more = ["--with-sample", "10", "--queries", &path_text(&statements)];
    let ran = run("rehearse", &source, &target, "postgres", &more);
    let report = json(&ran.stdout);
    assert_eq!(
        with_status(&report, "failed"),
        ["rehearsal/rows-refused: rows of table app.domains"],
        "{:#}",
        report["rehearsal"]
    );
    let done = &report["rehearsal"]["databases"][0];
    assert!(done["sample"]["rows"].as_u64().is_some_and(|rows| rows > 20), "{done:#}");
    let queries = &done["queries"];
    assert_eq!((&queries["prepared"], queries["failures"].as_array().map(Vec::len)), (&1.into(), Some(1)));
    assert_eq!(queries["failures"][0]["statement"], "select $1!");
    assert_eq!(queries["could_not_check"].as_array().map(Vec::len), Some(2), "{queries:#}");
    assert!(!ran.stdout.contains("hunter2"), "a constant is shown");
    nothing_is_left(&target);
}

#[test]
fn what_an_interrupted_rehearsal_leaves_is_dropped() {
    let folder = folder("killed");
    let (source, target) = pair(folder.path());
    execute(&target, "postgres", "create role plain login createrole createdb");
    let begin = || {
        let arguments = arguments("rehearse", &source, &target, "plain", &["--no-store"]);
        command(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("the program starts")
    };
    // At another moment each time.
    for number in 0..20 {
        let mut child = begin();
        let moment = Instant::now() + Duration::from_millis(40 * number);
        while Instant::now() < moment && child.try_wait().expect("the process is ours").is_none() {
            std::thread::yield_now();
        }
        child.kill().expect("the process is ours");
        child.wait().expect("it ends");
    }
    let ran = run("rehearse", &source, &target, "plain", &[]);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    nothing_is_left(&target);

    // Ctrl-C drops the database at once.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let there = "do $$ begin if not exists (select from pg_database where datname ~ '^pgpassage') then raise 'not yet'; end if; end $$";
    let mut child = begin();
    while runtime.block_on(target.execute("postgres", there)).is_err() {
        assert!(child.try_wait().expect("the process is ours").is_none(), "too fast to be stopped");
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT)
        .expect("the process is ours");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    nothing_is_left(&target);
}

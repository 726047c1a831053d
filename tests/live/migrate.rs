//! Whole migrations between real servers, judged by the program's own verification and by independent queries.

use std::sync::atomic::{AtomicBool, Ordering};

use pgpassage::demo::{Cluster, ClusterOptions, Install};

use crate::support::{Ran, command, folder, pgpassage};
use crate::{execute, found, json, newest, start};

/// Runs a migration with a JSON report.
fn migrate(command: &str, source: &Cluster, target: &Cluster, user: &str, more: &[&str]) -> Ran {
    let (from, to) = (source.conninfo("postgres", "src"), target.conninfo(user, "postgres"));
    pgpassage(&[&[command, "--source", &from, "--target", &to, "--format", "json", "-q"][..], more].concat())
}

fn sample(install: &Install, folder: &std::path::Path, name: &str) -> Cluster {
    let options = ClusterOptions { settings: vec!["wal_level = logical".into()], ..Default::default() };
    let cluster = start(install, folder, name, &options);
    execute(&cluster, "postgres", "create database src");
    execute(&cluster, "src", include_str!("sample.sql"));
    cluster
}

#[test]
fn every_kind_of_object_arrives_from_every_version() {
    let folder = folder("all");
    let found = found();
    for install in found.iter().filter(|i| i.major >= 12) {
        let name = install.major.to_string();
        let source = sample(install, folder.path(), &format!("s{name}"));
        let target = start(newest(&found), folder.path(), &format!("t{name}"), &ClusterOptions::default());
        let ran = migrate("migrate", &source, &target, "postgres", &[]);
        let report = json(&ran.stdout);
        assert_eq!(
            ran.code, 0,
            "{name}: {:#} {:#}",
            report["databases"][0]["migration"]["error"], report["verification"]
        );
        assert_eq!(report["verification"]["passed"], true);
        assert!(
            report["source"]["version"].as_str().is_some_and(|v| v.starts_with(&name)),
            "{}",
            report["source"]
        );
        assert_eq!(report["databases"][0]["migration"]["deviations"], serde_json::json!([]), "{name}");
        assert_eq!(report["role_deviations"], serde_json::json!([]), "{name}");
        assert_eq!(report["verification"]["databases"][0]["rows"], 12508, "{name}");

        // Changes on the target are differences, told by object.
        execute(
            &target,
            "src",
            "update app.refpart set k = 2 where id = 7; select setval('app.seq', 3); drop index app.child_expr",
        );
        execute(
            &target,
            "src",
            "alter table app.child disable trigger tr; grant select on app.child to reader1; select lo_unlink(50002)",
        );
        let ran = migrate("verify", &source, &target, "postgres", &[]);
        assert_eq!(ran.code, 4);
        let report = json(&ran.stdout);
        let differences: Vec<String> = report["verification"]["databases"][0]["differences"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|d| format!("{}: {}", d["subject"].as_str().unwrap_or(""), d["what"].as_str().unwrap_or("")))
            .collect();
        assert_eq!(
            differences,
            [
                "index app.child_expr: exists",
                "large object 50002: owner, grants, comment, security labels and contents",
                "sequence \"app\".\"seq\": last value and whether it was used",
                "table app.child: grants",
                "table app.refpart: contents",
                "trigger tr on app.child: enabled",
            ],
            "{name}"
        );
        // Where there is a key, the row is named; a hash of keys is there from 11 on.
        let rows = report["verification"]["databases"][0]["differences"][4]["rows"].clone();
        assert_eq!(rows, serde_json::json!(["(7) differs"]), "{name}");
    }
}

#[test]
fn the_corners_arrive_too() {
    let folder = folder("corners");
    let found = found();
    for install in found.iter().filter(|i| i.major >= 15) {
        let name = install.major.to_string();
        let options = ClusterOptions { settings: vec!["wal_level = logical".into()], ..Default::default() };
        let source = start(install, folder.path(), &format!("s{name}"), &options);
        execute(&source, "postgres", "create database src");
        execute(&source, "src", include_str!("corners.sql"));
        let target = start(newest(&found), folder.path(), &format!("t{name}"), &ClusterOptions::default());
        let ran = migrate("migrate", &source, &target, "postgres", &[]);
        let report = json(&ran.stdout);
        let migration = &report["databases"][0]["migration"];
        assert_eq!(ran.code, 0, "{name}: {:#} {:#}", migration["error"], report["verification"]);
        assert_eq!(migration["deviations"], serde_json::json!([]), "{name}");
        assert_eq!(report["verification"]["databases"][0]["tables"], 14, "{name}");
    }
}

#[test]
fn a_user_without_superuser_rights_can_carry_a_database() {
    let folder = folder("plain");
    let found = found();
    let oldest = found.iter().find(|i| i.major >= 15).expect("PostgreSQL 15 or later");
    let source = start(
        oldest,
        folder.path(),
        "s",
        &ClusterOptions { settings: vec!["wal_level = logical".into()], ..Default::default() },
    );
    execute(
        &source,
        "postgres",
        "create role app_owner; create role helper; create role reader login password 'x'",
    );
    execute(&source, "postgres", "create database src owner app_owner");
    execute(
        &source,
        "src",
        "grant create on database src to app_owner; create extension hstore; set role app_owner; create schema app; grant usage, create on schema app to helper; \
         create table app.t (id int primary key, h hstore); insert into app.t select g, 'a=>1' from generate_series(1, 100) g; \
         grant select on app.t to reader; create publication p for table app.t; select lo_from_bytea(7, 'x'); \
         alter table app.t enable row level security, force row level security; create policy all_rows on app.t using (true); \
         set role helper; create function app.f() returns int language sql as 'select 1'",
    );
    execute(&source, "src", "revoke create on schema app from helper");
    for install in found.iter().filter(|i| i.major >= oldest.major) {
        let target =
            start(install, folder.path(), &format!("t{}", install.major), &ClusterOptions::default());
        execute(&target, "postgres", "create role mover login createdb createrole");
        let ran = migrate("validate-and-migrate", &source, &target, "mover", &["--roles", "needed"]);
        let report = json(&ran.stdout);
        assert_eq!(ran.code, 0, "{:#} {:#}", report["databases"][0]["migration"], report["verification"]);
        // What was lent for the time being is gone: the memberships, and the right to create.
        let question = "do $$ begin \
            if has_schema_privilege('helper', 'app', 'create') then raise 'helper may still create'; end if; \
            if pg_has_role('mover', 'app_owner', '@right@') then raise 'mover is still a member'; end if; \
            if (select relowner::regrole::text || pg_get_userbyid(datdba) from pg_class, pg_database where relname = 't' and datname = 'src') \
               <> 'app_ownerapp_owner' then raise 'wrong owner'; end if; end $$";
        let right = if install.major >= 16 { "set" } else { "member" };
        execute(&target, "src", &question.replace("@right@", right));
    }
}

#[test]
fn an_existing_database_is_only_replaced_when_told_to() {
    let folder = folder("exists");
    let found = found();
    let server = start(newest(&found), folder.path(), "s", &ClusterOptions::default());
    execute(&server, "postgres", "create database src");
    execute(&server, "postgres", "create database copy");
    execute(&server, "src", "create table t as select generate_series(1, 10) as id");
    execute(&server, "copy", "create table precious as select 1 as x");
    let renamed = ["--map-database", "src=copy"];
    let ran = migrate("migrate", &server, &server, "postgres", &renamed);
    assert_eq!(ran.code, 4);
    let error = json(&ran.stdout)["databases"][0]["migration"]["error"].to_string();
    assert!(error.contains("--if-exists overwrite"), "{error}");
    execute(&server, "copy", "select x from precious");
    let ran = migrate(
        "validate-and-migrate",
        &server,
        &server,
        "postgres",
        &[&renamed[..], &["--if-exists", "overwrite"]].concat(),
    );
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    execute(
        &server,
        "copy",
        "do $$ begin if (select count(*) from t) <> 10 or to_regclass('precious') is not null then raise 'not replaced'; end if; end $$",
    );
}

#[test]
fn a_failure_names_the_object_and_what_is_left() {
    let folder = folder("failure");
    let found = found();
    let source = start(newest(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(&source, "postgres", "create database src");
    // Rows that break the foreign key they were loaded under: it cannot be made on the target.
    execute(
        &source,
        "src",
        "create table p (id int primary key); create table c (id int references p); \
         set session_replication_role = replica; insert into c values (1)",
    );
    let ran = migrate("migrate", &source, &target, "postgres", &[]);
    assert_eq!(ran.code, 4);
    let report = json(&ran.stdout);
    let migration = &report["databases"][0]["migration"];
    assert_eq!(migration["state"], "Failed");
    let error = migration["error"].as_str().unwrap_or_default();
    assert!(
        error.contains("c_id_fkey") && error.contains("23503") && error.contains("ADD CONSTRAINT"),
        "{error}"
    );
    assert_eq!(migration["cleanup"], "DROP DATABASE \"src\"");
    assert_eq!(report["run"]["state"], "Failed");
}

#[test]
fn large_tables_travel_in_parts_and_odd_encodings_untouched() {
    let folder = folder("parts");
    let found = found();
    let source = start(newest(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(
        &source,
        "postgres",
        "create database src template template0 encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C'",
    );
    // Bytes that are no UTF-8, as old applications leave them.
    execute(
        &source,
        "src",
        "create table t (v text); insert into t values (convert_from('\\xe4f6fc'::bytea, 'SQL_ASCII'))",
    );
    let ran = migrate("migrate", &source, &target, "postgres", &[]);
    let report = json(&ran.stdout);
    assert_eq!(ran.code, 0, "{:#}", report["databases"][0]["migration"]);
    assert_eq!(report["databases"][0]["migration"]["tables"][0]["format"], "text");
    execute(
        &target,
        "src",
        "do $$ begin if (select v::bytea from t) <> '\\xe4f6fc'::bytea then raise 'bytes changed'; end if; end $$",
    );
}

#[test]
fn writes_to_the_source_in_the_meantime_are_told() {
    let folder = folder("writes");
    let found = found();
    let source = start(newest(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(&source, "postgres", "create database src");
    execute(
        &source,
        "src",
        "create table log (id int); create table t as select generate_series(1, 1000) as id",
    );
    let done = AtomicBool::new(false);
    let ran = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                execute(&source, "src", "insert into log values (1)");
            }
        });
        let ran = migrate("migrate", &source, &target, "postgres", &[]);
        done.store(true, Ordering::Relaxed);
        ran
    });
    let report = json(&ran.stdout);
    assert_eq!(ran.code, 0, "the copy is what the snapshot saw: {:#}", report["verification"]);
    let deviations = report["databases"][0]["migration"]["deviations"].to_string();
    assert!(deviations.contains("written to during the migration"), "{deviations}");
}

#[test]
fn a_run_that_is_asked_to_stop_leaves_no_half_table() {
    let folder = folder("cancel");
    let found = found();
    let source = start(newest(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(&source, "postgres", "create database src");
    execute(
        &source,
        "src",
        "create table big as select g as id, repeat('x', 200) as v from generate_series(1, 2000000) g",
    );
    let (from, to) = (source.conninfo("postgres", "src"), target.conninfo("postgres", "postgres"));
    let child = command(&["migrate", "--source", &from, "--target", &to, "--format", "json", "-q"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    // As soon as the copy runs, the process is asked to end.
    let copying = "do $$ begin if not exists (select from pg_stat_activity where datname = 'src' and query like 'copy %') then \
                   raise 'not yet'; end if; end $$";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    while runtime.block_on(target.execute("postgres", copying)).is_err() {}
    assert!(
        std::process::Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status()
            .expect("kill")
            .success()
    );
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(130));
    let report = json(&String::from_utf8_lossy(&output.stdout));
    assert_eq!(report["run"]["state"], "Canceled");
    assert_eq!(report["databases"][0]["migration"]["state"], "Canceled");
    execute(
        &target,
        "src",
        "do $$ begin if exists (select from big) then raise 'half a table'; end if; end $$",
    );
}

#[test]
fn what_is_not_carried_is_listed() {
    let folder = folder("listed");
    let found = found();
    let source = start(newest(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(&source, "postgres", "create database src");
    execute(
        &source,
        "src",
        "create table t (id int); create index broken on t (id); update pg_index set indisvalid = false where indexrelid = 'broken'::regclass",
    );
    execute(
        &source,
        "src",
        "create subscription sub connection 'host=nowhere password=s3cret' publication p with (connect = false)",
    );
    let ran = migrate("migrate", &source, &target, "postgres", &[]);
    let report = json(&ran.stdout);
    assert_eq!(ran.code, 0, "{:#}", report["databases"][0]["migration"]);
    assert_eq!(
        report["databases"][0]["migration"]["deviations"],
        serde_json::json!([
            "index public.broken is invalid on the source and was left out",
            "subscription sub was created disabled: enable it when the source has stopped",
        ])
    );
    assert!(!ran.stdout.contains("s3cret") && !ran.stderr.contains("s3cret"));
}

#[test]
fn filters_leave_out_what_they_name_and_what_needs_it() {
    let folder = folder("filters");
    let found = found();
    let source = start(newest(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(&source, "postgres", "create database src");
    execute(
        &source,
        "src",
        "create schema old; create table old.things (id int); create schema app; create schema ext; create extension citext schema ext; \
         create table app.users (id int primary key, name ext.citext); insert into app.users values (1, 'a'); \
         create table app.logs (id serial primary key, u int references app.users); insert into app.logs (u) values (1); \
         create table app.hits (id int primary key, u int references app.users, l int references app.logs); \
         insert into app.hits values (1, 1, 1); create view app.recent as select * from app.logs; \
         create publication p for table app.users, app.logs",
    );
    let filters =
        ["--exclude-schema", "ol?", "--exclude-table", "app.logs", "--exclude-table-data", "app.users"];
    let ran = migrate("migrate", &source, &target, "postgres", &filters);
    let report = json(&ran.stdout);
    assert_eq!(ran.code, 0, "{:#} {:#}", report["databases"][0]["migration"], report["verification"]);
    assert_eq!(
        report["databases"][0]["migration"]["deviations"],
        serde_json::json!([
            "the rows of table app.users were left out: excluded by `app.users`",
            "schema old was left out: excluded by `ol?`",
            "table app.logs was left out: excluded by `app.logs`",
            "sequence app.logs_id_seq was left out: it needs table app.logs",
            "view app.recent was left out: it needs table app.logs",
            "table old.things was left out: excluded by `ol?`",
            "fk constraint app.hits hits_l_fkey was left out: it needs table app.logs",
            "fk constraint app.hits hits_u_fkey was left out: the rows of table app.users were left out",
            "fk constraint app.logs logs_u_fkey was left out: it needs table app.logs",
            "publication table app.p logs was left out: it needs table app.logs",
        ])
    );
    execute(
        &target,
        "src",
        "do $$ begin if (select count(*) from app.users) <> 0 or (select count(*) from app.hits) <> 1 or to_regclass('app.logs') is not null \
         then raise 'not as asked for'; end if; end $$",
    );
    let ran = migrate("verify", &source, &target, "postgres", &filters);
    assert_eq!(ran.code, 0, "{}", json(&ran.stdout)["verification"]);
    let ran = migrate(
        "migrate",
        &source,
        &target,
        "postgres",
        &["--include-schema", "nowhere", "--map-database", "src=x"],
    );
    assert_eq!(ran.code, 4);
    assert!(ran.stdout.contains("no schema matches `nowhere`"), "{}", ran.stdout);
}

#[test]
fn everything_can_be_given_to_the_user_of_the_target() {
    let folder = folder("owner");
    let found = found();
    let source = sample(newest(&found), folder.path(), "s");
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(&target, "postgres", "create role boss superuser login");
    let ran = migrate("migrate", &source, &target, "boss", &["--owner", "target-user"]);
    let report = json(&ran.stdout);
    assert_eq!(
        ran.code, 0,
        "{:#} {:#}",
        report["databases"][0]["migration"]["error"], report["verification"]
    );
    let deviations = report["databases"][0]["migration"]["deviations"].to_string();
    assert!(deviations.contains("everything belongs to boss, as asked for"), "{deviations}");
    execute(
        &target,
        "src",
        "do $$ begin if exists (select from pg_class where oid >= 16384 and relowner <> 'boss'::regrole) \
         or exists (select from pg_largeobject_metadata where lomowner <> 'boss'::regrole) then raise 'not the owner'; end if; end $$",
    );
    let ran = migrate("verify", &source, &target, "boss", &["--owner", "target-user"]);
    assert_eq!(ran.code, 0, "{}", json(&ran.stdout)["verification"]);
}

#[test]
fn values_that_look_alike_are_told_apart() {
    let folder = folder("alike");
    let server = start(newest(&found()), folder.path(), "s", &ClusterOptions::default());
    let pairs = [
        ("'a', null", "null, 'a'"),
        ("'', null", "null, ''"),
        ("null, null", "'', ''"),
        ("'a', 'b c'", "'a b', 'c'"),
        ("'a', 'bc'", "'ab', 'c'"),
        ("'t', null", "'', 't'"),
        ("E'a\\x1fb', ''", "'a', E'b\\x1f'"),
        ("'(a,b)', ''", "'a', 'b'"),
        ("'a', null", "'a', 'ft'"),
        ("'t', null", "'t', E'ft\\x1f'"),
    ];
    for database in ["one", "two"] {
        execute(&server, "postgres", &format!("create database {database}"));
        for (number, (a, b)) in pairs.iter().enumerate() {
            let row = if database == "one" { a } else { b };
            let sql =
                format!("create table t{number} (a text, b text); insert into t{number} values ({row})");
            execute(&server, database, &sql);
        }
        execute(&server, database, "create table same (a text, b text); insert into same values ('x', null)");
    }
    let (from, to) = (server.conninfo("postgres", "one"), server.conninfo("postgres", "postgres"));
    let servers = ["--source", &from, "--target", &to, "--map-database", "one=two", "--format", "json", "-q"];
    let ran = pgpassage(&[&["verify"][..], &servers].concat());
    assert_eq!(ran.code, 4);
    let report = json(&ran.stdout);
    let differences = report["verification"]["databases"][0]["differences"].as_array().cloned();
    let subjects: Vec<String> = differences
        .iter()
        .flatten()
        .map(|d| format!("{} {}", d["subject"].as_str().unwrap_or(""), d["what"].as_str().unwrap_or("")))
        .collect();
    let expected: Vec<String> = (0..pairs.len()).map(|n| format!("table public.t{n} contents")).collect();
    assert_eq!(subjects, expected);
}

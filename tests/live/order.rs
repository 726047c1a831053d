//! The order of steps where it could be seen: functions of users that read tables, constraints that old rows violate, hashes
//! that depend on the server, foreign tables, and the migrator's own locks.

use pgpassage::demo::{Cluster, ClusterOptions};
use serde_json::Value;

use crate::support::{folder, pgpassage};
use crate::{execute, found, json, newest, start};

/// Whether everything is tried, which takes long.
fn is_long() -> bool {
    std::env::var_os("PGPASSAGE_LIVE_LONG").is_some()
}

/// Migrates and verifies `src`, which must go well, and gives the report of the database.
fn migrate(source: &Cluster, target: &Cluster) -> Value {
    let (from, to) = (source.conninfo("postgres", "src"), target.conninfo("postgres", "postgres"));
    let arguments = ["migrate", "--source", &from, "--target", &to, "--format", "json", "-q", "--jobs", "4"];
    let ran = pgpassage(&arguments);
    let report = json(&ran.stdout);
    let migration = report["databases"][0]["migration"].clone();
    let differences = &report["verification"];
    assert_eq!(ran.code, 0, "{}: {:#} {differences:#} {}", source.major(), migration["error"], ran.stderr);
    migration
}

/// The lines of a server's log that tell of an error.
fn errors(server: &Cluster) -> Vec<String> {
    let log = std::fs::read_to_string(server.folder.join("log")).expect("the server's log");
    // A worker of autovacuum gives way to whoever wants its table.
    let is_ours = |line: &&str| line.contains("ERROR:") && !line.contains("canceling autovacuum task");
    log.lines().filter(is_ours).map(str::to_owned).collect()
}

#[test]
fn nothing_is_loaded_or_created_before_it_can_see_all_data() {
    let folder = folder("order");
    let found = found();
    for install in found.iter().filter(|i| i.major >= 12) {
        let name = install.major.to_string();
        let source = start(install, folder.path(), &format!("s{name}"), &ClusterOptions::default());
        execute(&source, "postgres", "create database src");
        execute(&source, "src", include_str!("order.sql"));
        let target = start(newest(&found), folder.path(), &format!("t{name}"), &ClusterOptions::default());
        let migration = migrate(&source, &target);
        assert_eq!(migration["deviations"], serde_json::json!([]), "{name}");
        // Through the index, which was built when it could be.
        execute(
            &target,
            "src",
            "set enable_seqscan = off; do $$ begin \
               assert (select count(*) from expressions where look(k) > 'v') = 60, 'an index on an expression'; \
               assert (select count(*) from expressions where look(k) = 'v7') = 1, 'an index with a predicate'; \
               assert (select count(*) from excluded where look(k) > 'v') = 60, 'an exclusion constraint'; \
               assert (select count(*) from a_generated where v is not null) = 60, 'a generated column'; \
               assert (select count(*) from c_enum) = 400, 'partitions by the hash of an enum'; \
             end $$",
        );
        assert_eq!(errors(&target), [""; 0], "{name}");
    }
}

#[test]
fn a_foreign_table_and_a_failing_function_keep_nothing_from_being_analyzed() {
    let folder = folder("analyze");
    let found = found();
    let source = start(newest(&found), folder.path(), "s", &ClusterOptions::default());
    execute(&source, "postgres", "create database src");
    execute(
        &source,
        "src",
        "create extension postgres_fdw; \
         create server dead foreign data wrapper postgres_fdw options (host '127.0.0.1', port '1', connect_timeout '2'); \
         create user mapping for public server dead; \
         create table parted (a int) partition by list (a); create table local partition of parted for values in (1); \
         create foreign table remote partition of parted for values in (2) server dead; insert into parted values (1); \
         create table parent (a int); create foreign table child () inherits (parent) server dead; \
         create function fails(int) returns int language plpgsql immutable as \
           'begin if current_setting(''application_name'') like ''pgpassage%'' and $1 < 0 then raise ''no''; end if; return $1; end'; \
         create table plain as select generate_series(1, 100) as a; create statistics on (fails(-a)), a from plain",
    );
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    let migration = migrate(&source, &target);
    let deviations: Vec<&str> =
        migration["deviations"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    for table in ["parent", "parted", "plain"] {
        let start = format!("the statistics of table public.{table} were not gathered: ");
        assert!(deviations.iter().any(|line| line.starts_with(&start)), "{table}: {deviations:#?}");
    }
    execute(
        &target,
        "src",
        "do $$ begin assert (select reltuples from pg_class where relname = 'local') = 1; end $$",
    );
}

#[test]
fn migrations_do_not_wait_for_their_own_locks() {
    let folder = folder("locks");
    let found = found();
    let source = start(newest(&found), folder.path(), "s", &ClusterOptions::default());
    execute(&source, "postgres", "create database src");
    execute(&source, "src", include_str!("locks.sql"));
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    for _ in 0..if is_long() { 20 } else { 3 } {
        migrate(&source, &target);
        execute(&target, "postgres", "drop database src");
    }
    assert_eq!(errors(&target), [""; 0]);
}

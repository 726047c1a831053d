//! Limits of servers, users and databases.

use pgpassage::demo::ClusterOptions;

use super::{assert_failed, assert_found, migrated, superusers, validated};
use crate::support::{folder, path_text};
use crate::{execute, found, newest, oldest_supported, start};

#[test]
fn a_lock_table_that_is_too_small_is_found_before_pg_dump_fails_over_it() {
    let folder = folder("locks");
    let found = found();
    let small = ClusterOptions {
        settings: vec!["max_locks_per_transaction = 10".into(), "max_connections = 10".into()],
        ..Default::default()
    };
    let source = start(oldest_supported(&found), folder.path(), "s", &small);
    let target = start(newest(&found), folder.path(), "t", &small);
    execute(&source, "postgres", "create database many");
    // Few at a time, or making them would fill the table itself.
    for from in (0..2000).step_by(50) {
        execute(
            &source,
            "many",
            &format!(
                "do $$ begin for i in {from}..{} loop execute format('create table t%s ()', i); end loop; end $$",
                from + 49
            ),
        );
    }
    let (from, to) = superusers(&source, "many", &target);
    let report = validated(&from, &to, &["--jobs", "2"]);
    assert_found(&report, "capacity/source-lock-table: database many");
    assert_found(&report, "capacity/target-lock-table: database many");
    assert_failed(&migrated(&from, &to, &["--jobs", "2"]), "many", "out of shared memory");
}

#[test]
fn connections_that_will_not_be_had_are_found() {
    let folder = folder("slots");
    let found = found();
    let few = ClusterOptions {
        settings: vec![
            "max_connections = 10".into(),
            "superuser_reserved_connections = 1".into(),
            "max_wal_senders = 0".into(),
        ],
        ..Default::default()
    };
    let source = start(oldest_supported(&found), folder.path(), "s", &few);
    let target = start(newest(&found), folder.path(), "t", &few);
    execute(
        &source,
        "postgres",
        "create role mover login connection limit 3; grant pg_read_all_settings to mover",
    );
    execute(&source, "postgres", "create database shop owner mover connection limit 4");
    execute(&target, "postgres", "create role mover login createdb createrole connection limit 3");
    for table in 0..12 {
        execute(
            &source,
            "shop",
            &format!(
                "create table t{table} as select generate_series(1, 1000) as n; alter table t{table} owner to mover"
            ),
        );
    }
    execute(&target, "postgres", "create role other login createdb createrole");
    let (from, to) = (source.conninfo("mover", "shop"), target.conninfo("mover", "postgres"));
    let jobs = ["--jobs", "12"];
    let report = validated(&from, &to, &jobs);
    assert_found(&report, "capacity/source-connections: source server");
    assert_found(&report, "capacity/target-connections: target server");
    assert_found(&report, "capacity/source-user-connection-limit: user mover");
    assert_found(&report, "capacity/target-user-connection-limit: user mover");
    assert_found(&report, "capacity/source-database-connection-limit: database shop");
    let result = migrated(&from, &to, &jobs);
    assert_eq!(result.0, 4, "{result:?}");
    assert!(result.1.iter().any(|error| error.contains("too many connections")), "{result:?}");
    // A database that is there may have a limit of its own.
    execute(&target, "postgres", "drop database if exists shop");
    execute(&target, "postgres", "create database shop owner other connection limit 2");
    let report = validated(&from, &target.conninfo("other", "postgres"), &jobs);
    assert_found(&report, "capacity/target-database-connection-limit: database shop");
}

#[test]
fn sizes_ages_and_long_transactions_are_found() {
    let folder = folder("sizes");
    let found = found();
    let source = start(oldest_supported(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(&source, "postgres", "create database old");
    execute(&source, "old", "select lo_create(i) from generate_series(1, 101) i");
    // What the catalog says of a database that was never vacuumed for two thousand million transactions.
    execute(&source, "postgres", "update pg_database set datfrozenxid = '2300000000' where datname = 'old'");
    let held = source.conninfo("postgres", "old");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.spawn(async move {
        let (client, connection) =
            tokio_postgres::connect(&held, tokio_postgres::NoTls).await.expect("it connects");
        tokio::spawn(connection);
        let _ = client.batch_execute("begin; create table mine (); select pg_sleep(600)").await;
    });
    let config = folder.path().join("limits.toml");
    std::fs::write(
        &config,
        "[params]\n\"activity/long-transaction\" = { seconds_min = 1 }\n\"capacity/many-large-objects\" = { large_objects_max = 100 }\n\
         \"capacity/database-larger-than-limit\" = { bytes_max = 1000 }\n",
    )
    .expect("own folder");
    std::thread::sleep(std::time::Duration::from_secs(7));
    let (from, to) = superusers(&source, "old", &target);
    let report = validated(&from, &to, &["--config", &path_text(&config)]);
    assert_found(&report, "capacity/many-large-objects: database old");
    assert_found(&report, "capacity/database-larger-than-limit: database old");
    assert_found(&report, "capacity/transaction-ids-near-wraparound: database old");
    let process = crate::with_status(&report, "warning")
        .iter()
        .any(|w| w.starts_with("activity/long-transaction: process "));
    assert!(process, "{report:#}");
    runtime.shutdown_background();
}

//! Names of databases, and what is on the target already.

use pgpassage::demo::ClusterOptions;

use super::{assert_failed, assert_found, migrated, superusers, validated};
use crate::support::folder;
use crate::{execute, found, newest, oldest_supported, start};

#[test]
fn names_that_clash_are_found() {
    let folder = folder("names");
    let found = found();
    let source = start(oldest_supported(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    for sql in ["create database \"Shop\"", "create database crm"] {
        execute(&source, "postgres", sql);
    }
    execute(&target, "postgres", "create database shop");
    let long = "x".repeat(70);
    let (from, to) = superusers(&source, "postgres", &target);
    let report =
        validated(&from, &to, &["-d", "Shop", "-d", "crm", "--map-database", &format!("crm={long}")]);
    assert_found(&report, "databases/name-differs-in-case: database Shop");
    assert_found(&report, "databases/name-too-long: database crm");
    let report = validated(&from, &to, &["-d", "Shop", "-d", "crm", "--map-database", "crm=Shop"]);
    assert_found(&report, "databases/two-with-one-name: database Shop, database crm");
    let report = validated(
        &from,
        &to,
        &["-d", "crm", "--profile", "azure-flexible-server", "--map-database", "crm=azure_sys"],
    );
    assert_found(&report, "databases/reserved-name: database azure_sys");
    // The server would cut the name off, and two of one name would meet in one database.
    let result = migrated(&from, &to, &["-d", "crm", "--map-database", &format!("crm={long}")]);
    assert_eq!(result.0, 4, "{result:?}");
    let result = migrated(&from, &to, &["-d", "Shop", "-d", "crm", "--map-database", "crm=Shop"]);
    assert_ne!(result.0, 0, "{result:?}");
}

#[test]
fn a_database_in_use_or_of_another_owner_is_found_before_it_cannot_be_dropped() {
    let folder = folder("in-use");
    let found = found();
    let source = start(oldest_supported(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(&source, "postgres", "create database shop");
    execute(
        &source,
        "shop",
        "create role mover login; create table t (id int); alter table t owner to mover; alter database shop owner to mover",
    );
    execute(&target, "postgres", "create database shop");
    execute(&target, "shop", "create table t (id int)");
    execute(&target, "postgres", "create role mover login createdb createrole");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    // Someone is at work in it: a session that sleeps as long as this test runs.
    let busy = target.conninfo("postgres", "shop");
    runtime.spawn(async move {
        let (client, connection) =
            tokio_postgres::connect(&busy, tokio_postgres::NoTls).await.expect("it connects");
        tokio::spawn(connection);
        let _ = client.batch_execute("select pg_sleep(600)").await;
    });
    let (from, to) = (source.conninfo("postgres", "shop"), target.conninfo("mover", "postgres"));
    std::thread::sleep(std::time::Duration::from_millis(500));
    let report = validated(&from, &to, &["--if-exists", "overwrite"]);
    assert_found(&report, "databases/overwrite-destroys-data: database shop");
    assert_found(&report, "databases/cannot-be-dropped: database shop");
    assert_found(&report, "databases/sessions-on-target: database shop");
    assert_found(&report, "privileges/cannot-end-sessions: database shop");
    assert_failed(&migrated(&from, &to, &["--if-exists", "overwrite"]), "shop", "must be owner of database");
    execute(&target, "postgres", "alter database shop owner to mover");
    assert_failed(
        &migrated(&from, &to, &["--if-exists", "overwrite"]),
        "shop",
        "permission denied to terminate process",
    );
    runtime.shutdown_background();
}

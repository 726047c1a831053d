//! The least rights: what `grants` prints is enough, and without it the verdict says what is missing.

use pgpassage::demo::{Cluster, ClusterOptions};

use crate::fixes::psql;
use crate::support::{folder, path_text, pgpassage};
use crate::{execute, found, json, newest, start, with_status};

const SOURCE: &str = "
create schema app authorization shop_owner;
set role shop_owner;
create table app.orders (id int primary key generated always as identity, note text);
insert into app.orders (note) select 'n' || i from generate_series(1, 100) i;
create table app.payroll (id int primary key, owner name default current_user);
insert into app.payroll values (1, 'a'), (2, 'b');
alter table app.payroll enable row level security;
create policy own on app.payroll using (owner = current_user);
create materialized view app.totals as select count(*) from app.orders;
create view app.recent as select * from app.orders;
create function app.half(int) returns int language sql immutable as 'select $1 / 2';
create index on app.orders (app.half(id));
select lo_from_bytea(0, 'rows of bytes');
reset role;
";

/// Runs what `grants` prints for a server.
fn grant(cluster: &Cluster, folder: &std::path::Path, side: &str, option: &str) {
    let version = cluster.major().to_string();
    let ran = pgpassage(&[
        "grants",
        side,
        "--user",
        "mover",
        "--server-version",
        &version,
        "-d",
        "shop",
        "--migration-option",
        option,
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let script = folder.join("grants.sql");
    std::fs::write(&script, ran.stdout).expect("own folder");
    let output = psql(cluster, "postgres", &["-v", "ON_ERROR_STOP=1", "-f", &path_text(&script)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_rights_that_are_printed_are_enough_to_validate_and_migrate() {
    let folder = folder("least");
    let found = found();
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(&target, "postgres", "create role mover login");
    let install = found.iter().find(|install| install.major == 15).unwrap_or(newest(&found));
    let source = start(install, folder.path(), "s", &ClusterOptions::default());
    execute(&source, "postgres", "create role shop_owner");
    execute(&source, "postgres", "create database shop owner shop_owner");
    execute(&source, "shop", SOURCE);
    execute(&source, "postgres", "create role mover login; revoke connect on database shop from public");
    let (from, to) = (source.conninfo("mover", "shop"), target.conninfo("mover", "postgres"));
    let run = |command: &str| {
        let options =
            ["--source", &from, "--target", &to, "--format", "json", "-q", "--if-exists", "overwrite"];
        pgpassage(&[&[command][..], &options].concat())
    };
    assert_ne!(run("validate").code, 0, "without rights nothing is ready");
    grant(&source, folder.path(), "--source", "Validate");
    let judged = json(&run("validate").stdout);
    assert_eq!(with_status(&judged, "could_not_check"), [""; 0]);
    grant(&target, folder.path(), "--target", "ValidateAndMigrate");
    let ran = run("validate-and-migrate");
    let report = json(&ran.stdout);
    assert_eq!(ran.code, 0, "{} {:#?} {report:#}", ran.stderr, with_status(&report, "failed"));
    assert_eq!(report["verification"]["passed"], true);
}

//! What is stored for databases and roles changes neither what our statements mean nor what is copied.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use pgpassage::demo::{Cluster, ClusterOptions, Install};

use crate::proxy::Proxy;
use crate::support::{Ran, folder, pgpassage, repository};
use crate::{execute, found, newest, oldest_supported, start};

/// Every word that stands before a parenthesis in our SQL and the code around it.
fn called_names(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("a folder of the repository").path();
        if path.is_dir() {
            called_names(&path, names);
        } else if path.extension().is_some_and(|e| e == "sql" || e == "rs") {
            let text = fs::read_to_string(&path).expect("a file of the repository");
            for before in text.split('(') {
                let word = before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next();
                names.extend(word.filter(|word| !word.is_empty()).map(str::to_owned));
            }
        }
    }
}

fn hostile_sql() -> String {
    let mut names = BTreeSet::new();
    called_names(&repository("rules"), &mut names);
    called_names(&repository("src"), &mut names);
    let names: Vec<String> = names.into_iter().collect();
    include_str!("hostile.sql").replace("@NAMES@", &names.join(","))
}

/// What the log of a server says of calls into the schema that comes before `pg_catalog`.
fn caught(cluster: &Cluster) -> Vec<String> {
    let log = fs::read(cluster.data().with_file_name("log")).expect("a server writes its log");
    let log = String::from_utf8_lossy(&log);
    log.lines().filter(|line| line.contains("CAUGHT")).map(str::to_owned).collect()
}

fn run(command: &str, from: &str, to: &str, more: &[&str]) -> Ran {
    pgpassage(&[&[command, "--source", from, "--target", to][..], more].concat())
}

#[test]
fn nothing_that_shadows_the_catalog_is_ever_called() {
    let found = found();
    for install in [oldest_supported(&found), newest(&found)] {
        nothing_is_called_on(install);
    }
}

fn nothing_is_called_on(install: &Install) {
    let folder = folder("hostile");
    let source = start(install, folder.path(), "s", &ClusterOptions::default());
    let target = start(install, folder.path(), "t", &ClusterOptions::default());
    for cluster in [&source, &target] {
        execute(cluster, "postgres", "create role mover superuser login");
    }
    execute(&source, "postgres", "create database app");
    execute(&source, "app", &hostile_sql());
    assert_eq!(caught(&source), [""; 0], "setting up calls nothing");
    execute(
        &source,
        "app",
        "set search_path = evil, pg_catalog; select current_setting('x.y', true), count(1) from pg_class",
    );
    let (sure, nothing) = (caught(&source).len(), caught(&target).len());
    assert!(sure >= 2, "the trap works");

    let from = format!("{} target_session_attrs=read-write", source.conninfo("mover", "app"));
    let to = format!("{} target_session_attrs=read-write", target.conninfo("mover", "postgres"));
    for (command, more) in [
        ("validate", &["--deep"][..]),
        ("plan", &[]),
        ("migrate", &[]),
        // The copy has the path too now.
        ("verify", &[]),
        ("validate", &["--deep"]),
    ] {
        let ran = run(command, &from, &to, more);
        assert!(ran.code <= 1, "{command} on {}: {} {}", install.major, ran.stdout, ran.stderr);
        assert_eq!(caught(&source)[sure..], [""; 0], "{command} on the source");
        assert_eq!(caught(&target)[nothing..], [""; 0], "{command} on the target");
    }
}

#[test]
fn stored_settings_and_encodings_change_no_copy() {
    let folder = folder("settings");
    let found = found();
    let source = start(oldest_supported(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    let settings = "alter role mover set standard_conforming_strings = off; alter role mover set search_path = nosuch; \
        alter role mover set client_encoding = 'LATIN1'; alter role mover set datestyle = 'German'; \
        alter role mover set default_transaction_isolation = serializable; alter role mover set default_transaction_read_only = on; \
        alter role mover set statement_timeout = '1ms'; alter role mover set quote_all_identifiers = on; \
        alter role mover set default_tablespace = pg_default; alter role mover set exit_on_error = on; \
        alter role mover set session_replication_role = replica; alter role mover set temp_file_limit = 0";
    for cluster in [&source, &target] {
        execute(cluster, "postgres", "create role mover superuser login");
        execute(cluster, "postgres", settings);
    }
    for encoding in ["LATIN1", "WIN1252", "EUC_JP", "SQL_ASCII", "UTF8"] {
        let name = format!("of_{}", encoding.to_lowercase());
        let (label, word) = if encoding == "EUC_JP" { ("日本", "語") } else { ("é", "ü") };
        let made = format!(
            "create database {name} template template0 encoding '{encoding}' lc_collate 'C' lc_ctype 'C'"
        );
        execute(&source, "postgres", &made);
        execute(
            &source,
            &name,
            &format!(
                r#"create type "{label}" as enum ('{word}'); create table "t{label}" ("c{word}" "{label}", d text default 'a\b');
                   comment on table "t{label}" is '{word} \ {label}'; insert into "t{label}" values ('{word}');
                   create function "f{label}"() returns text language sql as $$ select '{label}\x'::text $$;
                   create table parts (i int) partition by range (i); create table part partition of parts for values from (0) to (9);"#
            ),
        );
        let from = source.conninfo("mover", &name);
        let ran = run("migrate", &from, &target.conninfo("mover", "postgres"), &[]);
        assert_eq!(ran.code, 0, "{encoding}: {} {}", ran.stdout, ran.stderr);
        execute(
            &target,
            &name,
            &format!(
                r#"do $$ begin
                   assert "f{label}"() = '{label}\x' and obj_description('"t{label}"'::regclass) = '{word} \ {label}';
                   insert into "t{label}" default values;
                   assert (select d from "t{label}" where "c{word}" is null) = 'a\b';
                   end $$"#
            ),
        );
    }
}

#[test]
fn a_silent_server_ends_every_command_and_a_slow_one_none() {
    let folder = folder("silent");
    let found = found();
    let options = || ClusterOptions { tcp: true, ..Default::default() };
    let source = start(oldest_supported(&found), folder.path(), "s", &options());
    let target = start(newest(&found), folder.path(), "t", &options());
    execute(&source, "postgres", "create database app");
    execute(
        &source,
        "app",
        "create table wide as select g as id, repeat('x', 1000) as v from generate_series(1, 2000) g; \
         create function slow(i int) returns int immutable language plpgsql as 'begin perform pg_sleep(0.05); return i; end'; \
         create table slowly as select g as id from generate_series(1, 60) g; create index on slowly (slow(id))",
    );
    let through = |cluster: &Cluster, dbname: &str, bytes: u64| {
        let port = Proxy::start(cluster.port, bytes).port;
        format!("host=127.0.0.1 port={port} user=postgres dbname={dbname} sslmode=disable")
    };
    let to = target.conninfo("postgres", "postgres");
    let wait = ["--timeout", "1"];
    for bytes in [0, 2_000, 9_000] {
        let from = through(&source, "app", bytes);
        for command in ["validate", "plan", "migrate", "verify"] {
            let ran = run(command, &from, &to, &wait);
            let told = format!("{} {}", ran.stdout, ran.stderr);
            assert!(ran.code >= 3, "{command} after {bytes} bytes: {} {told}", ran.code);
            assert!(told.contains("silent for") || told.contains("no answer within"), "{command}: {told}");
        }
    }
    // In the middle of a COPY, on either side.
    let half = run("migrate", &through(&source, "app", 1_000_000), &to, &wait);
    let told = format!("{} {}", half.stdout, half.stderr);
    assert!(half.code == 4 && told.contains("the source at 127.0.0.1"), "{} {told}", half.code);
    let slow = run(
        "migrate",
        &source.conninfo("postgres", "app"),
        &to,
        &[&wait[..], &["--if-exists", "overwrite"]].concat(),
    );
    assert_eq!(slow.code, 0, "an index takes longer: {} {}", slow.stdout, slow.stderr);
}

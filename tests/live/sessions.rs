//! What is stored for databases and roles changes neither what our statements mean nor what is copied.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use pgpassage::config::{Environment, find_pg_dumps, resolve_endpoint};
use pgpassage::demo::{Cluster, ClusterOptions, Install};
use pgpassage::facts::Side;
use pgpassage::server::{SnapshotHolder, dump_schema, hold_table, list_tables};

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

#[test]
fn a_pg_dump_that_is_not_answered_is_ended() {
    let folder = folder("stalled");
    let source =
        start(newest(&found()), folder.path(), "s", &ClusterOptions { tcp: true, ..Default::default() });
    // Enough for the session that holds the snapshot, and not for all that pg_dump reads.
    let port = Proxy::start(source.port, 40_000).port;
    let conninfo = format!("host=127.0.0.1 port={port} user=postgres dbname=postgres sslmode=disable");
    let mut endpoint = resolve_endpoint(Side::Source, &conninfo, &Environment::default(), false)
        .expect("a connection string");
    endpoint.patience = Duration::from_secs(2);
    let pg_dump = find_pg_dumps(&Environment::of_process()).swap_remove(0).0;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let failed = runtime.block_on(async {
        let snapshot = SnapshotHolder::take(&endpoint, "postgres", None).await.expect("a snapshot");
        dump_schema(&pg_dump, &endpoint, &snapshot.session, &snapshot.name).await
    });
    let said = failed.expect_err("the way is silent").to_string();
    assert!(said.contains("was ended: the source"), "{said}");
}

#[test]
fn an_existing_database_is_filled_as_a_new_one_would_be_or_refused_in_time() {
    let folder = folder("exists");
    let found = found();
    let source = start(oldest_supported(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(&source, "postgres", "create database app");
    execute(&source, "app", "create table t as select 1 as i");
    let from = source.conninfo("postgres", "app");
    let elsewhere = target.conninfo("postgres", "postgres");
    for (create, inside, foretold) in [
        (
            "create database app template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'",
            "",
            "encoding",
        ),
        ("create database app", "create schema x; create extension hstore schema x", "hstore"),
        ("create database app", "create type mood as enum ('a')", "not empty"),
        ("create database app", "alter default privileges grant all on tables to public", "not empty"),
    ] {
        execute(&target, "postgres", create);
        if !inside.is_empty() {
            execute(&target, "app", inside);
        }
        let judged = run("validate", &from, &elsewhere, &[]);
        assert!(judged.code == 1 && judged.stdout.contains(foretold), "{inside}: {}", judged.stdout);
        let refused = run("migrate", &from, &elsewhere, &[]);
        assert!(
            refused.code == 4 && refused.stdout.contains("--if-exists overwrite"),
            "{inside}: {}",
            refused.stdout
        );
        execute(&target, "postgres", "drop database app");
    }
    execute(&target, "postgres", "create database app");
    execute(&target, "postgres", "alter database app set search_path = nowhere");
    let filled = run("migrate", &from, &elsewhere, &[]);
    assert_eq!(filled.code, 0, "{} {}", filled.stdout, filled.stderr);
    assert!(filled.stdout.contains("setting search_path of database app was stored"), "{}", filled.stdout);
    let overwrite = ["--if-exists", "overwrite"];
    let inside = target.conninfo("postgres", "app");
    for to in [&elsewhere, &inside] {
        let replaced = run("migrate", &from, to, &overwrite);
        assert_eq!(replaced.code, 0, "{} {}", replaced.stdout, replaced.stderr);
    }
    // Where there is no other database to work from, one cannot be replaced from the inside.
    execute(&target, "template1", "alter database postgres with allow_connections false");
    let judged = run("validate", &from, &inside, &overwrite);
    assert!(judged.code == 1 && judged.stdout.contains("needed-by-migration"), "{}", judged.stdout);
    let refused = run("migrate", &from, &inside, &overwrite);
    assert!(refused.code == 4 && refused.stdout.contains("cannot be replaced"), "{}", refused.stdout);
}

#[test]
fn the_database_of_the_administrator_is_emptied_instead_of_dropped() {
    let folder = folder("emptied");
    let found = found();
    let source = start(oldest_supported(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    let server = |options: &[&str]| {
        run("migrate", &source.conninfo("postgres", "postgres"), &target.conninfo("postgres", "app"), options)
    };
    execute(&source, "postgres", "create extension hstore; create table t as select 1 as i");
    execute(&target, "postgres", "create role mover login createdb");
    execute(&target, "postgres", "create database app");
    execute(&target, "postgres", "create extension hstore");
    execute(&target, "postgres", include_str!("every_kind.sql"));
    let overwrite = ["-d", "postgres", "--if-exists", "overwrite"];
    let replaced = server(&overwrite);
    assert_eq!(replaced.code, 0, "{} {}", replaced.stdout, replaced.stderr);
    // What the user may not drop stays, and is told.
    execute(&target, "postgres", "create schema provider; create table provider.t (i int)");
    execute(&target, "postgres", "alter table t owner to mover; alter schema public owner to mover");
    let left = run(
        "migrate",
        &source.conninfo("postgres", "postgres"),
        &target.conninfo("mover", "app"),
        &[&overwrite[..], &["--roles", "none"]].concat(),
    );
    assert!(
        left.stdout.contains("schema provider was in the database before"),
        "{} {}",
        left.stdout,
        left.stderr
    );
}

#[test]
fn rights_that_owners_needed_for_a_moment_are_taken_back() {
    let folder = folder("lent");
    let found = found();
    let source = start(oldest_supported(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(&source, "postgres", "create role boss; create role owner; create role other");
    execute(&source, "postgres", "create database app owner boss");
    // On the source everybody may create in public: that is no grant to the owner.
    execute(
        &source,
        "app",
        "create table t (i int); alter table t owner to owner; create table u (i int); alter table u owner to other",
    );
    execute(&source, "app", "grant create on schema public to other");
    execute(&target, "postgres", "create role mover login createdb createrole");
    let ran = run("migrate", &source.conninfo("postgres", "app"), &target.conninfo("mover", "postgres"), &[]);
    assert!(ran.code == 0 || ran.code == 4, "{} {}", ran.stdout, ran.stderr);
    execute(
        &target,
        "app",
        "do $$ begin \
           assert (select pg_get_userbyid(relowner) from pg_class where relname = 't') = 'owner'; \
           assert not exists (select from pg_namespace n, aclexplode(n.nspacl) a \
                              where nspname = 'public' and pg_get_userbyid(a.grantee) = 'owner' and privilege_type = 'CREATE'); \
           assert exists (select from pg_namespace n, aclexplode(n.nspacl) a \
                          where nspname = 'public' and pg_get_userbyid(a.grantee) = 'other' and privilege_type = 'CREATE'); \
         end $$",
    );
}

#[test]
fn a_table_that_became_a_view_is_not_read() {
    let folder = folder("swapped");
    let source = start(newest(&found()), folder.path(), "s", &ClusterOptions::default());
    execute(&source, "postgres", "create table t as select 1 as i");
    let conninfo = source.conninfo("postgres", "postgres");
    let endpoint = resolve_endpoint(Side::Source, &conninfo, &Environment::default(), false)
        .expect("a connection string");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (snapshot, tables) = runtime.block_on(async {
        let snapshot = SnapshotHolder::take(&endpoint, "postgres", None).await.expect("a snapshot");
        let tables = list_tables(&snapshot.session, 180_000).await.expect("a list");
        let worker = snapshot.join().await.expect("a session");
        hold_table(&worker, &tables[0]).await.expect("it is the table");
        // Nothing is read over it while we wait for the server.
        worker.execute("rollback").await.expect("the transaction ends");
        (snapshot, tables)
    });
    execute(&source, "postgres", "alter table t rename to other; create view t as select 2 as i");
    let held = runtime.block_on(async { hold_table(&snapshot.session, &tables[0]).await });
    assert!(held.is_err_and(|error| error.to_string().contains("is not the table it was")));
}

//! The result beside that of `pg_dumpall`, `pg_dump` and `pg_restore` on a server of its own, by what `pg_dump` says of
//! both, line by line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use pgpassage::config::{Environment, cache_folders};
use pgpassage::demo::{Cluster, ClusterOptions, Install};

use crate::support::{folder, path_text, pgpassage};
use crate::{execute, found, start};

/// The client programs for a target of this version: a newer `pg_restore` says things that an older server refuses.
fn clients(target: u32) -> Option<PathBuf> {
    let fetched = cache_folders(&Environment::of_process()).into_iter().map(|f| f.join("clients/18/bin"));
    let installed = PathBuf::from(format!("/usr/lib/postgresql/{target}/bin"));
    let all: Vec<PathBuf> = if target == 18 { fetched.collect() } else { vec![installed] };
    all.into_iter().find(|bin| bin.join("pg_dumpall").is_file() && bin.join("psql").is_file())
}

fn run(bin: &Path, program: &str, arguments: &[&str]) -> (bool, String) {
    let output =
        Command::new(bin.join(program)).args(arguments).env("LC_ALL", "C").output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success(), text + &String::from_utf8_lossy(&output.stderr))
}

/// All that `pg_dump` and `pg_dumpall` say of a database and its roles. The order of rows is no part of it.
fn described(bin: &Path, server: &Cluster, dbname: &str, file: &Path) -> BTreeMap<String, usize> {
    let mut lines = BTreeMap::new();
    for (program, database, arguments) in [
        ("pg_dumpall", "postgres", ["--globals-only", "--no-comments"]),
        ("pg_dump", dbname, ["--create", "--inserts"]),
    ] {
        let conninfo = server.conninfo("postgres", database);
        let (done, said) =
            run(bin, program, &["-d", &conninfo, "-f", &path_text(file), arguments[0], arguments[1]]);
        assert!(done, "{program}: {said}");
        let text = String::from_utf8_lossy(&std::fs::read(file).expect("it was written")).into_owned();
        // Keys of a session, and the number of a dump's entry, are new each time.
        let new = |line: &str| ["\\restrict", "\\unrestrict", "--"].iter().any(|word| line.starts_with(word));
        let told = text.lines().filter(|line| !line.is_empty() && !new(line));
        for line in told {
            *lines.entry(line.to_owned()).or_default() += 1;
        }
    }
    lines
}

/// What pg_restore makes of a database: the roles first, then the database with all that is in it.
fn restore(bin: &Path, source: &Cluster, dbname: &str, target: &Cluster, folder: &Path) -> String {
    let (globals, archive) = (path_text(&folder.join("globals.sql")), path_text(&folder.join("archive")));
    let (from, to) = (source.conninfo("postgres", dbname), target.conninfo("postgres", "postgres"));
    let (done, said) = run(bin, "pg_dumpall", &["-d", &from, "--globals-only", "-f", &globals]);
    assert!(done, "{said}");
    // The superuser is there already; everything else is new.
    run(bin, "psql", &["-X", "-q", "-d", &to, "-f", &globals]);
    let (done, said) = run(bin, "pg_dump", &["-d", &from, "-Fc", "-f", &archive]);
    assert!(done, "{said}");
    run(bin, "pg_restore", &["-d", &to, "--create", &archive]).1
}

/// Databases with objects of every kind, each with the oldest version that knows them all. What `pg_restore` itself cannot
/// restore, or not as it is on the source, is compared with the source in `order.rs`.
const DATABASES: &[(&str, u32, &str)] = &[
    ("src", 12, include_str!("sample.sql")),
    ("locks", 12, include_str!("locks.sql")),
    ("corners", 15, include_str!("corners.sql")),
];

fn compare(source: &Install, target: &Install) {
    let Some(bin) = clients(target.major) else { return };
    let folder = folder("reference");
    let options = ClusterOptions { settings: vec!["wal_level = logical".into()], ..Default::default() };
    let from = start(source, folder.path(), "s", &options);
    let ours = start(target, folder.path(), "a", &options);
    let theirs = start(target, folder.path(), "b", &options);
    for (dbname, _, script) in DATABASES.iter().filter(|(_, oldest, _)| *oldest <= source.major) {
        execute(&from, "postgres", &format!("create database \"{dbname}\""));
        execute(&from, dbname, script);
        let to = ours.conninfo("postgres", "postgres");
        let arguments = ["migrate", "--source", &from.conninfo("postgres", dbname), "--target", &to, "-q"];
        let ran = pgpassage(&arguments);
        assert_eq!(ran.code, 0, "{dbname}: {} {}", ran.stdout, ran.stderr);
        let said = restore(&bin, &from, dbname, &theirs, folder.path());
        let file = folder.path().join("described.sql");
        let (a, b) = (described(&bin, &ours, dbname, &file), described(&bin, &theirs, dbname, &file));
        let only = |a: &BTreeMap<String, usize>, b: &BTreeMap<String, usize>| -> Vec<String> {
            a.iter().filter(|(line, n)| b.get(*line) != Some(n)).map(|(line, _)| line.clone()).collect()
        };
        let (mut only_ours, only_theirs) = (only(&a, &b), only(&b, &a));
        // pg_restore cannot fill what reads a table that forces its policies on its owner; it says so below.
        only_ours.retain(|line| !line.starts_with("REFRESH MATERIALIZED VIEW"));
        assert!(
            only_ours.is_empty() && only_theirs.is_empty(),
            "{dbname}, {} to {}: only here {only_ours:#?}, only there {only_theirs:#?}, pg_restore said: {said}",
            source.major,
            target.major
        );
    }
}

/// Two pairs of versions; all of them when `PGPASSAGE_LIVE_LONG` is set.
#[test]
fn the_result_is_that_of_pg_dump_and_pg_restore() {
    let found = found();
    let is_long = std::env::var_os("PGPASSAGE_LIVE_LONG").is_some();
    for source in found.iter().filter(|install| install.major >= 12) {
        for target in found.iter().filter(|install| install.major >= source.major) {
            if is_long || [(13, 18), (15, 15)].contains(&(source.major, target.major)) {
                compare(source, target);
            }
        }
    }
}

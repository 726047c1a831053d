//! The known ways in which migrations fail, made on real servers: each is found before, and shows itself in a migration
//! that was not warned, if it shows itself at all. Those that are not here are in the other files of this folder.

mod databases;
mod endpoints;
mod extensions;
mod limits;
mod locale;
mod roles;

use pgpassage::demo::Cluster;
use serde_json::Value;

use crate::support::pgpassage;
use crate::{json, with_status};

/// A connection as a command line names it.
fn servers<'a>(source: &'a str, target: &'a str) -> Vec<&'a str> {
    vec!["--source", source, "--target", target, "--format", "json", "-q"]
}

/// The report of a validation.
pub(crate) fn validated(source: &str, target: &str, more: &[&str]) -> Value {
    let ran = pgpassage(&[&["validate"][..], &servers(source, target), more].concat());
    assert!(!ran.stdout.is_empty(), "{}", ran.stderr);
    json(&ran.stdout)
}

/// Fails unless a rule has found exactly these subjects.
fn assert_found(report: &Value, line: &str) {
    let all: Vec<String> =
        ["failed", "warning"].iter().flat_map(|status| with_status(report, status)).collect();
    assert!(all.iter().any(|found| found == line), "{line} is missing: {all:#?}");
}

/// The exit code of a migration, with what each database failed over.
pub(crate) fn migrated(source: &str, target: &str, more: &[&str]) -> (i32, Vec<String>) {
    let ran = pgpassage(&[&["migrate"][..], &servers(source, target), more].concat());
    if ran.stdout.is_empty() {
        return (ran.code, vec![ran.stderr]);
    }
    let report = json(&ran.stdout);
    let databases = report["databases"].as_array().cloned().unwrap_or_default();
    let error = |d: &Value| {
        d["migration"]["error"].as_str().map(|e| format!("{}: {e}", d["name"].as_str().unwrap_or_default()))
    };
    (ran.code, databases.iter().filter_map(error).collect())
}

/// Fails unless a migration of everything fails, in a database, with these words.
fn assert_failed(result: &(i32, Vec<String>), database: &str, words: &str) {
    let of_database = result.1.iter().find(|error| error.starts_with(&format!("{database}: ")));
    assert!(of_database.is_some_and(|error| error.contains(words)), "{database}: {words}: {result:?}");
}

/// The connection strings of two servers, as their superusers.
pub(crate) fn superusers(source: &Cluster, dbname: &str, target: &Cluster) -> (String, String) {
    (source.conninfo("postgres", dbname), target.conninfo("postgres", "postgres"))
}

//! Copies in which the newest version reads or completes the same statements in another way than the source: each is as it
//! is after `pg_restore`, which is told and is no difference.

use pgpassage::demo::ClusterOptions;

use crate::support::{folder, pgpassage};
use crate::{execute, found, json, newest, start};

/// Databases by the major version of the source, each with what is then as after `pg_restore` and not as on the source.
const DATABASES: &[(u32, &str, &[&str])] = &[
    (10, include_str!("versions/from-10.sql"), &[]),
    (13, include_str!("versions/from-13.sql"), &["column public.seen.query: type"]),
    (17, include_str!("versions/from-17.sql"), &["column public.child.a: not null"]),
];

#[test]
fn what_is_as_after_pg_restore_is_told_and_no_difference() {
    let found = found();
    let target = newest(&found);
    for (major, script, expected) in DATABASES {
        let Some(source) = found.iter().find(|i| i.major == *major && i.major < target.major) else {
            continue;
        };
        let folder = folder("versions");
        let from = start(source, folder.path(), "s", &ClusterOptions::default());
        let to = start(target, folder.path(), "t", &ClusterOptions::default());
        execute(&from, "postgres", "create database src");
        execute(&from, "src", script);
        // A role whose settings pg_restore would not withstand.
        execute(&to, "postgres", "alter role postgres set default_tablespace = 'pg_default'");
        let (from, into) = (from.conninfo("postgres", "src"), to.conninfo("postgres", "postgres"));
        let ran = pgpassage(&["migrate", "--source", &from, "--target", &into, "--format", "json", "-q"]);
        let report = json(&ran.stdout);
        let verification = &report["verification"]["databases"][0];
        assert_eq!(ran.code, 0, "{major}: {verification:#} {}", ran.stderr);
        let told: Vec<String> = verification["as_restored"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|d| format!("{}: {}", d["subject"].as_str().unwrap_or(""), d["what"].as_str().unwrap_or("")))
            .collect();
        assert_eq!(told, *expected, "{major}");
        // A change of the copy is a difference still.
        execute(&to, "src", "create function added() returns int language sql as 'select 1'");
        let ran = pgpassage(&["verify", "--source", &from, "--target", &into, "--format", "json", "-q"]);
        let verification = &json(&ran.stdout)["verification"]["databases"][0];
        assert_eq!(ran.code, 4, "{major}: {verification:#}");
        assert_eq!(verification["differences"][0]["subject"], "function public.added()", "{verification:#}");
    }
}

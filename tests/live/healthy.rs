//! False alarms: databases with nothing wrong, one for every extension that the packages bring.

use std::collections::BTreeMap;

use pgpassage::demo::{Cluster, ClusterOptions, Install};

use crate::support::{folder, pgpassage};
use crate::{execute, found, json, judgments, newest, start};

/// Warnings that are right about a database with nothing in it but an extension, each with its reason.
const JUSTIFIED: &[(&str, &str)] = &[
    ("extensions/version-changes", "the target has a newer version, and its notes are to be read"),
    ("extensions/mixed-versions", "another database has an older version on purpose"),
    ("versions/source-end-of-life", "the source is old"),
    ("privileges/public-schema-closed", "from before 15 to 15 and later the rights on schema public change"),
    ("locale/sort-order-may-differ", "the servers may sort otherwise"),
];

/// Names of the extensions that a server brings, from the files beside it.
fn extensions(install: &Install) -> Vec<String> {
    let roots = [
        install.bin.join("../share/postgresql/extension"),
        install.bin.join("../share/extension"),
        format!("/usr/share/postgresql/{}/extension", install.major).into(),
    ];
    let folder = roots.iter().find(|root| root.is_dir());
    let entries = folder.and_then(|folder| std::fs::read_dir(folder).ok());
    let mut names: Vec<String> = entries
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".control").map(str::to_owned))
        .collect();
    names.sort();
    names
}

/// Makes a database for every extension that can be made here: some need a language that is not built in.
fn one_for_each(source: &Cluster, names: &[String]) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut made = Vec::new();
    for name in names {
        let database = format!("with_{}", name.replace('-', "_"));
        execute(source, "postgres", &format!("create database {database}"));
        let create = format!("create extension \"{name}\" cascade; create table rows (id int primary key)");
        if runtime.block_on(source.execute(&database, &create)).is_ok() {
            made.push(database);
        } else {
            // It takes a moment until the session that failed is gone.
            execute(source, "postgres", "select pg_sleep(0.1)");
            execute(source, "postgres", &format!("drop database {database} with (force)"));
        }
    }
    made
}

#[test]
fn no_extension_of_the_packages_gives_a_false_alarm() {
    let folder = folder("contrib");
    let found = found();
    let preload = ClusterOptions {
        settings: vec!["shared_preload_libraries = 'pg_stat_statements'".into()],
        ..Default::default()
    };
    let target = start(newest(&found), folder.path(), "t", &preload);
    // To a newer major, and to the same one.
    for install in found.iter().filter(|i| i.major == 13 || i.major == newest(&found).major) {
        let source = start(install, folder.path(), &format!("s{}", install.major), &preload);
        let made = one_for_each(&source, &extensions(install));
        assert!(made.len() > 30, "{}: only {made:?}", install.major);
        // PostgreSQL 17 has it no more, and that is no false alarm.
        execute(&source, "postgres", "drop database if exists with_adminpack");
        let arguments = ["--all-databases", "--deep", "--format", "json", "-q"];
        let (from, to) = (source.conninfo("postgres", "postgres"), target.conninfo("postgres", "postgres"));
        let ran = pgpassage(&[&["validate", "--source", &from, "--target", &to][..], &arguments].concat());
        let mut alarms: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (database, judgment) in judgments(&json(&ran.stdout)) {
            let rule = judgment["rule"].as_str().unwrap_or_default().to_owned();
            let justified = JUSTIFIED.iter().any(|(known, _)| *known == rule);
            let quiet =
                ["passed", "not_applicable"].contains(&judgment["status"].as_str().unwrap_or_default());
            if !quiet && !justified {
                let subjects = judgment["findings"].as_array().into_iter().flatten();
                let subjects: Vec<&str> = subjects.filter_map(|f| f["subject"].as_str()).collect();
                let line = format!(
                    "{}: {} {}",
                    database.unwrap_or_default(),
                    subjects.join(", "),
                    judgment["reason"]
                );
                alarms.entry(format!("{rule} {}", judgment["status"])).or_default().push(line);
            }
        }
        assert!(alarms.is_empty(), "from {}: {alarms:#?}", install.major);
    }
}

//! Ready SQL: the script of all fixes as psql runs it, and every statement that a rule can suggest.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Mutex;

use pgpassage::config::{Environment, find_pg_dump};
use pgpassage::demo::{Cluster, ClusterOptions};
use pgpassage::evaluate::judge;
use pgpassage::findings::{Finding, Outcome};
use pgpassage::rules::{builtin_files, load, run_case};

use crate::support::{folder, path_text, pgpassage};
use crate::{execute, found, json, newest, oldest_supported, start};

/// Runs psql of the client programs on this machine.
pub(crate) fn psql(cluster: &Cluster, dbname: &str, arguments: &[&str]) -> Output {
    let (pg_dump, _) = find_pg_dump(&Environment::of_process()).expect("client programs are there");
    let mut command = Command::new(pg_dump.with_file_name("psql"));
    command.args(["-X", "-d", &cluster.conninfo("postgres", dbname)]).args(arguments);
    command.output().expect("psql starts")
}

#[test]
fn a_script_reaches_every_database_whatever_its_name_and_may_be_run_twice() {
    let folder = folder("fixes");
    let found = found();
    let source = start(oldest_supported(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    // A line break would end a command of psql, and what follows would be another.
    let names = ["a\n\\connect victim", "b'\"\\ c=d", "postgresql://x"];
    for name in names {
        execute(&source, "postgres", &format!("create database {}", pgpassage::pg::ident(name)));
        execute(&source, name, "create unlogged table t (a int primary key)");
    }
    let script = folder.path().join("source.sql");
    let rules = folder.path().join("rules/own");
    std::fs::create_dir_all(&rules).expect("own folder");
    // A rule with a fix in every database.
    let rule = include_str!("fixes-rule.toml");
    std::fs::write(rules.join("every-table.toml"), rule).expect("own folder");
    let (from, to) = (source.conninfo("postgres", "postgres"), target.conninfo("postgres", "postgres"));
    let rules = path_text(&folder.path().join("rules"));
    let script_path = path_text(&script);
    let validate = ["validate", "--source", &from, "--target", &to, "--all-databases", "--rules", &rules];
    let ran = pgpassage(
        &[&validate[..], &["--only", "own/*", "--fix-script", &script_path, "--format", "json", "-q"]]
            .concat(),
    );
    assert_eq!(json(&ran.stdout)["counts"]["warning"], names.len(), "{}", ran.stderr);
    for _ in 0..2 {
        let output = psql(&source, "postgres", &["-f", &script_path]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && !said.contains("error"), "{said}");
    }
    for name in names {
        let output = psql(&source, name, &["-Atc", "select obj_description('t'::regclass)"]);
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "seen", "{name}");
    }
    // On the side where the databases do not exist yet the script passes over them.
    assert!(psql(&target, "postgres", &["-f", &script_path]).status.success());
}

/// The findings of the failing cases of every rule.
fn findings_of_cases() -> Vec<(String, Finding)> {
    let rules = load(&builtin_files()).expect("the rules load");
    let found = Mutex::new(Vec::new());
    for rule in &rules.rules {
        for case in &rule.cases {
            run_case(rule, case, |rule, view, params| {
                let outcome = judge(rule, view, params);
                if let Outcome::Violated(findings) = &outcome {
                    let named = findings.iter().map(|finding| (rule.id.clone(), finding.clone()));
                    found.lock().expect("nobody panics here").extend(named);
                }
                outcome
            });
        }
    }
    found.into_inner().expect("nobody panics here")
}

#[test]
fn every_statement_that_a_rule_suggests_is_sql() {
    let folder = folder("fixsql");
    let cluster = start(newest(&found()), folder.path(), "t", &ClusterOptions::default());
    let findings = findings_of_cases();
    let statements = findings
        .iter()
        .flat_map(|(rule, f)| f.fix_sql.source.iter().chain(&f.fix_sql.target).map(move |sql| (rule, sql)));
    let mut script = String::new();
    for (number, (rule, sql)) in statements.clone().enumerate() {
        // Most objects do not exist here: only that the server understands the statement is asked.
        script.push_str(&format!("\\echo {number} {rule}\nbegin;\n{sql}\n;\nrollback;\n"));
    }
    let file = folder.path().join("all.sql");
    std::fs::write(&file, script).expect("own folder");
    let output =
        psql(&cluster, "postgres", &["-q", "-v", "VERBOSITY=sqlstate", "-f", &path_text(Path::new(&file))]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(statements.count() > 30 && !said.contains("42601"), "{said}");
}

//! The main road: onto servers whose administrator is no superuser, as those of managed services.

use pgpassage::demo::{Cluster, ClusterOptions, Install};
use serde_json::Value;

use crate::support::{folder, path_text, pgpassage};
use crate::{execute, found, json, newest, oldest_supported, start, with_status};

/// A source as they are found. The databases are created behind the first part of the script.
fn fill(source: &Cluster) {
    for (number, part) in include_str!("managed.sql").split("\n--- ").skip(1).enumerate() {
        let (database, sql) = part.split_once('\n').expect("a name and statements");
        execute(source, database, sql);
        if number == 0 {
            execute(source, "postgres", "create database shop owner owner_shop");
            execute(source, "postgres", "create database crm owner owner_crm");
        }
    }
}

/// A server as a provider gives it away: one administrator, who creates roles and databases.
fn service(install: &Install, folder: &std::path::Path) -> Cluster {
    let target = start(install, folder, "t", &ClusterOptions::default());
    execute(
        &target,
        "postgres",
        "create role admin login createrole createdb; create role loader login createdb",
    );
    execute(&target, "postgres", "grant create on database postgres to admin");
    target
}

fn deviations(report: &Value) -> String {
    let list = report["deviations"].as_array().cloned().unwrap_or_default();
    let text = |d: &Value| format!("{} {}", d["object"].as_str().unwrap_or_default(), d["reason"]);
    list.iter().map(text).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_administrator_who_is_no_superuser_gets_all_data_and_a_list_of_the_rest() {
    let folder = folder("managed");
    let found = found();
    let source = start(oldest_supported(&found), folder.path(), "s", &ClusterOptions::default());
    fill(&source);
    let target = service(newest(&found), folder.path());
    let after = path_text(&folder.path().join("after.sql"));
    let roles = folder.path().join("roles.toml");
    std::fs::write(&roles, "postgres = \"admin\"\n").expect("a role map");
    let roles = path_text(&roles);
    let (from, to) = (source.conninfo("postgres", "shop"), target.conninfo("admin", "postgres"));
    let run = |command: &str, more: &[&str]| {
        let servers = [
            "--source",
            &from,
            "--target",
            &to,
            "-d",
            "shop",
            "-d",
            "postgres",
            "--role-map",
            &roles,
            "--format",
            "json",
            "-q",
        ];
        let ran = pgpassage(&[&[command][..], &servers, more].concat());
        (ran.code, json(&ran.stdout), ran.stderr)
    };
    let (code, report, complaint) = run("validate", &[]);
    assert_eq!(code, 0, "{complaint} {:?}", with_status(&report, "failed"));
    let (code, report, complaint) = run("validate-and-migrate", &["--fix-script", &after]);
    let failed =
        [&report["databases"][0]["migration"]["error"], &report["databases"][1]["migration"]["error"]];
    assert_eq!(
        code,
        0,
        "{complaint} {failed:?} {} {:?}",
        report["verification"],
        with_status(&report, "failed")
    );
    assert_eq!(report["run"]["state"], "Succeeded");
    let listed = deviations(&report);
    let script = std::fs::read_to_string(&after).expect("the script of what was left out");
    for (object, statement) in [
        ("event trigger ddl", "CREATE EVENT TRIGGER ddl"),
        ("publication everything", "CREATE PUBLICATION everything FOR ALL TABLES"),
        ("leakproof of function audit.secret(text)", "ALTER FUNCTION audit.secret(text) LEAKPROOF"),
        ("settings of function audit.quiet()", "ALTER FUNCTION audit.quiet() SET log_min_messages"),
        ("setting app.region of database shop", "SET \"app\".\"region\""),
        ("comment of database postgres", "COMMENT ON DATABASE \"postgres\""),
    ] {
        assert!(listed.contains(object), "{object} is not listed:\n{listed}");
        assert!(script.contains(statement), "{statement} is missing:\n{script}");
    }
    // A grant that the owner did not give is given by who gave it, and no membership is left behind.
    for condition in [
        "(select count(*) = 500 from sales.orders)",
        "exists (select from pg_class c, aclexplode(c.relacl) a where c.oid = 'sales.customers'::regclass \
         and a.grantee = 'bob'::regrole and a.grantor = 'alice'::regrole)",
        "not exists (select from pg_auth_members m where m.member = 'admin'::regrole and m.grantor = 'admin'::regrole)",
    ] {
        let sql = format!("do $check$ begin assert {condition}, $why$not so: {condition}$why$; end $check$");
        execute(&target, "shop", &sql);
    }
}

#[test]
fn a_user_who_may_only_create_databases_gets_the_data_in() {
    let folder = folder("loader");
    let found = found();
    let source = start(newest(&found), folder.path(), "s", &ClusterOptions::default());
    fill(&source);
    let target = service(newest(&found), folder.path());
    let (from, to) = (source.conninfo("postgres", "shop"), target.conninfo("loader", "postgres"));
    let ran = pgpassage(&[
        "migrate",
        "--source",
        &from,
        "--target",
        &to,
        "--roles",
        "none",
        "--owner",
        "target-user",
        "--grants",
        "none",
        "--format",
        "json",
        "-q",
    ]);
    let report = json(&ran.stdout);
    let failed = &report["databases"][0]["migration"]["error"];
    assert_eq!(ran.code, 0, "{} {failed} {} {}", ran.stderr, report["verification"], deviations(&report));
    execute(&target, "shop", "do $$ begin assert (select count(*) = 500 from sales.orders); end $$");
    assert!(deviations(&report).contains("policy sales.orders own"), "{}", deviations(&report));
}

//! Seeded faults are found with object, reason and fix; with the fixes applied the verdict is ready.

use std::fs;

use pgpassage::demo::{Cluster, ClusterOptions};

use crate::support::{Ran, folder, path_text, pgpassage};
use crate::{execute, found, json, newest, oldest_supported, start, with_status};

const SOURCE: &str = r#"
create role shop_owner;
create role mover login;
grant pg_read_all_settings to mover;
create table good (id int); alter table good owner to shop_owner; grant select on good to mover;
create table payroll (id int); alter table payroll owner to shop_owner; grant select on payroll to mover;
alter table payroll enable row level security; create policy p on payroll using (false);
create function log_ddl() returns event_trigger language plpgsql as 'begin end'; alter function log_ddl() owner to shop_owner;
create event trigger log_ddl on ddl_command_start execute procedure log_ddl();
create extension dblink;
alter database app owner to shop_owner;
create table "x'"";<script>alert(1)</script>" (id int);
alter table "x'"";<script>alert(1)</script>" owner to shop_owner;
"#;

const TARGET: &str = "create role shop_owner; create role mover login createdb createrole; grant pg_read_all_settings to mover";

fn validate(source: &Cluster, target: &str, more: &[&str]) -> Ran {
    let source = source.conninfo("mover", "app");
    pgpassage(
        &[&["validate", "--source", &source, "--target", target, "--format", "json", "-q"][..], more]
            .concat(),
    )
}

#[test]
fn faults_are_found_and_their_fixes_make_it_ready() {
    let folder = folder("faults");
    let found = found();
    let preload = ClusterOptions {
        settings: vec!["shared_preload_libraries = 'auto_explain'".into()],
        ..Default::default()
    };
    let source = start(oldest_supported(&found), folder.path(), "source", &preload);
    let target = start(newest(&found), folder.path(), "target", &ClusterOptions::default());
    execute(&source, "postgres", "create database app");
    execute(&source, "app", SOURCE);
    execute(&target, "postgres", TARGET);
    execute(&target, "postgres", "create database app");
    execute(&target, "app", "create table in_the_way (id int)");
    let to = target.conninfo("mover", "postgres");

    let html = folder.path().join("r.html");
    let file = folder.path().join("r.json");
    let ran = validate(&source, &to, &["--report", &path_text(&html), "--report", &path_text(&file)]);
    let report = json(&ran.stdout);
    assert_eq!(ran.code, 1, "{} {:?}", ran.stderr, with_status(&report, "could_not_check"));
    assert_eq!(
        with_status(&report, "failed"),
        [
            "databases/not-empty-on-target: database app",
            "extensions/needs-superuser: extension dblink",
            "privileges/relation-not-readable: table public.x'\";<script>alert(1)</script>",
            "privileges/row-security-hides-rows: table public.payroll",
        ]
    );
    let warnings = with_status(&report, "warning");
    for expected in [
        "settings/preload-library-not-carried: library auto_explain",
        "privileges/object-refused: event trigger log_ddl",
        "roles/owner-refused: role shop_owner",
    ] {
        assert!(warnings.iter().any(|line| line == expected), "{expected}: {warnings:#?}");
    }
    assert_eq!(json(&fs::read_to_string(&file).expect("the report was written")), report);
    let page = fs::read_to_string(&html).expect("the report was written");
    assert!(
        page.contains("&#60;script&#62;alert(1)") && page.matches("<script>").count() == 1,
        "names are escaped in HTML"
    );

    // What the fixes say, done by hand.
    execute(&source, "app", "drop event trigger log_ddl; drop extension dblink; alter role mover bypassrls");
    execute(&source, "app", "grant select on \"x'\"\";<script>alert(1)</script>\" to mover");
    execute(&target, "postgres", "drop database app");
    execute(&target, "postgres", "grant shop_owner to mover");
    let ran = validate(&source, &to, &[]);
    let report = json(&ran.stdout);
    assert_eq!(with_status(&report, "failed"), [""; 0]);
    assert_eq!(with_status(&report, "could_not_check"), [""; 0]);
    assert_eq!((ran.code, report["verdict"].as_str()), (0, Some("ready_with_warnings")));
    assert_eq!(validate(&source, &to, &["--fail-on", "warning"]).code, 1);

    target.stop().expect("the target stops");
    let ran = validate(&source, &to, &[]);
    let report = json(&ran.stdout);
    assert_eq!(ran.code, 3);
    assert_eq!(
        with_status(&report, "failed"),
        ["connectivity/server-unreachable: target server, database postgres"]
    );
}

#[test]
fn every_database_is_looked_at_and_a_missing_one_is_told() {
    let folder = folder("many");
    let found = found();
    let server = start(newest(&found), folder.path(), "s", &ClusterOptions::default());
    for name in ["a", "B b", "c'd"] {
        execute(&server, "postgres", &format!("create database {}", pgpassage::pg::ident(name)));
    }
    let source = server.conninfo("postgres", "postgres");
    let names = |more: &[&str]| {
        let ran = pgpassage(
            &[
                &[
                    "validate",
                    "--source",
                    &source,
                    "--profile",
                    "azure-flexible-server",
                    "--format",
                    "json",
                    "-q",
                ][..],
                more,
            ]
            .concat(),
        );
        let report = json(&ran.stdout);
        let databases: Vec<String> = report["databases"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|d| d["name"].as_str().unwrap_or("").to_owned())
            .collect();
        (databases, with_status(&report, "failed"))
    };
    assert_eq!(names(&["--all-databases"]).0, ["B b", "a", "c'd", "postgres"]);
    let (databases, failed) = names(&["-d", "a", "-d", "A"]);
    assert_eq!(databases, ["a"]);
    assert_eq!(failed, ["databases/missing-on-source: database A"]);
}

#[test]
fn an_azure_like_target_is_known_by_its_marks() {
    let folder = folder("azure");
    let found = found();
    let settings = vec!["azure.extensions = 'hstore'".to_owned()];
    let server =
        start(newest(&found), folder.path(), "s", &ClusterOptions { settings, ..Default::default() });
    execute(
        &server,
        "postgres",
        "create role azure_pg_admin createrole createdb; create role mover login createrole createdb in role azure_pg_admin",
    );
    execute(&server, "postgres", "create database app; ");
    execute(
        &server,
        "app",
        "create extension hstore; create extension pg_trgm; create extension pg_stat_statements",
    );
    let source = server.conninfo("postgres", "app");
    let target = server.conninfo("mover", "postgres");
    let ran = pgpassage(&[
        "validate",
        "--source",
        &source,
        "--target",
        &target,
        "--map-database",
        "app=copy",
        "--format",
        "json",
        "-q",
    ]);
    let report = json(&ran.stdout);
    assert_eq!(report["profile"], "azure-flexible-server");
    let failed = with_status(&report, "failed");
    assert!(
        failed.contains(
            &"extensions/not-allow-listed: extension pg_stat_statements, extension pg_trgm".to_owned()
        ),
        "{failed:#?}"
    );
    assert!(failed.contains(&"roles/required-membership-missing: role pg_read_all_settings, role pg_read_all_stats, role pg_stat_scan_tables".to_owned()), "{failed:#?}");
    assert_eq!(ran.code, 1);
}

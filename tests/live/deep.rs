//! What only the rows tell: found with `--deep`, and what the migration makes of it without.

use pgpassage::demo::ClusterOptions;
use serde_json::Value;

use crate::support::{folder, pgpassage};
use crate::{execute, found, json, judgments, newest, oldest_supported, start, with_status};

/// The parts of `deep.sql`, by the name of the database that each is made in.
fn parts() -> impl Iterator<Item = (&'static str, &'static str)> {
    include_str!("deep.sql").split("-- part ").skip(1).filter_map(|part| part.split_once('\n'))
}

/// The errors of the databases whose migration failed.
fn errors(report: &Value) -> Vec<String> {
    let databases = report["databases"].as_array().cloned().unwrap_or_default();
    let error = |d: &Value| Some(format!("{}: {}", d["name"], d["migration"]["error"].as_str()?));
    databases.iter().filter_map(error).collect()
}

#[test]
fn faults_of_rows_are_found_before_the_migration_fails_over_them() {
    let folder = folder("deep");
    let found = found();
    // A server that knows when a page is not what was written.
    let checked = ClusterOptions { initdb: vec!["--data-checksums".into()], ..Default::default() };
    let source = start(oldest_supported(&found), folder.path(), "s", &checked);
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    for (database, sql) in parts() {
        execute(&source, "postgres", &format!("create database {database}"));
        execute(&source, database, sql);
    }
    execute(&source, "postgres", "create database bytes encoding 'SQL_ASCII' template template0");
    execute(
        &source,
        "bytes",
        r"create table people (id int, name text, fine text);
          insert into people values (1, convert_from('\x4dfc6c6c6572', 'SQL_ASCII'), 'Müller'), (2, 'ok', '€😀')",
    );
    // The page was written before it was damaged; a restart makes the server read it again.
    source.restart().expect("it restarts");
    let (from, to) = (source.conninfo("postgres", "postgres"), target.conninfo("postgres", "postgres"));
    let validate = ["validate", "--all-databases", "--format", "json", "-q"];
    let servers = ["--source", &from, "--target", &to];

    // Without being asked to, no row is read: that is said, and is no pass.
    let report = json(&pgpassage(&[&validate[..], &servers, &["--only", "data/rows-[bn]*"]].concat()).stdout);
    assert!(judgments(&report).iter().all(|(_, j)| j["status"] == "not_applicable"), "{report:#}");

    let ran = pgpassage(&[&validate[..], &servers, &["--deep"]].concat());
    let report = json(&ran.stdout);
    assert_eq!(with_status(&report, "could_not_check"), [""; 0], "{}", ran.stderr);
    assert_eq!(
        with_status(&report, "failed"),
        [
            "data/duplicate-keys: index public.users_email",
            "data/rows-break-check: constraint small on public.amounts, constraint still_open on public.offers",
            "data/rows-not-readable: table public.docs",
            "data/rows-without-parent: constraint full_lines_a_b_fkey on public.full_lines, constraint lines_order_id_fkey on public.lines",
        ]
    );
    let warnings = with_status(&report, "warning");
    for expected in [
        "data/bytes-not-utf8: column public.people.name",
        "data/sequence-behind-column: sequence public.numbered_id_seq, sequence public.\"numbered_odd \"\"name_seq\"",
    ] {
        assert!(warnings.iter().any(|w| w == expected), "{expected} is missing: {warnings:#?}");
    }
    // Now that the damaged page was met, the server has counted it. Before 15 it tells so with a delay of half a second.
    std::thread::sleep(std::time::Duration::from_secs(1));
    let report = json(&pgpassage(&[&validate[..], &servers].concat()).stdout);
    let failed = with_status(&report, "failed");
    assert!(failed.contains(&"data/checksum-failure: database damaged".to_owned()), "{failed:#?}");

    let ran = pgpassage(&[&["migrate", "--all-databases", "--format", "json", "-q"][..], &servers].concat());
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    let errors = errors(&json(&ran.stdout));
    let failed_over = |database: &str, words: &str| {
        let error = errors.iter().find(|e| e.starts_with(&format!("\"{database}\"")));
        assert!(error.is_some_and(|e| e.contains(words)), "{database}: {error:?}");
    };
    failed_over("orphans", "violates foreign key constraint");
    failed_over("checks", "violates check constraint");
    failed_over("duplicates", "could not create unique index");
    failed_over("damaged", "invalid page");
    assert_eq!(errors.len(), 4, "{errors:#?}");
}

#[test]
fn what_was_not_read_is_no_pass() {
    let folder = folder("unread");
    let found = found();
    let server = start(newest(&found), folder.path(), "s", &ClusterOptions::default());
    execute(
        &server,
        "postgres",
        "create role reader login; create table open (id int primary key); grant select on open to reader; \
         create table closed (id int primary key); \
         create table broken (id int); insert into broken values (1), (1); grant select on broken to reader; \
         create index broken_id on broken (id); update pg_index set indisunique = true where indexrelid = 'broken_id'::regclass",
    );
    let source = server.conninfo("reader", "postgres");
    let ran = pgpassage(&[
        "validate",
        "--source",
        &source,
        "--profile",
        "postgresql",
        "--deep",
        "--only",
        "data/*",
        "--format",
        "json",
        "-q",
    ]);
    let report = json(&ran.stdout);
    let of = |rule: &str, status: &str| {
        let all = judgments(&report);
        let found = all.iter().find(|(_, j)| j["rule"] == rule && j["status"] == status);
        found.unwrap_or_else(|| panic!("{rule} is not {status}: {report:#}")).1.clone()
    };
    let reason = of("data/rows-not-readable", "could_not_check")["reason"].to_string();
    assert!(
        reason.contains("2 of 3 parts were read; not read: table public.closed (permission denied"),
        "{reason}"
    );
    // What was found stands beside what was not looked at.
    assert_eq!(of("data/duplicate-keys", "failed")["findings"][0]["subject"], "index public.broken_id");
    assert!(of("data/duplicate-keys", "could_not_check")["reason"].to_string().contains("closed_pkey"));
    // A definite failure weighs more than what is not known.
    assert_eq!(ran.code, 1);
}

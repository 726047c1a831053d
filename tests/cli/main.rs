//! The program as it is used, where no server is needed: bad input is refused with one clear message and code 2.

#[path = "../support/mod.rs"]
mod support;

use std::fs;

use support::{folder, path_text, pgpassage, pgpassage_with};

/// Runs arguments that must be refused before anything is contacted, and returns the message.
fn refused(arguments: &[&str]) -> String {
    let ran = pgpassage(arguments);
    assert_eq!(ran.code, 2, "{arguments:?}: {}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.stdout, "", "a refusal writes nothing to standard output");
    ran.stderr
}

#[test]
fn mistakes_in_arguments_are_named() {
    insta::assert_snapshot!(refused(&["validate"]), @r"
    error: no source is given
    hint: name it with --source CONNINFO or PGPASSAGE_SOURCE, or judge recorded facts with --facts FILE
    ");
    insta::assert_snapshot!(refused(&["validate", "--source", "hots=a"]), @r"
    error: read the connection string of the source: unknown connection parameter `hots`
    hint: did you mean `host`?
    ");
    insta::assert_snapshot!(refused(&["validate", "--source", "host=a", "--profile", "azure-flexible-servr"]), @r"
    error: there is no profile `azure-flexible-servr`: expected one of aws-aurora, aws-rds, azure-flexible-server, gcp-alloydb, gcp-cloudsql, postgresql
    hint: did you mean `azure-flexible-server`?
    ");
    insta::assert_snapshot!(refused(&["validate", "--source", "host=a", "--report", "/nonexistent/r.html"]), @"error: write /nonexistent/r.html: No such file or directory (os error 2)");
    insta::assert_snapshot!(refused(&["validate", "--source", "host=a", "--report", "/tmp/r.docx"]), @"error: the ending of /tmp/r.docx names no report format: expected .html, .json, .md, .csv, .sarif or .junit.xml");
    insta::assert_snapshot!(refused(&["validate", "--source", "host=a", "--map-database", "x"]), @r"
    error: `x` is not of the form OLD=NEW
    hint: for example --map-database shop=shop_new
    ");
    insta::assert_snapshot!(refused(&["validate", "--source", "host=a", "--migration-name", "x y"]), @r"
    error: `x y` cannot be the name of a migration: it has letters, digits and hyphens, and does not start with a hyphen
    ");
    insta::assert_snapshot!(refused(&["rules", "explain", "extensions/missing-on-traget"]), @r"
    error: there is no rule `extensions/missing-on-traget`
    hint: did you mean `extensions/missing-on-target`?
    ");
    assert!(refused(&["validate", "--sorce", "x"]).contains("--source"));
}

#[test]
fn a_password_in_a_broken_connection_string_is_not_repeated() {
    let message = refused(&["validate", "--source", "host=a password=hunter2 hunter3"]);
    assert!(!message.contains("hunter"), "{message}");
    let message = refused(&["validate", "--source", "postgresql://u:hunter2@a:x/db"]);
    assert!(!message.contains("hunter"), "{message}");
}

#[test]
fn unreadable_facts_are_refused() {
    let folder = folder("facts");
    let file = folder.path().join("f.json");
    let missing = path_text(&file);
    assert!(refused(&["validate", "--facts", &missing]).contains("No such file"));
    fs::write(&file, "{").expect("own folder");
    assert!(refused(&["validate", "--facts", &missing]).contains("line 1"));
    fs::write(&file, r#"{"format_version": 99}"#).expect("own folder");
    assert!(refused(&["validate", "--facts", &missing]).contains("format version 99 is newer"));
}

#[test]
fn every_mistake_in_a_rule_file_is_shown_under_its_place() {
    let folder = folder("rules");
    fs::create_dir(folder.path().join("mine")).expect("own folder");
    let rule = r#"title    = "Table is empty"
severity = "warning"
since    = "0.1.0"
for_each    = "source.databases"
violated_if = 'it.bytse > 0 && it.name > 3'
subject = 'database {it.nmae}'
message = 'x {nothing}'
why = 'w'
fix = 'f'
[fix_sql]
source = ['drop database {it.name};']
[[case]]
name = "one"
source.databases = [{ name = "a", byts = 3 }]
violations = ["a"]
"#;
    fs::write(folder.path().join("mine/empty.toml"), rule).expect("own folder");
    let message = refused(&["rules", "test", &path_text(folder.path())]);
    insta::assert_snapshot!(message, @r#"
    error: no column `bytse` here
     --> mine/empty.toml:5:19
      |
    5 | violated_if = 'it.bytse > 0 && it.name > 3'
      |                   ^^^^^
      |
      = help: did you mean `bytes`?

    error: the two sides of the comparison differ: text and int
     --> mine/empty.toml:5:40
      |
    5 | violated_if = 'it.bytse > 0 && it.name > 3'
      |                                        ^

    error: no column `nmae` here
     --> mine/empty.toml:6:25
      |
    6 | subject = 'database {it.nmae}'
      |                         ^^^^
      |
      = help: did you mean `name`?

    error: nothing is called `nothing` here
     --> mine/empty.toml:7:15
      |
    7 | message = 'x {nothing}'
      |               ^^^^^^^

    error: a text cannot stand in SQL as it is
      --> mine/empty.toml:11:27
       |
    11 | source = ['drop database {it.name};']
       |                           ^^^^^^^
       |
       = help: use `ident(…)`, `qualified(…, …)` or `literal(…)`

    error: case "one": `source.databases`: no column `byts`: did you mean `bytes`?
      --> mine/empty.toml:12:1
       |
    12 | [[case]]
       | ^^^^^^^^
    "#);
}

#[test]
fn a_rule_of_the_user_is_tested_and_replaces_a_built_in_one() {
    let folder = folder("own");
    fs::create_dir(folder.path().join("versions")).expect("own folder");
    let text = fs::read_to_string(support::repository("rules/versions/source-too-old.toml"))
        .expect("a rule of the program");
    fs::write(folder.path().join("versions/source-too-old.toml"), text).expect("own folder");
    let ran = pgpassage(&["rules", "test", &path_text(folder.path())]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "1 rules, 2 cases, 0 failed\n"), "{}", ran.stderr);
}

#[test]
fn a_failing_case_is_told() {
    let folder = folder("failing");
    fs::create_dir(folder.path().join("versions")).expect("own folder");
    let text = fs::read_to_string(support::repository("rules/versions/source-too-old.toml"))
        .expect("a rule of the program");
    fs::write(folder.path().join("versions/source-too-old.toml"), text.replace("90426", "90526"))
        .expect("own folder");
    let ran = pgpassage(&["rules", "test", &path_text(folder.path())]);
    assert_eq!(ran.code, 2);
    assert!(ran.stdout.contains("expected findings about [\"source server\"], got a pass"), "{}", ran.stdout);
}

#[test]
fn a_server_that_is_not_there_is_a_finding_and_code_3() {
    let ran = pgpassage(&["validate", "--source", "host=/nonexistent user=u", "--format", "json", "-q"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("one JSON document");
    let failed: Vec<&str> = report["instance"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|j| j["status"] == "failed")
        .filter_map(|j| j["rule"].as_str())
        .collect();
    assert_eq!(failed, ["connectivity/server-unreachable"]);
}

#[test]
fn help_and_version_go_to_standard_output() {
    for arguments in
        [&["--help"][..], &["--version"], &["validate", "--help"], &["man"], &["completions", "bash"]]
    {
        let ran = pgpassage(arguments);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(!ran.stdout.is_empty());
    }
}

#[test]
fn environment_passwords_are_not_in_the_help() {
    let ran = pgpassage_with(&["validate", "--help"], &[("PGPASSAGE_SOURCE", "password=hunter2")]);
    assert!(!ran.stdout.contains("hunter2"));
}

#[test]
fn an_older_file_survives_a_run_that_fails() {
    let folder = folder("older");
    let (report, facts) = (folder.path().join("r.json"), folder.path().join("f.json"));
    fs::write(&report, "old").expect("own folder");
    fs::write(&facts, "old").expect("own folder");
    let new = path_text(&folder.path().join("new.html"));
    refused(&[
        "validate",
        "--source",
        "host=a",
        "--report",
        &path_text(&report),
        "--report",
        &new,
        "--report",
        "/tmp/r.docx",
    ]);
    refused(&["collect", "--source", "host=a bad", "-o", &path_text(&facts)]);
    assert_eq!(fs::read_to_string(&report).expect("it is there"), "old");
    assert_eq!(fs::read_to_string(&facts).expect("it is there"), "old");
    assert!(!folder.path().join("new.html").exists(), "nothing is left of a run that never began");
}

/// The facts of a database with an invalid index and two tables without a key, judged without servers.
fn recorded(folder: &tempfile::TempDir) -> String {
    let path = folder.path().join("facts.json");
    fs::copy(support::repository("tests/facts/messy.json"), &path).expect("own folder");
    path_text(&path)
}

#[test]
fn a_gate_accepts_compares_and_chooses() {
    let folder = folder("gate");
    let facts = recorded(&folder);
    let (config, old, new) =
        (folder.path().join("c.toml"), folder.path().join("old.json"), folder.path().join("new.json"));
    let judge = |more: &[&str]| pgpassage(&[&["validate", "--facts", &facts, "-q"][..], more].concat());

    let all = judge(&["--report", &path_text(&old)]);
    assert_eq!(all.code, 1, "{} {}", all.stdout, all.stderr);

    // Accepted findings do not count, and an acceptance that has expired is told.
    let accept = |until: &str| {
        let text = format!(
            "[options]\nfail_on = 'warning'\n[severity]\n'schema/table-without-key' = 'off'\n'schema/foreign-key-*' = 'info'\n\
             [[suppress]]\nrule = '*/*'\nreason = 'known'\nuntil = '{until}'\n"
        );
        fs::write(&config, text).expect("own folder");
    };
    accept("2999-12-31");
    let accepted = judge(&["--config", &path_text(&config), "--report", &path_text(&new)]);
    assert_eq!(accepted.code, 0, "{} {}", accepted.stdout, accepted.stderr);
    let report: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&new).expect("a report")).expect("JSON");
    assert!(report["counts"]["suppressed"].as_u64() > Some(0), "{}", report["counts"]);
    accept("2020-01-01");
    let expired = judge(&["--config", &path_text(&config)]);
    assert_eq!(expired.code, 1);
    assert!(expired.stdout.contains("expired on 2020-01-01"), "{}", expired.stdout);

    // With a baseline only what is new counts.
    assert_eq!(judge(&["--baseline", &path_text(&old)]).code, 0);
    let diff = pgpassage(&["report", "diff", &path_text(&new), &path_text(&old)]);
    assert_eq!(diff.code, 1, "{}", diff.stdout);
    assert!(diff.stdout.starts_with("New: "), "{}", diff.stdout);
    assert_eq!(judge(&["--only", "tls/*"]).code, 0);
    let unknown = judge(&["--skip", "schema/invalid-indx"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("did you mean `schema/invalid-index`?"), "{}", unknown.stderr);

    // Mistakes in the file are told with their place, and nothing is written.
    fs::write(&config, "[options]\nfial_on = 'warning'\njosb = 3\n").expect("own folder");
    let mistake = judge(&["--config", &path_text(&config)]);
    assert_eq!(mistake.code, 2);
    assert!(
        mistake.stderr.contains("there is no option `fial_on`, did you mean `fail_on`?")
            && mistake.stderr.contains("there is no option `josb`, did you mean `jobs`?"),
        "{}",
        mistake.stderr
    );
}

#[test]
fn every_format_is_written_and_a_wrong_name_is_refused_before_any_work() {
    let folder = folder("formats");
    let facts = recorded(&folder);
    let names = ["r.html", "r.json", "r.md", "r.csv", "r.sarif", "r.junit.xml"];
    let paths: Vec<String> = names.iter().map(|name| path_text(&folder.path().join(name))).collect();
    let mut arguments = vec!["validate", "--facts", &facts, "--format", "github"];
    arguments.extend(paths.iter().flat_map(|path| ["--report", path]));
    let (source, target) = (folder.path().join("source.sql"), folder.path().join("target.sql"));
    let scripts = [path_text(&source), path_text(&target)];
    arguments.extend(scripts.iter().flat_map(|path| ["--fix-script", path]));
    let ran = pgpassage(&arguments);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.starts_with("::error title="), "{}", ran.stdout);
    for path in paths.iter().chain(&scripts) {
        assert!(fs::metadata(path).is_ok_and(|m| m.len() > 100), "{path}");
    }
    assert!(fs::read_to_string(&source).expect("a script").contains("reindex index "));
    let ran =
        pgpassage(&["validate", "--facts", &facts, "--fix-script", &path_text(&folder.path().join("x.sql"))]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("source.sql or target.sql"), "{}", ran.stderr);
}

#[test]
fn a_profile_of_the_user_is_checked() {
    let folder = folder("profile");
    let facts = recorded(&folder);
    let file = folder.path().join("ours.toml");
    let judge =
        || pgpassage(&["validate", "--facts", &facts, "--profile", &path_text(&file), "--format", "json"]);
    fs::write(&file, "based_on = 'aws-rds'\ntitle = 'Ours'\n").expect("own folder");
    let ran = judge();
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("one JSON document");
    assert_eq!(report["profile"], "ours", "{}", ran.stderr);
    fs::write(&file, "based_on = 'aws-rdx'\n").expect("own folder");
    assert!(judge().stderr.contains("did you mean `aws-rds`?"));
    fs::write(&file, "titel = 'x'\ndatabases_max = 'many'\n").expect("own folder");
    let ran = judge();
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("did you mean `title`?") && ran.stderr.contains("must be given, as int"),
        "{}",
        ran.stderr
    );
}

/// A run that is remembered in a folder of its own; nothing listens where its source is said to be.
fn unreached(state: &str, more: &[&str]) -> support::Ran {
    let source = ["validate", "--source", "host=/nonexistent user=u", "-q", "--state-dir", state];
    pgpassage(&[&source[..], more].concat())
}

#[test]
fn runs_are_listed_shown_and_pruned_and_one_is_not_remembered_on_request() {
    let folder = folder("runs");
    let state = path_text(folder.path());
    assert_eq!(unreached(&state, &["--migration-name", "first"]).code, 3);
    let runs = |words: &[&str]| {
        let ran = pgpassage(&[&["runs"], words, &["--state-dir", &state, "--format", "json"][..]].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        serde_json::from_str::<serde_json::Value>(&ran.stdout).expect("one JSON document")
    };
    assert_eq!(runs(&["list"])[0]["name"], "first");
    assert_eq!(runs(&["show", "first"])["currentStatus"]["state"], "ValidationFailed");
    assert_eq!(runs(&["prune", "--older-than", "30d"])["pruned"], serde_json::json!([]));
    assert_eq!(runs(&["prune", "--older-than", "0h"])["pruned"], serde_json::json!(["first"]));
    assert_eq!(runs(&["list"]), serde_json::json!([]));

    let ran = support::pgpassage_with(
        &["validate", "--source", "host=/nonexistent user=u", "-q", "--no-store"],
        &[("PGPASSAGE_STATE_DIR", &state)],
    );
    assert_eq!((ran.code, runs(&["list"])), (3, serde_json::json!([])));
}

#[test]
fn a_signal_ends_a_check_that_waits_for_a_server() {
    // Whoever connects is heard, and never answered.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = silent.local_addr().expect("it is bound").port();
    let source = format!("host=127.0.0.1 port={port} user=u password=p connect_timeout=600");
    for name in ["validate", "collect"] {
        let more: &[&str] = if name == "collect" { &["-o", "/dev/null"] } else { &["--no-store"] };
        let mut child = support::command(&[&[name, "--source", &source], more].concat())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("the program starts");
        let (connection, _) = silent.accept().expect("it connects");
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it is ours");
        assert_eq!(child.wait().expect("it ends").code(), Some(130), "{name}");
        drop(connection);
    }
}

#[test]
fn a_rule_is_begun_and_passes_its_cases_when_filled_in() {
    let folder = folder("new-rule");
    let root = path_text(folder.path());
    let ran = pgpassage(&["rules", "new", "mine/odd-name", "--folder", &root]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.stdout.trim(), path_text(&folder.path().join("mine/odd-name.toml")));
    let tested = pgpassage(&["rules", "test", &root]);
    assert_eq!(tested.code, 0, "{} {}", tested.stdout, tested.stderr);
    let again = pgpassage(&["rules", "new", "mine/odd-name", "--folder", &root]);
    assert_eq!(again.code, 2, "what is there already is not touched");
    assert_eq!(pgpassage(&["rules", "new", "../odd", "--folder", &root]).code, 2);
}

/// Answers one connection like a server that asks for the password in clear and then refuses it; returns what it was sent.
fn refuse_password(listener: &std::net::TcpListener) -> std::io::Result<String> {
    use std::io::{Read, Write};
    let (mut stream, _) = listener.accept()?;
    let mut packet = [0; 1024];
    let _start = stream.read(&mut packet)?;
    stream.write_all(b"R\0\0\0\x08\0\0\0\x03")?;
    let length = stream.read(&mut packet)?;
    let fields = b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed\0\0";
    let mut refusal = b"E".to_vec();
    refusal.extend(u32::try_from(fields.len() + 4).unwrap_or_default().to_be_bytes());
    refusal.extend(fields);
    stream.write_all(&refusal)?;
    Ok(String::from_utf8_lossy(&packet[..length]).into_owned())
}

#[test]
fn the_log_names_connections_and_sqlstates_and_never_a_password() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    let server = std::thread::spawn(move || refuse_password(&listener));
    let folder = folder("log");
    let log = path_text(&folder.path().join("log"));
    let source = format!("host=127.0.0.1 port={port} user=u dbname=d password=hunter2 sslmode=disable");
    let arguments = ["validate", "--source", &source, "--no-store", "-q", "--log-file", &log, "-vv"];
    let ran = pgpassage_with(&arguments, &[("RUST_LOG", "trace")]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(
        server.join().expect("it ends").expect("it answers").contains("hunter2"),
        "the password was sent"
    );
    let text = fs::read_to_string(&log).expect("the log is written");
    assert!(text.contains("connection failed") && text.contains("28P01"), "{text}");
    assert!(!text.contains("hunter2") && !ran.stderr.contains("hunter2"), "{text}{}", ran.stderr);
    let refused = refused(&["validate", "--source", "host=a", "--log-file", "/nonexistent/log"]);
    assert!(refused.starts_with("error: open /nonexistent/log: "), "{refused}");
}

#[test]
fn a_target_that_exists_and_the_version_of_one_that_does_not_contradict() {
    let ran = pgpassage_with(
        &["validate", "--source", "host=a", "--profile", "azure-flexible-server", "--target-version", "17"],
        &[("PGPASSAGE_TARGET", "host=b")],
    );
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("PGPASSAGE_TARGET"), "{}", ran.stderr);
}

#[test]
fn a_report_in_place_of_facts_is_called_what_it_is() {
    let folder = folder("report-as-facts");
    let report = path_text(&folder.path().join("r.json"));
    pgpassage(&["validate", "--facts", &recorded(&folder), "-q", "--report", &report]);
    assert!(refused(&["validate", "--facts", &report]).contains("is a JSON report, and --facts takes"));
}

#[test]
fn a_list_of_an_unknown_server_says_so() {
    let folder = folder("unknown-server");
    let state = path_text(folder.path());
    let ran = pgpassage(&["migration", "list", "-n", "nosuch", "--state-dir", &state]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("no remembered migration has a target called `nosuch`"), "{}", ran.stderr);
}

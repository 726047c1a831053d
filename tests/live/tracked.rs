//! Named migrations: followed, canceled and taken up again from other processes, on real servers.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use pgpassage::demo::{Cluster, ClusterOptions};
use serde_json::Value;

use crate::support::{Ran, command, folder, path_text, pgpassage};
use crate::{execute, found, json, newest, start};

/// Two servers, the source with a database worth some seconds, and a folder for runs.
struct Scene {
    source: Cluster,
    target: Cluster,
    state: String,
    folder: tempfile::TempDir,
}

fn scene(name: &str, fill: &str) -> Scene {
    let folder = folder(name);
    let found = found();
    let options = ClusterOptions { settings: vec!["wal_level = logical".into()], ..Default::default() };
    let source = start(newest(&found), folder.path(), "s", &options);
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(&source, "postgres", "create database src");
    execute(&source, "src", fill);
    let state = path_text(&folder.path().join("state"));
    Scene { source, target, state, folder }
}

const SOME_TABLES: &str = "do $$ begin for i in 1..20 loop \
     execute format('create table t%s (id int primary key, v text); insert into t%s select g, repeat(g::text, 5) from generate_series(1, 20000) g; \
                     create index on t%s (v)', i, i, i); end loop; end $$";

impl Scene {
    /// Runs `migration` with a JSON result.
    fn migration(&self, arguments: &[&str]) -> Ran {
        pgpassage(&[&["migration"], arguments, &["--state-dir", &self.state, "-o", "json"][..]].concat())
    }

    fn servers(&self) -> (String, String) {
        (self.source.conninfo("postgres", "src"), self.target.conninfo("postgres", "postgres"))
    }

    fn start_migration(&self, name: &str) -> Child {
        let (from, to) = self.servers();
        let arguments = [
            "migration",
            "create",
            "--migration-option",
            "Migrate",
            "--migration-name",
            name,
            "--source",
            &from,
            "--target",
            &to,
        ];
        quiet(command(&[&arguments[..], &["--state-dir", &self.state]].concat()))
    }

    fn resume(&self, name: &str) -> Child {
        quiet(command(&["migration", "resume", "--migration-name", name, "--state-dir", &self.state]))
    }

    fn show(&self, name: &str) -> Value {
        json(&self.migration(&["show", "--migration-name", name]).stdout)
    }

    fn report(&self, name: &str) -> Value {
        json(
            &pgpassage(&["migration", "report", name, "--state-dir", &self.state, "--format", "json"]).stdout,
        )
    }
}

fn quiet(mut command: std::process::Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
}

/// All files of a folder, as text.
fn texts(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            texts(&path, found);
        } else {
            found.push(String::from_utf8_lossy(&std::fs::read(&path).expect("a file")).into_owned());
        }
    }
}

#[test]
fn a_body_of_the_service_drives_a_whole_migration() {
    let scene = scene("body", "create table t as select generate_series(1, 100) as id");
    let address = |cluster: &Cluster| {
        let conninfo = cluster.conninfo("postgres", "postgres");
        let value = |key: &str| {
            let at = conninfo.find(&format!("{key}=")).expect("a keyword") + key.len() + 1;
            conninfo[at..].split(' ').next().expect("a value").trim_matches('\'').to_owned()
        };
        format!("{}:{}@postgres", value("host"), value("port"))
    };
    let body = scene.folder.path().join("body.json");
    let secret = scene.folder.path().join("secret");
    std::fs::write(&secret, "from-a-file-7291\n").expect("the folder is writable");
    std::fs::write(
        &body,
        serde_json::json!({"properties": {
            "SourceDBServerResourceId": address(&scene.source),
            "TargetDBServerResourceId": address(&scene.target),
            "SourceType": "OnPremises",
            "SslMode": "Prefer",
            "SecretParameters": {"AdminCredentials": {
                "SourceServerPassword": "in-the-body-8843", "TargetServerPassword": format!("file:{}", path_text(&secret))}},
            "DBsToMigrate": ["src"],
            "OverwriteDBsInTarget": "true",
            "SetupLogicalReplicationOnSourceDBIfNeeded": "false",
        }})
        .to_string(),
    )
    .expect("the folder is writable");
    let arguments = [
        "create",
        "-g",
        "group",
        "-b",
        &path_text(&body),
        "--migration-name",
        "july",
        "--migration-mode",
        "offline",
    ];
    let ran = scene.migration(&arguments);
    assert_eq!(ran.code, 0, "{} {}", ran.stdout, ran.stderr);
    let shown = json(&ran.stdout);
    assert_eq!(shown["currentStatus"]["state"], "Succeeded");
    assert_eq!(shown["currentStatus"]["currentSubStateDetails"]["currentSubState"], "Completed");
    let database = &shown["currentStatus"]["currentSubStateDetails"]["dbDetails"]["src"];
    assert_eq!(
        (&database["fullLoadCompletedTables"], &database["rows"]),
        (&Value::from(1), &Value::from(100))
    );
    let validation = &shown["currentStatus"]["currentSubStateDetails"]["validationDetails"];
    assert_eq!(validation["status"], "Succeeded", "{validation:#}");
    assert_eq!(shown["sourceDbServerResourceId"], address(&scene.source));

    let again = scene.migration(&arguments);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("there is already a migration `july`"), "{}", again.stderr);
    let free = scene.migration(&["check-name-availability", "--migration-name", "july"]);
    assert_eq!((free.code, &json(&free.stdout)["reason"]), (1, &Value::from("AlreadyExists")));
    let mut stored = Vec::new();
    texts(Path::new(&scene.state), &mut stored);
    for text in stored.iter().chain([&ran.stdout, &ran.stderr]) {
        assert!(!text.contains("in-the-body-8843") && !text.contains("from-a-file-7291"), "{text}");
    }
    assert_eq!(scene.migration(&["delete", "--migration-name", "july"]).code, 0);
    assert_eq!(scene.migration(&["show", "--migration-name", "july"]).code, 2);
}

#[test]
fn a_run_that_is_killed_at_any_moment_is_gone_on_with() {
    let scene = scene("kill", include_str!("sample.sql"));
    execute(&scene.source, "src", SOME_TABLES);
    let mut child = scene.start_migration("hardy");
    let mut killed = 0;
    // Moments that cover the whole run, in an order that is the same each time.
    for delay_ms in [20, 900, 150, 450, 1300, 250, 700, 1100, 350, 550] {
        std::thread::sleep(Duration::from_millis(delay_ms));
        if child.try_wait().expect("the process is ours").is_some() {
            break;
        }
        child.kill().expect("the process is ours");
        child.wait().expect("the process is ours");
        killed += 1;
        let shown = pgpassage(&["migration", "list", "--state-dir", &scene.state]);
        assert!(shown.stdout.contains("Interrupted") || !shown.stdout.contains("hardy"), "{}", shown.stdout);
        if !shown.stdout.contains("hardy") {
            // It died before it was remembered.
            child = scene.start_migration("hardy");
            continue;
        }
        child = scene.resume("hardy");
    }
    child.wait().expect("the process is ours");
    assert!(killed >= 3, "the run was over before it could be killed");
    let report = scene.report("hardy");
    let migration = &report["databases"][0]["migration"];
    assert_eq!(
        scene.show("hardy")["currentStatus"]["state"],
        "Succeeded",
        "{migration:#} {:#}",
        report["verification"]
    );
    assert_eq!(report["verification"]["passed"], true);
    assert_eq!(migration["tables"].as_array().map(Vec::len), Some(30));
    assert_eq!(report["verification"]["databases"][0]["rows"], 412_508);
}

#[test]
fn a_comparison_that_was_cut_off_is_done_again() {
    let scene = scene(
        "cut",
        "create table t as select n as id, repeat('x', 200) as t from generate_series(1, 300000) n",
    );
    let mut child = scene.start_migration("cut");
    // Ends the session that compares rows on the target, as soon as there is one.
    execute(
        &scene.target,
        "postgres",
        "do $$ declare started timestamptz := clock_timestamp(); begin \
           loop \
             perform pg_terminate_backend(pid) from pg_stat_activity \
               where datname = 'src' and query like '%hashtextextended%' and state = 'active'; \
             exit when found or clock_timestamp() > started + interval '60 s'; \
             perform pg_stat_clear_snapshot(); \
           end loop; \
         end $$",
    );
    child.wait().expect("the process is ours");
    let report = scene.report("cut");
    assert_eq!(scene.show("cut")["currentStatus"]["state"], "Failed", "{report:#}");
    scene.resume("cut").wait().expect("the process is ours");
    let report = scene.report("cut");
    assert_eq!(scene.show("cut")["currentStatus"]["state"], "Succeeded", "{:#}", report["verification"]);
    assert_eq!(report["verification"]["databases"][0]["rows"], 300_000);
}

#[test]
fn what_changed_on_the_source_since_is_copied_again() {
    let scene = scene("changed", SOME_TABLES);
    execute(
        &scene.source,
        "src",
        "create table late (id int primary key references t1); insert into late values (1)",
    );
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut child = scene.start_migration("changed");
    let done = "do $$ begin if (select count(*) from pg_class where relname like 't%_pkey') < 15 then raise 'not yet'; end if; end $$";
    while runtime.block_on(scene.target.execute("src", done)).is_err() {
        assert!(child.try_wait().expect("the process is ours").is_none(), "too fast to be killed");
    }
    child.kill().expect("the process is ours");
    child.wait().expect("the process is ours");
    execute(&scene.source, "src", "update t3 set v = 'new' where id = 3; insert into t5 values (0, 'more')");
    let ran = scene.migration(&["resume", "--migration-name", "changed"]);
    assert_eq!(ran.code, 0, "{} {}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("comparing the contents of"), "{}", ran.stderr);
    execute(
        &scene.target,
        "src",
        "do $$ begin if (select v from t3 where id = 3) <> 'new' or not exists (select from t5 where id = 0) then raise 'old rows'; end if; end $$",
    );
    assert_eq!(scene.report("changed")["verification"]["passed"], true);
    let over = scene.migration(&["resume", "--migration-name", "changed"]);
    assert_eq!(over.code, 2, "what has succeeded is not gone on with");

    // A changed schema cannot be gone on with, but be started over.
    execute(&scene.target, "postgres", "drop database src with (force)");
    let mut child = scene.start_migration("schema");
    while runtime.block_on(scene.target.execute("src", done)).is_err() {}
    child.kill().expect("the process is ours");
    child.wait().expect("the process is ours");
    execute(&scene.source, "src", "alter table t1 add column extra int");
    let refused = scene.migration(&["resume", "--migration-name", "schema"]);
    assert_eq!(refused.code, 4);
    assert!(refused.stdout.contains("the schema of the source has changed since"), "{}", refused.stdout);
    let ran = pgpassage(&[
        "migrate",
        "--resume",
        "schema",
        "--restart-tables",
        "--state-dir",
        &scene.state,
        "--format",
        "json",
    ]);
    assert_eq!(ran.code, 0, "{} {}", ran.stdout, ran.stderr);
}

#[test]
fn a_run_in_the_background_is_followed_and_canceled_from_elsewhere() {
    let scene = scene(
        "away",
        "create table big as select g as id, repeat('x', 200) as v from generate_series(1, 2000000) g",
    );
    let (from, to) = scene.servers();
    let begin = [
        "create",
        "--migration-option",
        "Migrate",
        "--migration-name",
        "away",
        "--source",
        &from,
        "--target",
        &to,
    ];
    let ran = scene.migration(&[&begin[..], &["--no-wait"]].concat());
    assert_eq!(ran.code, 0, "{} {}", ran.stdout, ran.stderr);
    assert_eq!(json(&ran.stdout)["currentStatus"]["state"], "InProgress");
    let loading = |shown: &Value| {
        shown["currentStatus"]["currentSubStateDetails"]["dbDetails"]["src"]["migrationOperation"]
            == "copying"
    };
    while !loading(&scene.show("away")) {
        assert_eq!(scene.show("away")["currentStatus"]["state"], "InProgress");
    }
    // Only one migration into a database at a time; who is there is named.
    let second = pgpassage(&[
        "migrate",
        "--source",
        &from,
        "--target",
        &to,
        "--if-exists",
        "overwrite",
        "--state-dir",
        &scene.state,
    ]);
    assert_eq!(second.code, 4);
    assert!(second.stderr.contains("in progress: pgpassage away on "), "{}", second.stderr);

    let canceled = scene.migration(&["update", "--cancel", "--migration-name", "away"]);
    assert_eq!(canceled.code, 0, "{}", canceled.stderr);
    assert_eq!(json(&canceled.stdout)["currentStatus"]["state"], "Canceled");
    let report = scene.report("away");
    assert_eq!(report["run"]["state"], "Canceled");
    assert_eq!(report["databases"][0]["migration"]["cleanup"], "DROP DATABASE \"src\"");
    let again = scene.migration(&["update", "--cancel", "--migration-name", "away"]);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("is not in progress: it is Canceled"), "{}", again.stderr);

    let resumed = scene.migration(&["resume", "--migration-name", "away"]);
    assert_eq!(resumed.code, 0, "{} {}", resumed.stdout, resumed.stderr);
    let list = json(&scene.migration(&["list"]).stdout);
    let names: Vec<&str> =
        list.as_array().expect("a list").iter().filter_map(|run| run["name"].as_str()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert_eq!(names[1], "away", "the newest is first");
}

#[test]
fn a_report_that_cannot_be_written_changes_nothing_about_a_migration() {
    let scene = scene("full", "create table t as select generate_series(1, 10) as id");
    let (from, to) = scene.servers();
    // It can be opened, and never written.
    let report = scene.folder.path().join("r.html");
    std::os::unix::fs::symlink("/dev/full", &report).expect("own folder");
    let ran = |command: &str| {
        let arguments = [command, "--source", &from, "--target", &to, "--report", &path_text(&report), "-q"];
        pgpassage(&[&arguments[..], &["--state-dir", &scene.state]].concat())
    };
    let migrated = ran("migrate");
    assert_eq!(migrated.code, 0, "{} {}", migrated.stdout, migrated.stderr);
    assert!(migrated.stderr.contains("r.html"), "{}", migrated.stderr);
    assert!(migrated.stdout.contains("Migration of src"), "{}", migrated.stdout);
    assert_eq!(ran("verify").code, 2, "what can be had again is an error");
}

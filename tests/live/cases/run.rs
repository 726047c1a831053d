//! What is seen of a case: both verdicts, the migration, the same by `pg_restore`, and how the two copies differ.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pgpassage::config::{Environment, cache_folders};
use pgpassage::demo::{Cluster, ClusterOptions, Install};
use serde_json::Value;

use crate::cases::format::Case;
use crate::support::{Ran, pgpassage};
use crate::{execute, start, with_status};

/// Drops the roles of a case, when its databases are gone.
const DROP_ROLES: &str = "do $$ declare role text; begin \
    for role in select rolname from pg_catalog.pg_roles where rolname ~ '^case_' loop \
      execute pg_catalog.format('drop owned by %I', role); execute pg_catalog.format('drop role %I', role); \
    end loop; end $$";

/// The newest client programs that are there.
pub(super) fn clients() -> Option<PathBuf> {
    let mut folders = cache_folders(&Environment::of_process()).into_iter().map(|f| f.join("clients/18/bin"));
    folders.find(|bin| bin.join("psql").is_file())
}

/// The servers, one for each major version, started when they are needed.
pub(super) struct Servers<'a> {
    found: &'a [Install],
    folder: &'a Path,
    bin: PathBuf,
    running: BTreeMap<(u32, &'static str), Cluster>,
}

impl<'a> Servers<'a> {
    pub(super) fn new(found: &'a [Install], folder: &'a Path, bin: PathBuf) -> Servers<'a> {
        Servers { found, folder, bin, running: BTreeMap::new() }
    }

    /// Starts source and target, as far as both majors are installed.
    pub(super) fn start_pair(&mut self, source: u32, target: u32) {
        for (major, name) in [(source, "s"), (target, "t")] {
            let Some(install) = self.found.iter().find(|install| install.major == major) else { continue };
            self.running.entry((major, name)).or_insert_with(|| {
                let settings = vec!["wal_level = logical".into(), "max_prepared_transactions = 5".into()];
                let options = ClusterOptions { settings, ..Default::default() };
                let server = start(install, self.folder, &format!("{name}{major}"), &options);
                let administrator = "create role administrator login createdb createrole; \
                                     grant pg_monitor to administrator";
                execute(&server, "postgres", administrator);
                server
            });
        }
    }

    /// Source and target, when they run.
    pub(super) fn pair(&self, source: u32, target: u32) -> Option<(&Cluster, &Cluster)> {
        Some((self.running.get(&(source, "s"))?, self.running.get(&(target, "t"))?))
    }

    /// Runs statements with psql. The answer is what it wrote to both streams; the error, if one failed.
    fn psql(&self, server: &Cluster, dbname: &str, case: &str, sql: &str) -> Result<String, String> {
        let mut psql = Command::new(self.bin.join("psql"))
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", &format!("db={case}"), "-f", "-"])
            .args(["-d", &server.conninfo("postgres", dbname)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("psql starts");
        psql.stdin.take().expect("it is piped").write_all(sql.as_bytes()).expect("psql reads");
        let output = psql.wait_with_output().expect("psql ends");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        if output.status.success() { Ok(said) } else { Err(said) }
    }

    /// Every line that `pg_dump` writes about a database, sorted.
    fn described(&self, server: &Cluster, dbname: &str) -> Vec<String> {
        let output = Command::new(self.bin.join("pg_dump"))
            .args(["-d", &server.conninfo("postgres", dbname)])
            .output()
            .expect("pg_dump starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let is_new = |line: &str| line.is_empty() || line.starts_with("--") || line.contains("restrict ");
        let mut lines: Vec<String> = text.lines().filter(|line| !is_new(line)).map(str::to_owned).collect();
        lines.sort();
        lines
    }

    /// Restores a database with the tools of PostgreSQL, as the user of the case. Whether that went well is the answer.
    fn pg_restore(&self, case: &Case, source: &Cluster, target: &Cluster, into: &str) -> bool {
        let mut dump = Command::new(self.bin.join("pg_dump"))
            .args(["-Fc", "-d", &source.conninfo("postgres", &case.name)])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("pg_dump starts");
        let archive = dump.stdout.take().expect("it is piped");
        let restore = Command::new(self.bin.join("pg_restore"))
            .args(["-d", &target.conninfo(&case.user, into)])
            .stdin(archive)
            .output()
            .expect("pg_restore starts");
        dump.wait().expect("pg_dump ends").success() && restore.status.success()
    }
}

/// A verdict: how the command ended, the rules that failed or could not be checked, and those that warned.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) code: i32,
    pub(super) fails: Vec<String>,
    pub(super) warns: Vec<String>,
}

impl Verdict {
    fn of(ran: &Ran) -> Verdict {
        let report = parsed(ran);
        let rules = |statuses: &[&str]| {
            let found = statuses.iter().flat_map(|status| with_status(&report, status));
            found.filter_map(|line| line.split_once(": ").map(|(rule, _)| rule.to_owned())).collect()
        };
        let (mut fails, warns): (Vec<String>, _) =
            (rules(&["failed", "could_not_check"]), rules(&["warning"]));
        fails.dedup();
        Verdict { code: ran.code, fails, warns }
    }
}

/// All that was seen of a case.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) verdict: Verdict,
    pub(super) rehearsed: Verdict,
    /// How a rehearsal without any other rule ended; asked only when the migration failed.
    pub(super) only_rehearsed: Option<Verdict>,
    pub(super) migration_code: i32,
    /// Why the migration failed, or what verification found.
    pub(super) migration_error: String,
    /// Whether something was told that is not as on the source.
    pub(super) deviates: bool,
    pub(super) pg_restore_works: bool,
    /// Lines that only one of both copies has.
    pub(super) copies_differ: Vec<String>,
    /// Whether the queries of the case answer the same on both sides.
    pub(super) answers_differ: bool,
}

/// Runs a case, and leaves no database or role of it. The error is why it could not be set up.
pub(super) fn run(
    case: &Case,
    source: &Cluster,
    target: &Cluster,
    servers: &Servers<'_>,
) -> Result<Seen, String> {
    let restored = format!("{}-restored", case.name);
    let drop = |server: &Cluster, dbname: &str| {
        execute(server, "postgres", &format!("drop database if exists \"{dbname}\""));
    };
    let (create, template) = (&case.create, "template template0");
    let create = |dbname: &str| format!("create database \"{dbname}\" {template} {create}");
    let psql = |server, dbname: &str, sql: &str| servers.psql(server, dbname, &case.name, sql);
    let seen = (|| {
        psql(source, "postgres", &create(&case.name))?;
        psql(source, &case.name, &case.sql)?;
        psql(target, "postgres", &case.target_sql)?;
        let (from, to) = (source.conninfo("postgres", &case.name), target.conninfo(&case.user, "postgres"));
        let both = ["--source", &from, "--target", &to, "--format", "json", "-q"];
        let options: Vec<&str> = case.options.iter().map(String::as_str).collect();
        let call = |command: &[&str]| pgpassage(&[command, &both, &options].concat());
        let verdict = Verdict::of(&call(&["validate"]));
        let rehearsed = Verdict::of(&call(&["validate", "--rehearse"]));
        let migrated = call(&["migrate"]);
        let report = parsed(&migrated);
        psql(target, "postgres", &format!("set role \"{}\"; {}", case.user, create(&restored)))?;
        let pg_restore_works = servers.pg_restore(case, source, target, &restored);
        let (ours, theirs) = (servers.described(target, &case.name), servers.described(target, &restored));
        let both_work = migrated.code == 0 && pg_restore_works;
        let answers = |server| psql(server, &case.name, &case.compare_sql);
        let answers_differ = migrated.code == 0 && answers(source) != answers(target);
        let only_rehearsed = (migrated.code != 0).then(|| {
            drop(target, &case.name);
            Verdict::of(&call(&["rehearse", "--only", "rehearsal/*"]))
        });
        Ok(Seen {
            verdict,
            rehearsed,
            only_rehearsed,
            migration_code: migrated.code,
            migration_error: why(&report, &migrated.stderr),
            deviates: report["deviations"].as_array().is_some_and(|told| !told.is_empty()),
            pg_restore_works,
            copies_differ: if both_work { only_in_one(&ours, &theirs) } else { Vec::new() },
            answers_differ,
        })
    })();
    for (server, dbname) in [(source, &case.name), (target, &case.name), (target, &restored)] {
        drop(server, dbname);
        execute(server, "postgres", DROP_ROLES);
    }
    seen
}

fn parsed(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or(Value::Null)
}

/// The lines that only one of two sorted texts has.
fn only_in_one(ours: &[String], theirs: &[String]) -> Vec<String> {
    let only = |a: &[String], b: &[String], side: &str| -> Vec<String> {
        a.iter().filter(|line| !b.contains(line)).map(|line| format!("{side} {line}")).collect()
    };
    [only(ours, theirs, "ours:"), only(theirs, ours, "pg_restore's:")].concat()
}

/// What a migration failed over, in a few words.
fn why(report: &Value, stderr: &str) -> String {
    let error = report["databases"][0]["migration"]["error"].as_str();
    let difference = &report["verification"]["databases"][0]["differences"][0];
    match error {
        Some(error) => error.to_owned(),
        None if difference.is_object() => format!("verification: {difference}"),
        None => stderr.lines().next().unwrap_or_default().to_owned(),
    }
}

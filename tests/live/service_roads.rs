//! The whole road onto imitations of managed services, as their administrators: `validate`, its fixes by the letter,
//! `validate-and-migrate`, what was left out run by the provider, and everything once more over what is there.

use std::path::Path;

use pgpassage::demo::{Cluster, ClusterOptions, Install};
use serde_json::Value;

use crate::fixes::psql_as;
use crate::managed::{deviations, fill};
use crate::services::{Kind, start_service};
use crate::support::{Ran, folder, path_text, pgpassage, repository};
use crate::{execute_as, found, json, oldest_supported, start, with_status};

/// The rows of every table of the source, by the database of the source.
const ROWS: &[(&str, &str, u32)] = &[
    ("shop", "sales.orders", 500),
    ("shop", "sales.customers", 500),
    ("shop", "audit.log", 200),
    ("crm", "crm.contacts", 300),
    ("crm", "crm.notes", 300),
    ("postgres", "ops.jobs", 2),
];

/// A source and a target, and where the files of a road go.
struct Road<'a> {
    kind: Kind,
    source: Cluster,
    target: Cluster,
    folder: &'a Path,
}

impl Road<'_> {
    fn run(&self, command: &str, user: &str, more: &[&str]) -> (Ran, Value) {
        let (from, to) =
            (self.source.conninfo("postgres", "postgres"), self.target.conninfo(user, "postgres"));
        let fixed = [command, "--source", &from, "--target", &to, "--format", "json", "-q"];
        let ran = pgpassage(&[&fixed[..], more].concat());
        let report = json(&ran.stdout);
        (ran, report)
    }

    /// Runs a command of the page, which has to work.
    fn follow(&self, command: &[String], user: &str) -> Value {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let (ran, report) = self.run(words[0], user, &words[1..]);
        assert_eq!(ran.code, 0, "{}", explained(&ran, &report));
        report
    }

    fn assert_rows(&self, maps: &[(&str, &str)], databases: &[&str]) {
        for (database, table, rows) in ROWS.iter().filter(|(database, ..)| databases.contains(database)) {
            let sql = format!("do $$ begin assert (select count(*) = {rows} from {table}); end $$");
            // The name that the database has on the target.
            let name = maps.iter().find(|(from, _)| from == database).map_or(*database, |(_, to)| *to);
            execute_as(&self.target, self.kind.provider(), name, &sql);
        }
    }
}

/// The commands of the page about a service, in their order, with files in a folder.
fn commands(kind: Kind, folder: &Path) -> Vec<Vec<String>> {
    let page = repository("docs/services").join(kind.page());
    let text = std::fs::read_to_string(page).expect("a page for each service");
    let in_folder = |word: &str| match word.rsplit_once('.') {
        Some((_, "toml" | "sql" | "html")) => path_text(&folder.join(word)),
        _ => word.to_owned(),
    };
    let commands = text.lines().filter_map(|line| line.strip_prefix("pgpassage "));
    commands.map(|line| line.split_whitespace().map(in_folder).collect()).collect()
}

fn explained(ran: &Ran, report: &Value) -> String {
    format!(
        "{}\n{:?}\n{}\n{}",
        ran.stderr,
        with_status(report, "failed"),
        report["databases"],
        report["verification"]
    )
}

/// Everything that the fixes of a validation say about the options, by the letter.
fn fixed_options(report: &Value) -> Vec<(&'static str, &'static str)> {
    let failed = with_status(report, "failed");
    if failed.is_empty() {
        return Vec::new();
    }
    assert_eq!(failed, ["databases/no-right-to-create: database postgres"]);
    vec![("postgres", "administration")]
}

fn road(kind: Kind, source: &Install, target: &Install) {
    let folder = folder("road");
    let road = Road {
        kind,
        source: start(source, folder.path(), "s", &ClusterOptions::default()),
        target: start_service(kind, target, folder.path(), "t"),
        folder: folder.path(),
    };
    fill(&road.source);
    let administrator = kind.administrator();
    let fixes = path_text(&road.folder.join("target.sql"));
    let (ran, report) = road.run("validate", administrator, &["--all-databases", "--fix-script", &fixes]);
    assert_eq!(report["profile"], kind.profile());
    let maps = fixed_options(&report);
    assert_eq!(ran.code, i32::from(!maps.is_empty()), "{}", explained(&ran, &report));
    let applied = psql_as(&road.target, administrator, "postgres", &["-f", &fixes]);
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    let page = commands(kind, road.folder);
    let [suggest, validate, migrate, again, only_data] = page.as_slice() else {
        panic!("the page has other commands: {page:?}")
    };
    let (from, to) =
        (road.source.conninfo("postgres", "postgres"), road.target.conninfo(administrator, "postgres"));
    let words: Vec<&str> = suggest.iter().map(String::as_str).collect();
    let ran = pgpassage(&[&words[..], &["--source", &from, "--target", &to]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    road.follow(validate, administrator);
    let report = road.follow(migrate, administrator);
    road.assert_rows(&maps, &["shop", "crm", "postgres"]);
    let after = path_text(&road.folder.join("after.sql"));
    assert_everything_is_listed(&report, &after);
    road.follow(again, administrator);
    road.assert_rows(&maps, &["shop", "crm", "postgres"]);

    execute_as(&road.target, administrator, "postgres", "create role loader login createdb");
    road.follow(only_data, "loader");
    road.assert_rows(&[("shop", "shop2"), ("crm", "crm2")], &["shop", "crm"]);

    let ran = psql_as(&road.target, kind.provider(), "postgres", &["-f", &after]);
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && !said.contains("ERROR"), "{said}");
    // The provider has made superusers of roles: what belongs to them is refused from now on, and listed.
    let (ran, report) = road.run("migrate", administrator, &["-d", "shop", "--if-exists", "overwrite"]);
    assert_eq!(ran.code, 0, "{}", explained(&ran, &report));
}

/// Whatever the target does not have is in the report, and in the script for its provider.
fn assert_everything_is_listed(report: &Value, after: &str) {
    let listed = deviations(report);
    let script = std::fs::read_to_string(after).expect("the script of what was left out");
    for (object, statement) in [
        ("event trigger ddl", "CREATE EVENT TRIGGER ddl"),
        ("publication everything", "CREATE PUBLICATION everything FOR ALL TABLES"),
        ("type audit.unfinished", "CREATE TYPE audit.unfinished"),
        ("leakproof of function audit.secret(text)", "ALTER FUNCTION audit.secret(text) LEAKPROOF"),
        ("settings of function audit.quiet()", "ALTER FUNCTION audit.quiet() SET log_min_messages"),
        ("setting app.region of database shop", "SET \"app\".\"region\""),
        ("setting app.tenant of role shop_app", "SET \"app\".\"tenant\""),
        ("setting search_path of all roles", "ALTER ROLE ALL SET \"search_path\""),
        ("pg_stat_reset()", "GRANT ALL ON FUNCTION pg_catalog.pg_stat_reset() TO reporting"),
        ("grants on table pg_catalog.pg_authid", "GRANT SELECT ON TABLE pg_catalog.pg_authid TO reporting"),
    ] {
        assert!(listed.contains(object), "{object} is not listed:\n{listed}");
        assert!(script.contains(statement), "{statement} is missing:\n{script}");
    }
}

fn major(found: &[Install], major: u32) -> &Install {
    found.iter().find(|install| install.major == major).or(found.last()).expect("one install")
}

#[test]
fn azure_gets_everything_that_its_administrator_may_create() {
    let found = found();
    road(Kind::Azure, major(&found, 15), major(&found, 16));
}

#[test]
fn rds_gets_everything_that_its_administrator_may_create() {
    let found = found();
    road(Kind::Rds, oldest_supported(&found), major(&found, 17));
}

#[test]
fn cloud_sql_gets_everything_that_its_administrator_may_create() {
    let found = found();
    road(Kind::CloudSql, major(&found, 15), major(&found, 18));
}

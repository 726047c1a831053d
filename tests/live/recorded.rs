//! Recordings of real servers of every version, and of set-ups like those of managed services, with what is found in
//! them. `PGPASSAGE_BLESS=1 cargo test --test live recorded` makes them anew; `tests/recordings.rs` judges them again
//! without servers.

use std::fs;
use std::path::Path;

use pgpassage::demo::{Cluster, ClusterOptions, Install};
use serde_json::Value;

use crate::support::{folder, path_text, pgpassage, repository};
use crate::{execute, found, json, newest, start, with_status};

/// The parts of `recorded.sql` that a server of this version understands.
fn sample(major: u32) -> String {
    let parts = include_str!("recorded.sql").split("-- part ").skip(1);
    parts
        .filter_map(|part| {
            let (versions, sql) = part.split_once('\n')?;
            let mut versions = versions.split(' ').map(|v| v.parse::<u32>().expect("a version"));
            let (from, before) = (versions.next()?, versions.next());
            (major >= from && before.is_none_or(|before| major < before)).then_some(sql)
        })
        .collect()
}

/// What a report found, a line each; without what changes with the calendar.
fn findings(report: &Value) -> String {
    let mut text = String::new();
    for status in ["failed", "could_not_check", "warning"] {
        for line in with_status(report, status) {
            if !line.starts_with("versions/source-end-of-life") {
                text.push_str(&format!("{status} {line}\n"));
            }
        }
    }
    text
}

/// Compares what is found now with what is remembered under a name, or remembers it.
fn compare(name: &str, source: &str, target: &str, work: &Path) {
    let servers = ["--source", source, "--target", target, "--deep"];
    let ran = pgpassage(&[&["validate", "--format", "json", "-q"][..], &servers].concat());
    let found = findings(&json(&ran.stdout));
    let remembered = repository("tests/facts").join(format!("{name}.findings"));
    if std::env::var_os("PGPASSAGE_BLESS").is_some() {
        let file = work.join("facts.json");
        let collected = pgpassage(&[&["collect", "-o", &path_text(&file)][..], &servers].concat());
        assert_eq!(collected.code, 0, "{}", collected.stderr);
        let facts: Value = json(&fs::read_to_string(&file).expect("it was written"));
        fs::write(repository("tests/facts").join(format!("{name}.json")), facts.to_string() + "\n")
            .expect("the repository is writable");
        fs::write(&remembered, found).expect("the repository is writable");
        return;
    }
    let remembered = fs::read_to_string(&remembered).expect("the findings are remembered");
    assert_eq!(found, remembered, "{name}: if that is right, remember it with PGPASSAGE_BLESS=1");
}

fn filled(install: &Install, folder: &Path, name: &str, options: &ClusterOptions) -> Cluster {
    let server = start(install, folder, name, options);
    execute(&server, "postgres", "create database recorded");
    execute(&server, "recorded", &sample(install.major));
    server
}

#[test]
fn servers_of_every_version_give_the_findings_that_are_remembered() {
    let folder = folder("recorded");
    let found = found();
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    for install in &found {
        let name = format!("s{}", install.major);
        let source = filled(install, folder.path(), &name, &ClusterOptions::default());
        let (from, to) = (source.conninfo("postgres", "recorded"), target.conninfo("postgres", "postgres"));
        compare(&format!("postgresql-{}", install.major), &from, &to, folder.path());
    }
}

/// A managed service as its customers see it: an administrator who is no superuser, and roles, databases and settings
/// of the provider.
struct Service {
    name: &'static str,
    administrators: &'static str,
    settings: &'static [&'static str],
    sql: &'static str,
    database: &'static str,
}

const SERVICES: [Service; 4] = [
    Service {
        name: "aws-rds",
        administrators: "rds_superuser",
        settings: &["rds.extensions = 'hstore, pg_trgm, uuid-ossp'"],
        sql: "create role rdsadmin superuser; create role rds_replication; create role rds_password; grant rds_password, pg_monitor to rds_superuser",
        database: "rdsadmin",
    },
    Service {
        name: "azure-flexible-server",
        administrators: "azure_pg_admin",
        settings: &["azure.extensions = 'HSTORE,PG_TRGM'"],
        sql: "create role azuresu superuser; create role replication replication; grant pg_read_all_settings, pg_read_all_stats, pg_stat_scan_tables, pg_monitor to azure_pg_admin with admin option",
        database: "azure_maintenance",
    },
    Service {
        name: "gcp-cloudsql",
        administrators: "cloudsqlsuperuser",
        settings: &[],
        sql: "create role cloudsqladmin superuser; create role cloudsqlreplica replication; grant pg_monitor to cloudsqlsuperuser",
        database: "cloudsqladmin",
    },
    Service {
        name: "gcp-alloydb",
        administrators: "alloydbsuperuser",
        settings: &[],
        sql: "create role alloydbadmin superuser; create role alloydbreplica replication; grant pg_monitor to alloydbsuperuser",
        database: "alloydbadmin",
    },
];

impl Service {
    fn options(&self) -> ClusterOptions {
        let settings = self.settings.iter().map(|line| (*line).to_owned()).collect();
        ClusterOptions { settings, ..Default::default() }
    }

    /// Makes what the provider has made before a customer comes.
    fn prepare(&self, server: &Cluster) {
        let Service { administrators, sql, database, .. } = self;
        let admin = format!(
            "create role {administrators}; {sql}; create role chief login createdb createrole in role {administrators}"
        );
        execute(server, "postgres", &admin);
        execute(server, "postgres", &format!("create database {database}"));
        execute(server, "postgres", &format!("revoke connect on database {database} from public"));
    }
}

#[test]
fn set_ups_like_those_of_services_give_the_findings_that_are_remembered() {
    let folder = folder("services");
    let found = found();
    let of = |major: u32| found.iter().find(|install| install.major == major);
    // Each as a source once, and as a target once.
    for (from, from_major, to, to_major) in [(0, 13, 1, 17), (1, 14, 2, 18), (2, 15, 3, 16), (3, 16, 0, 17)] {
        let (Some(old), Some(new)) = (of(from_major), of(to_major)) else { continue };
        let (from, to): (&Service, &Service) = (&SERVICES[from], &SERVICES[to]);
        let name = format!("{}-{from_major}-to-{}-{to_major}", from.name, to.name);
        let source = start(old, folder.path(), &format!("s{from_major}"), &from.options());
        from.prepare(&source);
        execute(&source, "postgres", "create database recorded owner chief");
        execute(&source, "recorded", &sample(from_major));
        // What a superuser made for this sample would be its customer's there.
        execute(
            &source,
            "recorded",
            "grant \"Shop Owner\" to chief; grant select on large object 4711 to chief; \
             do $$ declare r record; begin \
               for r in select c.oid::regclass as name, c.relkind from pg_class c where c.relowner = 10 and c.oid >= 16384 \
                 and c.relkind in ('r', 'p', 'v', 'm', 'S') and not exists (select from pg_depend d where d.objid = c.oid and (d.deptype = 'e' or d.deptype in ('a', 'i') and c.relkind = 'S')) loop \
                 execute format('alter %s %s owner to chief', case r.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' else 'table' end, r.name); \
               end loop; end $$; alter schema sales owner to chief; \
             alter function sales.lookup(int) owner to chief",
        );
        let target = start(new, folder.path(), &format!("t{to_major}"), &to.options());
        to.prepare(&target);
        compare(
            &name,
            &source.conninfo("chief", "recorded"),
            &target.conninfo("chief", "postgres"),
            folder.path(),
        );
    }
}

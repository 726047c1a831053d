//! The list of what newer versions removed, compared with the catalogs of real servers.

use std::collections::BTreeSet;
use std::fs;

use pgpassage::demo::{Cluster, ClusterOptions};

use crate::support::folder;
use crate::{execute, found, start};

/// The relations, columns and types of the system.
const NAMES: &str = "select 'relation ' || c.relname from pg_class c where c.relkind in ('r', 'v') and c.relnamespace in \
       ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) \
     union all select 'column ' || c.relname || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid \
      where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'v') and c.relnamespace in \
       ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) \
     union all select 'type ' || t.typname from pg_type t \
      where t.typnamespace = 'pg_catalog'::regnamespace and t.typrelid = 0 and t.typelem = 0";

/// The first column of a query, through a file that the server writes.
fn column(server: &Cluster, query: &str) -> BTreeSet<String> {
    let file = server.data().join("column");
    execute(server, "postgres", &format!("copy ({query}) to '{}'", file.display()));
    fs::read_to_string(file).expect("the server wrote it").lines().map(str::to_owned).collect()
}

/// What the probe holds for gone in a version.
fn listed(server: &Cluster, major: u32) -> BTreeSet<String> {
    let probe = include_str!("../../rules/probes/removed_names.sql");
    let (list, _) = probe.split_once(",\n-- Relations, and functions in FROM").expect("the list comes first");
    let (_, list) = list.split_once("with gone").expect("the list has a name");
    let query = format!(
        "with gone{list} select kind || ' ' || case kind when 'column' then relation || '.' else '' end || name \
           from gone, unnest(names) name \
          where extension = '' and kind in ('relation', 'column', 'type') and gone_in = {major} * 10000"
    );
    column(server, &query)
}

#[test]
fn the_list_of_removed_names_is_what_catalogs_show() {
    let folder = folder("removed");
    let mut before: Option<(u32, BTreeSet<String>)> = None;
    for install in found() {
        let server =
            start(&install, folder.path(), &format!("s{}", install.major), &ClusterOptions::default());
        let names = column(&server, NAMES);
        if let Some((_, old)) = before.filter(|(major, _)| major + 1 == install.major) {
            let gone = old.difference(&names).filter(|name| {
                let relation = name.strip_prefix("column ").and_then(|column| column.split('.').next());
                relation.is_none_or(|relation| names.contains(&format!("relation {relation}")))
            });
            let gone: BTreeSet<String> = gone.cloned().collect();
            assert_eq!(listed(&server, install.major), gone, "removed in {}", install.major);
        }
        before = Some((install.major, names));
    }
}

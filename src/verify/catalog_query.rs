//! The query of the comparison of catalogs, put together for one database.
//!
//! Planning is most of the work in a small database, so parts about kinds of objects that it does not have are left out: one
//! short statement tells which it has. What is looked up for each object stands as a subquery, not in a WITH: the server
//! finds it by its number, and the work grows with the number of objects and not with its square.

use std::collections::BTreeSet;

use crate::plan::RoleMap;
use crate::server::{Session, WorkError, cell_text, doing};

/// Every object with its properties.
const OBJECTS: &str = include_str!("catalog.sql");

/// What is looked up: blocks, each under a comment that is its name.
const LOOKUPS: &str = include_str!("catalog_lookups.sql");

/// The comment before lines that are only needed where there is a row in what follows.
const ONLY_WITH: &str = "-- only with ";

/// The comment that ends such lines.
const ALWAYS: &str = "-- always";

/// In place of a value that the user of a side may not read. No value is equal to it: those that may be hidden are digests.
pub(crate) const HIDDEN: &str = "(hidden)";

/// The common part of all queries of a side.
pub(crate) async fn query(session: &Session, role_map: &RoleMap) -> Result<String, WorkError> {
    let action = || format!("read the rights on the catalogs of the {}", session.side);
    let version = session.version().await.map_err(doing(action()))?.0;
    let rights = "select pg_catalog.has_table_privilege('pg_catalog.pg_subscription', 'select')";
    let all_of_subscriptions =
        session.single_text(rights).await.map_err(doing(action()))?.as_deref() == Some("t");
    // Everybody may read all columns but the connection since 14; before, the number of a subscription is not readable.
    let connection = match (all_of_subscriptions, version) {
        (true, _) => "pg_catalog.concat('digest ', pg_catalog.md5(s.subconninfo))",
        (false, 140_000..) => "'@hidden@'::text",
        (false, _) => "",
    };
    let subscriptions = if connection.is_empty() {
        "select null::oid as oid, null::name as subname, null::oid as subowner, null::text as connection, null::name as subslotname, null::text[] as subpublications where false".to_owned()
    } else {
        format!(
            "select s.oid, s.subname, s.subowner, {connection} as connection, s.subslotname, s.subpublications from pg_catalog.pg_subscription s \
              where s.subdbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())"
        )
    };
    let schemas = if version >= 150_000 {
        "(select pg_catalog.string_agg(n.nspname, ', ' order by n.nspname) from pg_catalog.pg_publication_namespace x \
            join pg_catalog.pg_namespace n on n.oid = x.pnnspid where x.pnpubid = p.oid)"
    } else {
        "null"
    };
    Ok(assembled(&used(session).await?)
        .replace("@role_names@", &format!("({})", role_map.query()))
        // Lists of the most common values came with 12.
        .replace("@all_kinds@", if version >= 120_000 { "'{d,f,m}'" } else { "'{d,f}'" })
        .replace("@subscriptions@", &format!("({subscriptions})"))
        .replace("@hidden@", HIDDEN)
        .replace("@publication_schemas@", schemas))
}

/// The kinds that parts of the query are about, as those parts name them.
fn kinds() -> BTreeSet<&'static str> {
    OBJECTS.lines().chain(LOOKUPS.lines()).filter_map(|line| line.trim().strip_prefix(ONLY_WITH)).collect()
}

/// Which of the kinds the database has.
async fn used(session: &Session) -> Result<BTreeSet<&'static str>, WorkError> {
    let kinds = kinds();
    let questions: Vec<String> = kinds.iter().map(|kind| format!("exists (select from {kind})")).collect();
    let action = format!("look for kinds of objects on the {}", session.side);
    let rows = session.rows(&format!("select {}", questions.join(", "))).await.map_err(doing(action))?;
    let row = rows.into_iter().next().unwrap_or_default();
    // What was not answered is not left out.
    Ok(kinds
        .into_iter()
        .enumerate()
        .filter(|(n, _)| cell_text(&row, *n) != "f")
        .map(|(_, kind)| kind)
        .collect())
}

/// The query without the parts that are not used, with what is looked up in its place.
fn assembled(used: &BTreeSet<&str>) -> String {
    let mut sql = without_unused(OBJECTS, used);
    // The later ones may look up what stands before them.
    for (name, text) in blocks(&without_unused(LOOKUPS, used)).into_iter().rev() {
        sql = sql.replace(&format!("@{name}@"), &format!("({text})"));
    }
    sql
}

fn without_unused(sql: &str, used: &BTreeSet<&str>) -> String {
    let mut kept = String::with_capacity(sql.len());
    let mut is_kept = true;
    for line in sql.lines() {
        if let Some(kind) = line.trim().strip_prefix(ONLY_WITH) {
            is_kept = used.contains(kind);
        } else if line.trim() == ALWAYS {
            is_kept = true;
        } else if is_kept {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The blocks of a file, by the names above them, in their order.
fn blocks(sql: &str) -> Vec<(&str, String)> {
    let mut blocks: Vec<(&str, String)> = Vec::new();
    for line in sql.lines() {
        match (line.strip_prefix("-- "), blocks.last_mut()) {
            (Some(name), _) if !name.contains(' ') => blocks.push((name, String::new())),
            (_, Some((_, text))) => {
                text.push_str(line);
                text.push('\n');
            }
            (_, None) => {}
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{LOOKUPS, ONLY_WITH, assembled, blocks, kinds};

    #[test]
    fn parts_about_what_a_database_has_not_are_left_out() {
        let without = assembled(&BTreeSet::new());
        assert!(
            !without.contains("pg_catalog.pg_trigger t") && !without.contains("pg_catalog.pg_aggregate a")
        );
        let with = assembled(&BTreeSet::from(["pg_catalog.pg_trigger x where x.oid >= 16384"]));
        assert!(with.contains("pg_catalog.pg_trigger t") && with.len() > without.len());
    }

    #[test]
    fn whatever_is_left_out_what_remains_is_whole() {
        let all = kinds();
        let each = all.iter().map(|kind| BTreeSet::from([*kind]));
        let but_each = all.iter().map(|kind| all.iter().copied().filter(|other| other != kind).collect());
        for used in each.chain(but_each).chain([BTreeSet::new(), all.clone()]) {
            let sql = assembled(&used);
            assert_eq!(sql.matches('(').count(), sql.matches(')').count(), "{used:?}");
            assert!(!sql.contains(ONLY_WITH) && !sql.contains("-- always"), "{used:?}");
        }
    }

    #[test]
    fn everything_that_is_looked_up_has_its_place() {
        let sql = assembled(&BTreeSet::new());
        for (name, _) in blocks(LOOKUPS) {
            assert!(!sql.contains(&format!("@{name}@")), "{name}");
        }
        for open in ["@role_names@", "@subscriptions@"] {
            assert!(sql.contains(open), "{open} is put in later");
        }
    }
}

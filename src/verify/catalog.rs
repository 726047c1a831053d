//! Objects and their properties on both sides, as the catalogs have them.
//!
//! One digest for each object is compared first; properties are read only of objects that differ, so that memory stays
//! bounded however many objects there are.

use std::collections::{BTreeMap, BTreeSet};

use crate::outcome::{Difference, Verification};
use crate::pg::literal;
use crate::plan::RoleMap;
use crate::server::{Session, WorkError, cell_text, doing};
use crate::verify::VerifyPlan;

/// Objects whose properties are named when they differ; of others it is only said that they do.
const OBJECTS_NAMED: usize = 1000;

/// Objects whose properties are read by one statement.
const BATCH_OBJECTS: usize = 200;

/// An object: its kind, and the parts of its name as JSON.
type Key = (String, String);

/// What is known of an object at first.
#[derive(Debug, Default)]
struct Digest {
    oids: Vec<u32>,
    /// Of all its properties.
    hash: String,
    properties: usize,
}

/// Compares all objects, and notes what differs.
pub(crate) async fn compare(
    source: &Session,
    target: &Session,
    plan: &VerifyPlan<'_>,
    found: &mut Verification,
) -> Result<(), WorkError> {
    let unmapped = RoleMap::default();
    let (source_query, target_query) =
        tokio::try_join!(query(source, plan.role_map), query(target, &unmapped))?;
    let (on_source, on_target) =
        tokio::try_join!(digests(source, &source_query, plan), digests(target, &target_query, plan))?;
    found.properties = on_source.values().map(|object| object.properties).sum();
    let mut missing = 0;
    let mut unlike: Vec<Key> = Vec::new();
    for key in on_source.keys().chain(on_target.keys()).collect::<BTreeSet<_>>() {
        let (a, b) = (on_source.get(key), on_target.get(key));
        // A column of what is missing, or was left out, goes with it.
        let is_left_out = a.is_some_and(|a| a.oids.iter().all(|oid| plan.left_out.contains(oid)));
        if is_left_out
            || key.0 == "column"
                && (a.is_none() || b.is_none())
                && is_column_of_absent(key, &on_source, &on_target)
        {
            continue;
        }
        match (a, b) {
            (Some(a), Some(b)) if a.hash == b.hash => {}
            (Some(_), Some(_)) => unlike.push(key.clone()),
            // With filters, objects are missing on purpose.
            (Some(_), None) if plan.partial => missing += 1,
            // Every new database has it, and what is in it is compared.
            (None, Some(_)) if key.0 == "schema" && key.1 == r#"["public"]"# => {
                found.notices.push("schema public is on the target only".to_owned());
            }
            (a, b) => found.differences.push(Difference {
                subject: title(key),
                what: "exists".to_owned(),
                source: a.map(|_| String::new()),
                target: b.map(|_| String::new()),
                rows: Vec::new(),
            }),
        }
    }
    for key in unlike.iter().skip(OBJECTS_NAMED) {
        found.differences.push(Difference {
            subject: title(key),
            what: "properties".to_owned(),
            source: on_source.get(key).map(|object| object.hash.clone()),
            target: on_target.get(key).map(|object| object.hash.clone()),
            rows: Vec::new(),
        });
    }
    unlike.truncate(OBJECTS_NAMED);
    for batch in unlike.chunks(BATCH_OBJECTS) {
        let (a, b) = tokio::try_join!(
            properties(source, &source_query, plan, batch),
            properties(target, &target_query, plan, batch)
        )?;
        for key in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
            if a.get(key) != b.get(key) {
                found.differences.push(Difference {
                    subject: title(&key.0),
                    what: key.1.clone(),
                    source: a.get(key).cloned(),
                    target: b.get(key).cloned(),
                    rows: Vec::new(),
                });
            }
        }
    }
    if missing > 0 {
        found.notices.push(format!("filters: {missing} objects are on the source only"));
    }
    Ok(())
}

/// Whether a column belongs to a relation or type that one side does not have.
fn is_column_of_absent(
    column: &Key,
    on_source: &BTreeMap<Key, Digest>,
    on_target: &BTreeMap<Key, Digest>,
) -> bool {
    let mut parts: Vec<String> = serde_json::from_str(&column.1).unwrap_or_default();
    parts.pop();
    let Ok(owner) = serde_json::to_string(&parts) else { return false };
    let is_there = |side: &BTreeMap<Key, Digest>| {
        ["table", "view", "materialized view", "foreign table", "type"]
            .iter()
            .any(|kind| side.contains_key(&((*kind).to_owned(), owner.clone())))
    };
    is_there(on_source) != is_there(on_target)
}

/// The common part of all queries of a side.
async fn query(session: &Session, role_map: &RoleMap) -> Result<String, WorkError> {
    let action = || format!("read the rights on the catalogs of the {}", session.side);
    let version = session.version().await.map_err(doing(action()))?.0;
    let rights = "select pg_catalog.has_table_privilege('pg_catalog.pg_subscription', 'select')";
    let all_of_subscriptions =
        session.single_text(rights).await.map_err(doing(action()))?.as_deref() == Some("t");
    // Everybody may read all columns but the connection since 14; before, the number of a subscription is not readable.
    let connection = match (all_of_subscriptions, version) {
        (true, _) => "pg_catalog.concat('digest ', pg_catalog.md5(s.subconninfo))",
        (false, 140_000..) => "null::text",
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
    Ok(include_str!("catalog.sql")
        .replace("@role_names@", &role_map.query())
        // Lists of the most common values came with 12.
        .replace("@all_kinds@", if version >= 120_000 { "'{d,f,m}'" } else { "'{d,f}'" })
        .replace("@subscriptions@", &subscriptions)
        .replace("@publication_schemas@", schemas))
}

/// Which properties are compared.
fn condition(plan: &VerifyPlan<'_>) -> String {
    let mut conditions = vec!["true"];
    if !plan.owners {
        conditions.push("property not in ('owner', 'grants')");
    }
    if !plan.database {
        conditions.push("kind <> 'database'");
    }
    // With filters, what speaks of other objects may lack them.
    if plan.partial {
        conditions.push("not (kind = 'publication' and property in ('tables', 'schemas'))");
    }
    conditions.join(" and ")
}

async fn digests(
    session: &Session,
    query: &str,
    plan: &VerifyPlan<'_>,
) -> Result<BTreeMap<Key, Digest>, WorkError> {
    // The character between property and value, and the one behind a value, are in no name of a property.
    let sql = format!(
        "{query} select objid, kind, parts, pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat(property, E'\\x1f', value), E'\\x1e' order by property collate pg_catalog.\"C\")), \
                pg_catalog.count(*) from objects where {} group by 1, 2, 3 order by 2, 3, 4",
        condition(plan)
    );
    let action = || format!("read the objects of the {}", session.side);
    let rows = session.rows(&sql).await.map_err(doing(action()))?;
    let mut objects: BTreeMap<Key, Digest> = BTreeMap::new();
    for row in rows {
        let numbers = cell_text(&row, 0).parse().ok().zip(cell_text(&row, 4).parse::<usize>().ok());
        let (oid, properties) = numbers.ok_or_else(|| WorkError::Statement {
            action: action(),
            reason: format!("{} {} has no number", cell_text(&row, 1), cell_text(&row, 2)),
            sqlstate: None,
        })?;
        // Two of one name, such as collations for two encodings, are compared together.
        let object = objects.entry((cell_text(&row, 1), cell_text(&row, 2))).or_default();
        object.oids.push(oid);
        object.hash.push_str(&cell_text(&row, 3));
        object.properties += properties;
    }
    Ok(objects)
}

/// The properties of some objects.
async fn properties(
    session: &Session,
    query: &str,
    plan: &VerifyPlan<'_>,
    keys: &[Key],
) -> Result<BTreeMap<(Key, String), String>, WorkError> {
    let keys: Vec<String> =
        keys.iter().map(|(kind, parts)| format!("({}, {})", literal(kind), literal(parts))).collect();
    let sql = format!(
        "{query} select kind, parts, property, value from objects where {} and (kind, parts) in ({}) order by 1, 2, 3, 4",
        condition(plan),
        keys.join(", ")
    );
    let action = format!("read what differs of the objects of the {}", session.side);
    let rows = session.rows(&sql).await.map_err(doing(action))?;
    let mut found: BTreeMap<(Key, String), String> = BTreeMap::new();
    for row in rows {
        let key = ((cell_text(&row, 0), cell_text(&row, 1)), cell_text(&row, 2));
        let value = found.entry(key).or_default();
        if !value.is_empty() {
            value.push_str("; ");
        }
        value.push_str(&cell_text(&row, 3));
    }
    Ok(found)
}

/// An object for people: `trigger audit on public.orders`.
fn title((kind, parts): &Key) -> String {
    let parts: Vec<String> = serde_json::from_str(parts).unwrap_or_default();
    let parts: Vec<&str> =
        parts.iter().map(|part| part.strip_prefix("pg_catalog.").unwrap_or(part)).collect();
    match (kind.as_str(), parts.as_slice()) {
        ("trigger" | "rule" | "policy" | "constraint" | "domain constraint", [schema, relation, name]) => {
            format!("{kind} {name} on {schema}.{relation}")
        }
        ("function" | "procedure" | "aggregate" | "operator", [schema, name, arguments @ ..]) => {
            format!("{kind} {schema}.{name}({})", arguments.join(","))
        }
        ("operator class" | "operator family", [schema, name, method]) => {
            format!("{kind} {schema}.{name} using {method}")
        }
        ("cast", [from, to]) => format!("cast {from} as {to}"),
        ("transform", [of, language]) => format!("transform for {of} language {language}"),
        ("user mapping", [role, server]) => format!("user mapping {role} on {server}"),
        ("default privileges", [role, schema, kinds]) => {
            format!("default privileges {role} in {schema} on {kinds}")
        }
        ("database", _) => "database".to_owned(),
        _ => format!("{kind} {}", parts.join(".")),
    }
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn objects_are_named_for_people() {
        let of = |kind: &str, parts: &str| title(&(kind.to_owned(), parts.to_owned()));
        assert_eq!(of("table", r#"["public","orders"]"#), "table public.orders");
        assert_eq!(of("trigger", r#"["public","orders","audit"]"#), "trigger audit on public.orders");
        assert_eq!(
            of("function", r#"["public","f","pg_catalog.json","public.mood"]"#),
            "function public.f(json,public.mood)"
        );
        assert_eq!(of("cast", r#"["public.mood","pg_catalog.text"]"#), "cast public.mood as text");
    }
}

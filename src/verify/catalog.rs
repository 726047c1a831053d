//! Objects and their properties on both sides, as the catalogs have them.
//!
//! One digest for each object is compared first; properties are read only of objects that differ, so that memory stays
//! bounded however many objects there are.

use std::collections::{BTreeMap, BTreeSet};

use crate::outcome::{Difference, Unchecked, Verification};
use crate::pg::literal;
use crate::plan::RoleMap;
use crate::server::{Session, WorkError, cell_text, doing};
use crate::verify::VerifyPlan;
use crate::verify::catalog_query::{HIDDEN, query};

/// Objects whose properties are named when they differ; of others it is only said that they do.
const OBJECTS_NAMED: usize = 1000;

/// Objects whose properties are read by one statement.
const BATCH_OBJECTS: usize = 200;

/// An object: its kind, and the parts of its name as JSON.
type Key = (String, String);

/// The objects on the target that are not as on the source.
#[derive(Debug, Default)]
pub(crate) struct Unlike(Vec<Key>);

impl Unlike {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What is known of an object at first.
#[derive(Debug, Default)]
struct Digest {
    oids: Vec<u32>,
    /// Of all its properties.
    hash: String,
    properties: usize,
    /// Whether the user of the side may not read some of it.
    hidden: bool,
}

/// Compares all objects, and notes what differs. The answer is what of it a reference database could tell more about.
pub(crate) async fn compare(
    source: &Session,
    target: &Session,
    plan: &VerifyPlan<'_>,
    found: &mut Verification,
) -> Result<Unlike, WorkError> {
    let unmapped = RoleMap::default();
    let (source_query, target_query) =
        tokio::try_join!(query(source, plan.role_map), query(target, &unmapped))?;
    let (on_source, on_target) =
        tokio::try_join!(digests(source, &source_query, plan), digests(target, &target_query, plan))?;
    found.properties = on_source.values().map(|object| object.properties).sum();
    let mut missing = 0;
    let mut unlike: Vec<Key> = Vec::new();
    let mut more: Vec<Key> = Vec::new();
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
        note_hidden(key, a, b, plan, found);
        match (a, b) {
            (Some(a), Some(b)) if a.hash == b.hash => {}
            (Some(_), Some(_)) => unlike.push(key.clone()),
            // With filters, objects are missing on purpose.
            (Some(_), None) if plan.partial => missing += 1,
            // Every new database has it, and what is in it is compared.
            (None, Some(_)) if key.0 == "schema" && key.1 == r#"["public"]"# => {
                found.notices.push("schema public is on the target only".to_owned());
            }
            (a, b) => {
                found.differences.push(Difference {
                    subject: title(key),
                    what: "exists".to_owned(),
                    source: a.map(|_| String::new()),
                    target: b.map(|_| String::new()),
                    rows: Vec::new(),
                });
                more.extend(a.is_none().then(|| key.clone()));
            }
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
            let is_hidden = [a.get(key), b.get(key)].iter().any(|value| value.is_some_and(|v| v == HIDDEN));
            if a.get(key) != b.get(key) && !is_hidden {
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
    unlike.append(&mut more);
    Ok(Unlike(unlike))
}

/// Properties that a reference database does not have as `pg_restore` would leave them: it belongs to the user, with grants
/// only where those of the source mean the same, and its materialized views are never filled.
const NOT_IN_REFERENCE: &[&str] = &["owner", "grants", "populated"];

/// Sets apart what differs from the source as it does in a reference database too, into which `pg_restore` has restored the
/// same archive: there the target's version reads or completes the same statements in another way, and the copy is what it
/// should be.
pub(crate) async fn set_apart(
    reference: &Session,
    plan: &VerifyPlan<'_>,
    Unlike(keys): &Unlike,
    found: &mut Verification,
) -> Result<(), WorkError> {
    let query = query(reference, &RoleMap::default()).await?;
    let mut restored: BTreeMap<(String, String), String> = BTreeMap::new();
    for batch in keys.chunks(BATCH_OBJECTS) {
        let of_batch = properties(reference, &query, plan, batch).await?;
        restored.extend(of_batch.into_iter().map(|((key, what), value)| ((title(&key), what), value)));
    }
    let is_as_restored = |d: &mut Difference| {
        let in_reference = restored.get(&(d.subject.clone(), d.what.clone()));
        !NOT_IN_REFERENCE.contains(&d.what.as_str())
            && d.subject != "database"
            // What is missing in the copy is missing whatever pg_restore makes of it.
            && !(d.what == "exists" && d.target.is_none())
            && keys.iter().any(|key| title(key) == d.subject)
            && restored.keys().any(|(subject, _)| *subject == d.subject)
            && in_reference == d.target.as_ref()
    };
    found.as_restored.extend(found.differences.extract_if(.., is_as_restored));
    Ok(())
}

/// Says what of an object could not be compared. What the user of the source may not read is not in the archive either, so
/// it may be lost; what the user of the target may not read was set by a statement that has worked.
fn note_hidden(
    key: &Key,
    source: Option<&Digest>,
    target: Option<&Digest>,
    plan: &VerifyPlan<'_>,
    found: &mut Verification,
) {
    let what = if key.0 == "subscription" { "connection" } else { "options" };
    if source.is_some_and(|digest| digest.hidden) {
        let reason = format!("the user of the source may not read its {what}, so they are not migrated");
        found.could_not_check.push(Unchecked { subject: title(key), reason });
    } else if source.is_some() && target.is_some_and(|digest| digest.hidden) {
        let user = &plan.target.conninfo.user;
        found.notices.push(format!(
            "the {what} of {} were restored and not compared: {user} may not read them on the target",
            title(key)
        ));
    }
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
        "{query} select objid, kind, parts, pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat(property, E'\\x1f', value), E'\\x1e' order by property collate pg_catalog.\"C\", value collate pg_catalog.\"C\")), \
                pg_catalog.count(*), pg_catalog.bool_or(kind in ('subscription', 'user mapping') and value = '{HIDDEN}') from objects where {} group by 1, 2, 3 order by 2, 3, 4",
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
        object.hidden |= cell_text(&row, 5) == "t";
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

//! Objects and their properties on both sides.

use std::collections::{BTreeMap, BTreeSet};

use crate::outcome::{Difference, Verification};
use crate::pg::ServerVersion;
use crate::plan::RoleMap;
use crate::server::{Session, WorkError, doing};
use crate::verify::VerifyPlan;

type Properties = BTreeMap<(String, String, String), String>;

/// Compares all objects, and notes what differs.
pub(crate) async fn compare(
    source: &Session,
    target: &Session,
    plan: &VerifyPlan<'_>,
    found: &mut Verification,
) -> Result<(), WorkError> {
    let source_version = source.version().await.map_err(doing("read the version of the source"))?;
    let target_version = target.version().await.map_err(doing("read the version of the target"))?;
    let same = source_version.major_num() == target_version.major_num();
    let unmapped = RoleMap::default();
    let (on_source, on_target) = tokio::try_join!(
        read(source, source_version, same, plan.role_map),
        read(target, target_version, same, &unmapped)
    )?;
    found.properties = on_source.len();
    let keys: BTreeSet<_> = on_source.keys().chain(on_target.keys()).collect();
    let absent: BTreeSet<(&str, &str)> = keys
        .iter()
        .filter(|key| key.2 == "exists" && on_source.contains_key(**key) != on_target.contains_key(**key))
        .map(|(kind, identity, _)| (kind.as_str(), identity.as_str()))
        .collect();
    let mut missing = 0;
    for key in keys {
        let (kind, identity, property) = key;
        let subject = format!("{kind} {identity}");
        // An object that is missing is told once, not with each of its properties.
        if property != "exists" && absent.contains(&(kind.as_str(), identity.as_str()))
            || plan.left_out.contains(&subject)
            || !plan.owners && (property == "owner" || property == "grants")
        {
            continue;
        }
        let (a, b) = (on_source.get(key), on_target.get(key));
        // With filters, objects are missing on purpose, and so are properties that speak of other objects.
        if plan.partial && (b.is_none() || (kind == "publication" && property == "tables")) {
            missing += usize::from(b.is_none());
            continue;
        }
        if a != b {
            found.differences.push(Difference {
                subject,
                what: property.clone(),
                source: a.cloned(),
                target: b.cloned(),
                rows: Vec::new(),
            });
        }
    }
    if missing > 0 {
        found.notices.push(format!("filters: {missing} properties of objects are on the source only"));
    }
    Ok(())
}

async fn read(
    session: &Session,
    version: ServerVersion,
    same: bool,
    role_map: &RoleMap,
) -> Result<Properties, WorkError> {
    let pick = |since: i64, then: &str, otherwise: &str| {
        if version.0 >= since { then.to_owned() } else { otherwise.to_owned() }
    };
    let sql = include_str!("catalog.sql")
        .replace("@role_names@", &role_map.query())
        .replace("@generated@", &pick(120_000, "a.attgenerated::text", "''"))
        .replace("@compression@", &pick(140_000, "a.attcompression::text", "''"))
        .replace("@clone_trigger@", &pick(130_000, "and tgparentid = 0", ""))
        .replace("@clone_constraint@", &pick(110_000, "and conparentid = 0", ""))
        .replace("a.attcollation::pg_catalog.regcollation_text@", "(select cn.nspname || '.' || co.collname from pg_catalog.pg_collation co join pg_catalog.pg_namespace cn on cn.oid = co.collnamespace where co.oid = a.attcollation)");
    let action = format!("read the objects of the {}", session.side);
    let rows = session.rows(&sql).await.map_err(doing(action))?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let mut cells = row.into_iter();
            let mut next = || cells.next().flatten();
            let (kind, identity, property, value) = (next()?, next()?, next()?, next()?);
            // What PostgreSQL prints differently from one major version to the next says nothing across them.
            match property.strip_prefix("@same@") {
                Some(_) if !same => None,
                Some(bare) => Some(((kind, identity, bare.to_owned()), value)),
                None => Some(((kind, identity, property), value)),
            }
        })
        .collect())
}

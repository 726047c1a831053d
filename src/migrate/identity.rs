//! What the target refused, as the verification names it: by the identity of the object on the source.

use std::collections::BTreeSet;

use crate::migrate::context::Source;
use crate::migrate::error::MigrateError;
use crate::migrate::refusal::RefusedPiece;
use crate::outcome::DeviationKind;
use crate::plan::Entry;
use crate::server::{cell_text, doing};

/// What was refused, as the verification names it: an object and a property.
pub(crate) async fn identify(
    source: &Source,
    refused: &[RefusedPiece],
) -> Result<BTreeSet<(String, String)>, MigrateError> {
    let mut found = BTreeSet::new();
    let entry_of = |id: i32| source.entries.iter().find(|e| e.id == id);
    for refused in refused.iter().filter(|r| r.deviation.kind == DeviationKind::Refused) {
        let Some(entry) = entry_of(refused.entry) else { continue };
        // Grants and comments have no number of their own: they are about the object that they need.
        let object =
            if entry.catalog == 0 { entry.needs.iter().find_map(|id| entry_of(*id)) } else { Some(entry) };
        let Some(object) = object else { continue };
        let session = &source.snapshot.session;
        let rows = session
            .rows(&identity_query(entry, object))
            .await
            .map_err(doing(format!("identify {}", object.title())))?;
        for row in rows {
            let (kind, identity) = (cell_text(&row, 0), cell_text(&row, 1));
            if refused.property == "text" {
                found.insert((format!("comment {identity} ({kind})"), "text".to_owned()));
                continue;
            }
            // The owner is one of those who have grants.
            if refused.property == "owner" {
                found.insert((format!("{kind} {identity}"), "grants".to_owned()));
            }
            found.insert((format!("{kind} {identity}"), refused.property.clone()));
        }
    }
    Ok(found)
}

/// The query for kind and identity of what an entry is about.
fn identity_query(entry: &Entry, object: &Entry) -> String {
    let (catalog, number) = (object.catalog, object.object);
    if entry.kind == "DEFAULT ACL" {
        return format!(
            "select 'default privileges', pg_catalog.pg_get_userbyid(d.defaclrole) || ' in ' || \
             coalesce(n.nspname::text, 'all schemas') || ' on ' || d.defaclobjtype::text \
             from pg_catalog.pg_default_acl d left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace where d.oid = {number}"
        );
    }
    if entry.kind == "ACL" && entry.tag.starts_with("COLUMN ") {
        return format!(
            "select 'column', i.identity || '.' || pg_catalog.quote_ident(a.attname) from pg_catalog.pg_attribute a, \
             pg_catalog.pg_identify_object({catalog}, {number}, 0) i where a.attrelid = {number} and a.attnum > 0"
        );
    }
    if entry.kind == "COMMENT" {
        return format!(
            "select i.type, i.identity from pg_catalog.pg_identify_object({catalog}, {number}, 0) i"
        );
    }
    // Without quotes, and with the names of types as the catalog has them.
    format!(
        "select i.type, case i.type when 'function' then f.name when 'procedure' then f.name when 'aggregate' then f.name \
                when 'table' then n.name when 'view' then n.name when 'materialized view' then n.name when 'sequence' then n.name \
                when 'foreign table' then n.name when 'schema' then n.name when 'type' then n.name when 'event trigger' then n.name \
                when 'publication' then n.name when 'subscription' then n.name else i.identity end \
           from pg_catalog.pg_identify_object({catalog}, {number}, 0) i, \
                lateral (select case when i.identity !~ '[][()]' and i.type <> 'user mapping' and i.identity !~ ' on ' \
                                     then pg_catalog.array_to_string(pg_catalog.parse_ident(i.identity, false), '.') end as name) n \
           left join (select pg_catalog.concat(s.nspname, '.', p.proname, '(', (select pg_catalog.string_agg( \
                               case t.typnamespace when 'pg_catalog'::pg_catalog.regnamespace then t.typname \
                               else pg_catalog.concat(x.nspname, '.', t.typname) end, ',' order by a.n) \
                          from pg_catalog.unnest(p.proargtypes) with ordinality as a (type, n) \
                          join pg_catalog.pg_type t on t.oid = a.type join pg_catalog.pg_namespace x on x.oid = t.typnamespace), ')') as name \
                        from pg_catalog.pg_proc p join pg_catalog.pg_namespace s on s.oid = p.pronamespace \
                       where {catalog}::pg_catalog.oid = 'pg_catalog.pg_proc'::pg_catalog.regclass and p.oid = {number}) f on true"
    )
}

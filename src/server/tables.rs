//! The tables and sequences of a database that are carried and compared.

use std::path::Path;

use crate::pg::{literal, qualified};
use crate::plan::{SourceColumn, SourceTable, load_through_roots};
use crate::server::connect::connect_with_own_path;
use crate::server::endpoint::Endpoint;
use crate::server::relations::{inheritance, unstable_hashes};
use crate::server::session::Session;
use crate::server::snapshot::{WorkError, doing};

/// Types whose binary form is the same in PostgreSQL 9.5 to 18 and holds no object numbers. `name` is not among them: text
/// that is too long is cut off, as by `pg_restore`, binary is refused.
const BINARY_TYPES: &[&str] = &[
    "bit",
    "bool",
    "bpchar",
    "box",
    "bytea",
    "char",
    "cidr",
    "circle",
    "date",
    "float4",
    "float8",
    "inet",
    "int2",
    "int4",
    "int8",
    "interval",
    "json",
    "jsonb",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "numeric",
    "oid",
    "path",
    "point",
    "polygon",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "tsquery",
    "tsvector",
    "uuid",
    "varbit",
    "varchar",
];

/// Lists the tables whose rows are copied: ordinary tables and partitions, and what is the user's in the configuration
/// tables of extensions.
pub async fn list_tables(source: &Session, version_num: i64) -> Result<Vec<SourceTable>, WorkError> {
    let generated = if version_num >= 120_000 { "and a.attgenerated = ''" } else { "" };
    let types = BINARY_TYPES.iter().map(|t| literal(t)).collect::<Vec<_>>().join(", ");
    let (roots, parents) = (unstable_hashes(source).await?, inheritance(source).await?);
    let root_list = roots.iter().map(u32::to_string).chain(["0".to_owned()]).collect::<Vec<_>>().join(", ");
    // A domain over such a type, an array of one, and an enum (whose binary form is its label) are as good. The domains of
    // information_schema are over other types in other versions.
    let sql = format!(
        "with recursive base as ( \
           select t.oid, t.oid as root from pg_catalog.pg_type t \
            where t.typtype <> 'd' or t.typnamespace = 'information_schema'::pg_catalog.regnamespace \
           union all \
           select t.oid, b.root from pg_catalog.pg_type t join base b on t.typbasetype = b.oid \
            where t.typtype = 'd' and t.typnamespace <> 'information_schema'::pg_catalog.regnamespace \
         ), config as ( \
           select e.oid as ext, c.oid as rel, e.extcondition[c.n] as condition \
             from pg_catalog.pg_extension e, pg_catalog.unnest(e.extconfig) with ordinality as c (oid, n) \
         ), columns as ( \
           select a.attrelid, pg_catalog.json_agg(pg_catalog.json_build_array(a.attname, pg_catalog.format_type(a.atttypid, null), \
                  (r.typnamespace = 'pg_catalog'::pg_catalog.regnamespace and r.typname in ({types})) or r.typtype = 'e' \
                  or coalesce(i.typnamespace = 'pg_catalog'::pg_catalog.regnamespace and i.typname in ({types}) and r.typlen = -1, false)) order by a.attnum) as list \
             from pg_catalog.pg_attribute a \
             join base b on b.oid = a.atttypid join pg_catalog.pg_type r on r.oid = b.root \
             left join pg_catalog.pg_type i on i.oid = r.typelem and r.typcategory = 'A' \
            where a.attrelid >= 16384 and a.attnum > 0 and not a.attisdropped {generated} group by 1 \
         ) \
         select c.oid, n.nspname, c.relname, pg_catalog.pg_relation_size(c.oid), \
                pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint, f.condition, f.rel is not null, \
                l.list \
           from pg_catalog.pg_class c \
           join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
           left join config f on f.rel = c.oid \
           left join columns l on l.attrelid = c.oid \
          where (c.relkind = 'r' or c.oid in ({root_list})) and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' \
            and (f.rel is not null or not exists (select from pg_catalog.pg_depend d \
                 where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')) \
          order by 4 desc, 2, 3"
    );
    let rows = source.rows(&sql).await.map_err(doing("list the tables of the source"))?;
    let tables = rows
        .iter()
        .map(|row| {
            let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
            let columns: Vec<(String, String, bool)> = match row.get(7).cloned().flatten() {
                None => Vec::new(),
                Some(json) => serde_json::from_str(&json).map_err(|error| WorkError::Statement {
                    action: format!("read the columns of table {}.{}", text(1), text(2)),
                    reason: error.to_string(),
                    sqlstate: None,
                })?,
            };
            Ok(SourceTable {
                oid: text(0).parse().unwrap_or(0),
                schema: text(1),
                name: text(2),
                bytes: text(3).parse().unwrap_or(0),
                pages: text(4).parse().unwrap_or(0),
                columns: columns
                    .into_iter()
                    .map(|(name, type_name, binary)| SourceColumn { name, type_name, binary })
                    .collect(),
                condition: (text(6) == "t").then(|| text(5)),
                partitions: Vec::new(),
            })
        })
        .collect::<Result<Vec<_>, WorkError>>()?;
    Ok(load_through_roots(tables, &roots, &parents))
}

/// The sequences of a database whose values are the user's, quoted for SQL: its own, and those an extension declares as
/// part of its configuration.
pub async fn list_sequences(session: &Session) -> Result<Vec<String>, WorkError> {
    let sql = "select n.nspname, c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
               where c.relkind = 'S' and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' \
                 and (exists (select from pg_catalog.pg_extension e where c.oid = any (e.extconfig)) \
                      or not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
                                     and d.objid = c.oid and d.deptype = 'e')) \
               order by 1, 2";
    let rows =
        session.rows(sql).await.map_err(doing(format!("list the sequences of the {}", session.side)))?;
    let text = |row: &[Option<String>], at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    Ok(rows.iter().map(|row| qualified(&text(row, 0), &text(row, 1))).collect())
}

/// The schemas in which a database looks up names without one, for the user of the endpoint.
pub async fn search_path(
    endpoint: &Endpoint,
    dbname: &str,
    home: Option<&Path>,
) -> Result<Vec<String>, WorkError> {
    let session = connect_with_own_path(endpoint, dbname, home).await?;
    let sql = "select pg_catalog.unnest(pg_catalog.current_schemas(false))";
    let action = format!("read the search path of the {}", endpoint.side);
    let rows = session.rows(sql).await.map_err(doing(action))?;
    Ok(rows.into_iter().filter_map(|mut row| row.pop().flatten()).collect())
}

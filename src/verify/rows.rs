//! Which rows of a table differ, by primary key: buckets of keys are compared first, then the rows of unlike buckets.

use std::collections::{BTreeMap, BTreeSet};

use crate::pg::{ident, literal};
use crate::plan::SourceTable;
use crate::server::{ProbeError, Session};
use crate::verify::contents::row_text;

/// Buckets that keys are spread over: a few unlike rows then mean few rows to fetch.
const BUCKETS: u32 = 4096;
/// Unlike buckets whose rows are fetched.
const BUCKETS_FETCHED: usize = 8;
/// Keys that are named.
const KEYS_SHOWN: usize = 10;

/// The first keys whose rows differ, each with how. Empty when the table has no primary key.
pub(crate) async fn unlike_keys(
    source: &Session,
    target: &Session,
    table: &SourceTable,
) -> Result<Vec<String>, ProbeError> {
    let sql = format!(
        "select pg_catalog.to_json(array(select a.attname::text from pg_catalog.pg_constraint k \
           join lateral pg_catalog.unnest(k.conkey) with ordinality as c (num, pos) on true \
           join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = c.num \
          where k.contype = 'p' and k.conrelid = {}::pg_catalog.regclass order by c.pos))",
        literal(&table.sql())
    );
    let names = source.single_text(&sql).await?.unwrap_or_default();
    let names: Vec<String> = serde_json::from_str(&names).unwrap_or_default();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let key = format!("row({})::text", names.iter().map(|name| ident(name)).collect::<Vec<_>>().join(", "));
    let bucket = format!("pg_catalog.hashtextextended({key}, 0) & {}", BUCKETS - 1);
    let hash = format!("pg_catalog.hashtextextended({}, 1)", row_text(table));
    let name = table.sql();
    let sums = format!(
        "select {bucket}, pg_catalog.count(*) || ' ' || pg_catalog.sum({hash}) from only {name} group by 1"
    );
    let (a, b) = tokio::join!(pairs(source, &sums), pairs(target, &sums));
    let unlike: Vec<String> = differing(&a?, &b?).into_iter().take(BUCKETS_FETCHED).collect();
    if unlike.is_empty() {
        return Ok(Vec::new());
    }
    let rows =
        format!("select {key}, {hash}::text from only {name} where {bucket} in ({})", unlike.join(", "));
    let (a, b) = tokio::join!(pairs(source, &rows), pairs(target, &rows));
    let (a, b) = (a?, b?);
    let keys = differing(&a, &b).into_iter().take(KEYS_SHOWN);
    Ok(keys
        .map(|key| match (a.contains_key(&key), b.contains_key(&key)) {
            (true, false) => format!("{key} only on the source"),
            (false, _) => format!("{key} only on the target"),
            (true, true) => format!("{key} differs"),
        })
        .collect())
}

async fn pairs(session: &Session, sql: &str) -> Result<BTreeMap<String, String>, ProbeError> {
    let rows = session.rows(sql).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let mut cells = row.into_iter();
            Some((cells.next()??, cells.next()??))
        })
        .collect())
}

fn differing(a: &BTreeMap<String, String>, b: &BTreeMap<String, String>) -> BTreeSet<String> {
    a.keys().chain(b.keys()).filter(|key| a.get(*key) != b.get(*key)).cloned().collect()
}

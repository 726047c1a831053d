//! Which rows of a table differ, by primary key: buckets of keys are compared first, then the rows of unlike buckets.

use std::collections::{BTreeMap, BTreeSet};

use crate::pg::literal;
use crate::server::{ProbeError, Session};
use crate::verify::values::{ReadTable, Shapes, record_text, row_text};

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
    ReadTable { table, columns }: &ReadTable<'_>,
    shapes: &Shapes,
) -> Result<Vec<String>, ProbeError> {
    let sql = format!(
        "select pg_catalog.to_json(array(select a.attname from pg_catalog.pg_constraint k \
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
    let keys: Vec<(String, u32)> = columns.iter().filter(|(name, _)| names.contains(name)).cloned().collect();
    let key = record_text(&keys, shapes);
    let bucket = format!("pg_catalog.hashtextextended({key}, 0) operator(pg_catalog.&) {}", BUCKETS - 1);
    let hash = format!("pg_catalog.hashtextextended({}, 1)", row_text(columns, shapes));
    let name = table.rows_sql();
    let sums = format!(
        "select {bucket}, pg_catalog.concat(pg_catalog.count(*), ' ', pg_catalog.sum({hash})) from {name} group by 1"
    );
    let (a, b) = tokio::join!(pairs(source, &sums), pairs(target, &sums));
    let unlike: Vec<String> = differing(&a?, &b?).into_iter().take(BUCKETS_FETCHED).collect();
    if unlike.is_empty() {
        return Ok(Vec::new());
    }
    let rows = format!("select {key}, {hash} from {name} where {bucket} in ({})", unlike.join(", "));
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

//! Rows and sequences on both sides.
//!
//! The digest of a table does not depend on the order of its rows: each row is hashed to 128 bits, and the two halves of
//! the hashes are summed up. The hash is PostgreSQL's own of texts with two seeds, which is the same in all versions that
//! have it (11 and later) on machines of one byte order; MD5, much slower, where one side is older. Columns are turned into text in a way that is the same in every version and does not depend on
//! settings for floats or money.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use tokio::sync::Mutex;

use crate::outcome::{Difference, Verification};
use crate::pg::{ident, literal};
use crate::plan::{SourceColumn, SourceTable};
use crate::server::{Session, SnapshotHolder, WorkError, cell_text, connect, doing, list_sequences};
use crate::verify::{VerifyLevel, VerifyPlan, rows};

/// Tables whose unlike rows are looked for.
const TABLES_LOOKED_INTO: usize = 20;

/// Number of rows and digest.
type Found = (String, String);

/// The number of a table, with what was found on the source and on the target.
type Pairing = (usize, Found, Found);

/// Compares numbers of rows and, at full level, contents of all tables, several side by side.
pub(crate) async fn compare_tables(
    snapshot: &SnapshotHolder,
    tables: &[SourceTable],
    plan: &VerifyPlan<'_>,
    found: &mut Verification,
) -> Result<(), WorkError> {
    let workers = plan.jobs.min(tables.len());
    let mut fast = true;
    let pairs = Arc::new(Mutex::new(Vec::with_capacity(workers)));
    for _ in 0..workers {
        let source = snapshot.join().await?;
        let target = connect(plan.target, &plan.pair.target, plan.home).await?;
        target.prepare_migration().await.map_err(doing("set up a session on the target"))?;
        for session in [&source, &target] {
            fast &= session.version().await.map_err(doing("read the version of a server"))?.0 >= 110_000;
        }
        pairs.lock().await.push((source, target));
    }
    let results: Vec<Result<Vec<Pairing>, WorkError>> = stream::iter(batches(tables))
        .map(|batch| {
            let pairs = Arc::clone(&pairs);
            async move {
                let pair = pairs.lock().await.pop();
                let Some((source, target)) = pair else {
                    return Err(WorkError::Statement {
                        action: "verify".to_owned(),
                        reason: "no connection is left".to_owned(),
                        sqlstate: None,
                    });
                };
                let statements: Vec<String> =
                    batch.iter().map(|n| digest_statement(&tables[*n], plan.level, fast)).collect();
                let (a, b) = tokio::join!(digests(&source, &statements), digests(&target, &statements));
                pairs.lock().await.push((source, target));
                Ok(batch.into_iter().zip(a).zip(b).map(|((number, a), b)| (number, a, b)).collect())
            }
        })
        .buffer_unordered(workers.max(1))
        .collect()
        .await;
    let mut unlike = Vec::new();
    let results: Vec<Pairing> =
        results.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    for (number, (source_rows, source_digest), (target_rows, target_digest)) in results {
        found.tables += 1;
        found.rows += source_rows.parse::<u64>().unwrap_or(0);
        let (what, a, b) = if source_rows != target_rows {
            ("rows", source_rows, target_rows)
        } else if source_digest != target_digest {
            ("contents", source_digest, target_digest)
        } else {
            continue;
        };
        found.differences.push(Difference {
            subject: format!("table {}", tables[number].title()),
            what: what.to_owned(),
            source: Some(a),
            target: Some(b),
            rows: Vec::new(),
        });
        unlike.push(number);
    }
    if let Some((source, target)) =
        pairs.lock().await.pop().filter(|_| fast && plan.level == VerifyLevel::Full)
    {
        for number in unlike.into_iter().take(TABLES_LOOKED_INTO) {
            let subject = format!("table {}", tables[number].title());
            // Naming rows is a help: the difference stands whether that works or not.
            let keys = rows::unlike_keys(&source, &target, &tables[number]).await.unwrap_or_default();
            if let Some(difference) = found.differences.iter_mut().find(|d| d.subject == subject) {
                difference.rows = keys;
            }
        }
    }
    Ok(())
}

/// Up to this many bytes a table is small: what counts then is the number of statements.
const SMALL_BYTES_MAX: i64 = 1024 * 1024;

/// Small tables that are read by one statement.
const BATCH_TABLES: usize = 40;

/// The tables by number, small ones together.
fn batches(tables: &[SourceTable]) -> Vec<Vec<usize>> {
    let (small, large): (Vec<usize>, Vec<usize>) =
        (0..tables.len()).partition(|n| tables[*n].bytes <= SMALL_BYTES_MAX);
    large.into_iter().map(|n| vec![n]).chain(small.chunks(BATCH_TABLES).map(<[usize]>::to_vec)).collect()
}

/// What each of the statements gives. Together first; if that fails one by one, so that each failure is that of a table.
async fn digests(session: &Session, statements: &[String]) -> Vec<Found> {
    if statements.len() > 1 {
        let numbered =
            statements.iter().enumerate().map(|(n, sql)| format!("select {n}, x.* from ({sql}) x"));
        let sql = format!("{} order by 1", numbered.collect::<Vec<_>>().join(" union all "));
        if let Ok(rows) = session.rows(&sql).await
            && rows.len() == statements.len()
        {
            return rows.iter().map(|row| (cell_text(row, 1), cell_text(row, 2))).collect();
        }
    }
    let mut found = Vec::with_capacity(statements.len());
    for sql in statements {
        found.push(match session.rows(sql).await {
            Ok(rows) => rows.first().map(|row| (cell_text(row, 0), cell_text(row, 1))).unwrap_or_default(),
            // What cannot be read is a difference: it is never a pass.
            Err(error) => (format!("not readable on the {}: {error}", session.side), String::new()),
        });
    }
    found
}

/// The number of rows and, at full level, their digest.
fn digest_statement(table: &SourceTable, level: VerifyLevel, fast: bool) -> String {
    let (name, condition) = (table.sql(), table.condition.as_deref().unwrap_or(""));
    if level != VerifyLevel::Full || table.columns.is_empty() {
        return format!("select pg_catalog.count(*), '' from only {name} {condition}");
    }
    let row = if fast { row_text(table) } else { record_text(table) };
    // `offset 0` keeps the planner from computing the hash once for each use of it.
    if fast {
        return format!(
            "select pg_catalog.count(*), coalesce(pg_catalog.sum(d.a)::text || ' ' || pg_catalog.sum(d.b)::text, '') from ( \
               select pg_catalog.hashtextextended(r.t, 1) as a, pg_catalog.hashtextextended(r.t, 2) as b from ( \
                 select {row} as t from only {name} {condition} offset 0) r) d"
        );
    }
    format!(
        "select pg_catalog.count(*), coalesce(pg_catalog.sum(('x' || pg_catalog.substr(d.h, 1, 16))::bit(64)::bigint)::text || ' ' || \
                pg_catalog.sum(('x' || pg_catalog.substr(d.h, 17, 16))::bit(64)::bigint)::text, '') \
           from (select pg_catalog.md5({row}) as h from only {name} {condition} offset 0) d"
    )
}

/// Columns of a row that is read as one text. A function takes at most 100 arguments (`FUNC_MAX_ARGS`): a value and a length
/// for each column, and two more.
const COLUMNS_MAX: usize = 49;

/// Types whose values never hold the control character that stands between values: numbers, times and the like, binary
/// values, which are printed in hexadecimal, and documents, in which it is escaped.
const PLAIN_TYPES: &[&str] = &[
    "bigint",
    "boolean",
    "bytea",
    "cidr",
    "date",
    "double precision",
    "inet",
    "integer",
    "interval",
    "json",
    "jsonb",
    "macaddr",
    "macaddr8",
    "money",
    "numeric",
    "oid",
    "real",
    "smallint",
    "time with time zone",
    "time without time zone",
    "timestamp with time zone",
    "timestamp without time zone",
    "uuid",
];

/// An expression for a whole row as text, with a control character between its values. Much faster than the text of a
/// record, which looks at every character twice, and as unambiguous: nulls are left out, and the end says which columns
/// are null, if any; before it stand the lengths of the values that may hold the character themselves, but for one, which
/// follows from the others.
pub(crate) fn row_text(table: &SourceTable) -> String {
    const SEPARATOR: &str = "E'\\x1f'";
    let columns = &table.columns;
    if columns.len() > COLUMNS_MAX {
        return record_text(table);
    }
    let names: Vec<String> = columns.iter().map(|c| ident(&c.name)).collect();
    let mut values: Vec<String> =
        columns.iter().map(|c| stable_value(&ident(&c.name), &c.type_name)).collect();
    // What is read in binary is printed in hexadecimal too.
    let is_plain = |(column, value): &(&SourceColumn, &String)| {
        PLAIN_TYPES.contains(&column.type_name.as_str()) || **value != ident(&column.name)
    };
    let open = columns.iter().zip(&values).filter(|pair| !is_plain(pair)).map(|(column, _)| column);
    // The one without a length is one whose length would cost most.
    let (text, other): (Vec<&SourceColumn>, Vec<&SourceColumn>) =
        open.partition(|c| matches!(c.type_name.as_str(), "text" | "character varying" | "character"));
    let lengths = other
        .iter()
        .map(|c| format!("pg_catalog.octet_length({}::text)", ident(&c.name)))
        .chain(text.iter().map(|c| format!("pg_catalog.octet_length({})", ident(&c.name))));
    values.extend(lengths.skip(1));
    let nulls: Vec<String> = names.iter().map(|name| format!("{name} is null")).collect();
    format!(
        "pg_catalog.concat_ws({SEPARATOR}, {}, case when pg_catalog.num_nulls({}) > 0 then pg_catalog.concat({}) else '' end)",
        values.join(", "),
        names.join(", "),
        nulls.join(", ")
    )
}

/// An expression for the text of a whole row on servers of any version.
fn record_text(table: &SourceTable) -> String {
    let columns: Vec<String> =
        table.columns.iter().map(|c| stable_value(&ident(&c.name), &c.type_name)).collect();
    format!("row({})::text", columns.join(", "))
}

/// An expression for a column's value that every version and setting prints alike.
fn stable_value(column: &str, type_name: &str) -> String {
    let send = match type_name {
        "real" => "float4send",
        "double precision" => "float8send",
        "money" => "cash_send",
        "point" => "point_send",
        "line" => "line_send",
        "lseg" => "lseg_send",
        "box" => "box_send",
        "path" => "path_send",
        "polygon" => "poly_send",
        "circle" => "circle_send",
        "real[]" | "double precision[]" | "money[]" | "point[]" | "box[]" | "polygon[]" | "circle[]" => {
            "array_send"
        }
        _ => return column.to_owned(),
    };
    format!("pg_catalog.{send}({column})")
}

/// Compares last value and state of every sequence.
pub(crate) async fn compare_sequences(
    source: &Session,
    target: &Session,
    found: &mut Verification,
) -> Result<(), WorkError> {
    let there: BTreeSet<String> = list_sequences(target).await?.into_iter().collect();
    // One that is missing on the target is told by the comparison of objects.
    let both: Vec<String> =
        list_sequences(source).await?.into_iter().filter(|name| there.contains(name)).collect();
    for batch in both.chunks(200) {
        let reads: Vec<String> = batch
            .iter()
            .map(|name| {
                format!("select {}, last_value::text || ' ' || is_called::text from {name}", literal(name))
            })
            .collect();
        let sql = format!("select * from ({}) s order by 1", reads.join(" union all "));
        let (a, b) = tokio::join!(source.rows(&sql), target.rows(&sql));
        let a = a.map_err(doing("read the sequences of the source"))?;
        let b = b.map_err(doing("read the sequences of the target"))?;
        for (a, b) in a.iter().zip(&b) {
            found.sequences += 1;
            if a != b {
                found.differences.push(Difference {
                    subject: format!("sequence {}", cell_text(a, 0)),
                    what: "last value and whether it was used".to_owned(),
                    source: Some(cell_text(a, 1)),
                    target: Some(cell_text(b, 1)),
                    rows: Vec::new(),
                });
            }
        }
    }
    Ok(())
}

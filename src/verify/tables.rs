//! Rows of tables on both sides.
//!
//! The digest of a table does not depend on the order of its rows: each row is hashed to 128 bits, and the two halves of
//! the hashes are summed up. The hash is PostgreSQL's own of texts with two seeds, which is the same in all versions that
//! have it (11 and later) on machines of one byte order; MD5, much slower, where one side is older. What is hashed is
//! said in `values`.
//!
//! A transaction reads a few small tables or one large one, and sees the snapshot of the copy, so that neither locks nor
//! memory grow with the number of tables.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use tokio::sync::Mutex;

use crate::outcome::{Difference, Unchecked, Verification};
use crate::pg::literal;
use crate::plan::SourceTable;
use crate::server::{ProbeError, Session, SnapshotHolder, WorkError, cell_text, connect_reading, doing};
use crate::verify::values::{ReadTable, Shapes, record_text, row_text};
use crate::verify::{VerifyLevel, VerifyPlan, rows, shapes};

/// Tables whose unlike rows are looked for.
const TABLES_LOOKED_INTO: usize = 20;

/// Up to this many bytes a table is small: what counts then is the number of statements.
const SMALL_BYTES_MAX: i64 = 1024 * 1024;

/// Small tables that are read in one transaction.
const BATCH_TABLES: usize = 40;

/// Number of rows and digest.
type Found = (String, String);

/// What the two sides of a table came to.
type Pairing = (usize, Result<Found, ProbeError>, Result<Found, ProbeError>);

/// One session on each side.
type Pair = (Session, Session);

/// Compares numbers of rows and, at full level, contents of all tables, several side by side.
pub(crate) async fn compare_tables(
    snapshot: &SnapshotHolder,
    tables: &[SourceTable],
    plan: &VerifyPlan<'_>,
    found: &mut Verification,
) -> Result<(), WorkError> {
    let pairs = open_pairs(snapshot, plan, plan.jobs.min(tables.len())).await?;
    let Some((source, target)) = pairs.first() else { return Ok(()) };
    let mut fast = true;
    for session in [source, target] {
        fast &= session.version().await.map_err(doing("read the version of a server"))?.0 >= 110_000;
    }
    let reader = Reader { snapshot, level: plan.level, fast, shapes: shapes::read(source).await? };
    let workers = pairs.len();
    let pairs = Arc::new(Mutex::new(pairs));
    let results: Vec<Result<Vec<Pairing>, WorkError>> = stream::iter(batches(tables))
        .map(|batch| {
            let (pairs, reader) = (Arc::clone(&pairs), &reader);
            async move {
                let pair = pairs.lock().await.pop();
                let Some(pair) = pair else {
                    return Err(WorkError::Statement {
                        action: "verify".to_owned(),
                        reason: "no connection is left".to_owned(),
                        sqlstate: None,
                    });
                };
                let read = reader.batch(&pair, tables, &batch).await;
                pairs.lock().await.push(pair);
                Ok(read)
            }
        })
        .buffer_unordered(workers)
        .collect()
        .await;
    let results = results.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten();
    let mut read = Vec::new();
    for (number, source, target) in results {
        // A session that is gone says nothing of a table: the comparison is to be done again.
        match (source, target) {
            (Err(error), _) | (_, Err(error)) if error.is_connection_lost() => {
                return Err(doing(format!("compare {}", subject(&tables[number])))(error));
            }
            (source, target) => read.push((number, source, target)),
        }
    }
    let unlike = note(read, tables, found);
    if let Some(pair) = pairs.lock().await.pop().filter(|_| fast && plan.level == VerifyLevel::Full) {
        for number in unlike.into_iter().take(TABLES_LOOKED_INTO) {
            let subject = subject(&tables[number]);
            // Naming rows is a help: the difference stands whether that works or not.
            let keys = reader.unlike_keys(&pair, &tables[number]).await.unwrap_or_default();
            if let Some(difference) = found.differences.iter_mut().find(|d| d.subject == subject) {
                difference.rows = keys;
            }
        }
    }
    Ok(())
}

async fn open_pairs(
    snapshot: &SnapshotHolder,
    plan: &VerifyPlan<'_>,
    count: usize,
) -> Result<Vec<Pair>, WorkError> {
    let mut pairs = Vec::with_capacity(count);
    for _ in 0..count {
        let source = snapshot.open().await?;
        let target = connect_reading(plan.target, &plan.pair.target, plan.home).await?;
        pairs.push((source, target));
    }
    Ok(pairs)
}

fn subject(table: &SourceTable) -> String {
    format!("table {}", table.title())
}

/// Notes what differs and what could not be read, and gives the numbers of the tables that differ.
fn note(results: Vec<Pairing>, tables: &[SourceTable], found: &mut Verification) -> Vec<usize> {
    let mut unlike = Vec::new();
    for (number, source, target) in results {
        let subject = subject(&tables[number]);
        let (source, target) = match (source, target) {
            (Ok(source), Ok(target)) => (source, target),
            // A table or column that the target does not have is a difference.
            (Ok((rows, _)), Err(error)) if is_missing(&error) => {
                found.differences.push(Difference {
                    subject,
                    what: "rows".to_owned(),
                    source: Some(rows),
                    target: None,
                    rows: Vec::new(),
                });
                unlike.push(number);
                continue;
            }
            (Err(error), _) => {
                let reason = format!("its rows could not be read on the source: {error}");
                found.could_not_check.push(Unchecked { subject, reason });
                unlike.push(number);
                continue;
            }
            (_, Err(error)) => {
                let reason = format!("its rows could not be read on the target: {error}");
                found.could_not_check.push(Unchecked { subject, reason });
                unlike.push(number);
                continue;
            }
        };
        found.tables += 1;
        let rows: Result<u64, _> = source.0.parse();
        let Ok(rows) = rows else {
            let reason = format!("its number of rows is not a number: {}", source.0);
            found.could_not_check.push(Unchecked { subject, reason });
            continue;
        };
        found.rows += rows;
        let (what, a, b) = if source.0 != target.0 {
            ("rows", source.0, target.0)
        } else if source.1 != target.1 {
            ("contents", source.1, target.1)
        } else {
            continue;
        };
        found.differences.push(Difference {
            subject,
            what: what.to_owned(),
            source: Some(a),
            target: Some(b),
            rows: Vec::new(),
        });
        unlike.push(number);
    }
    unlike
}

/// `undefined_table`, `undefined_column`, `invalid_schema_name`.
/// Source: <https://www.postgresql.org/docs/18/errcodes-appendix.html>.
fn is_missing(error: &ProbeError) -> bool {
    matches!(error.sqlstate(), Some("42P01" | "42703" | "3F000"))
}

/// The tables by number, small ones together.
fn batches(tables: &[SourceTable]) -> Vec<Vec<usize>> {
    let (small, large): (Vec<usize>, Vec<usize>) =
        (0..tables.len()).partition(|n| tables[*n].bytes <= SMALL_BYTES_MAX);
    large.into_iter().map(|n| vec![n]).chain(small.chunks(BATCH_TABLES).map(<[usize]>::to_vec)).collect()
}

/// Reads tables on both sides.
struct Reader<'a> {
    snapshot: &'a SnapshotHolder,
    level: VerifyLevel,
    fast: bool,
    shapes: Shapes,
}

impl Reader<'_> {
    /// Tables together; if that fails one by one, so that each failure is that of a table.
    async fn batch(&self, pair: &Pair, tables: &[SourceTable], batch: &[usize]) -> Vec<Pairing> {
        let together: Vec<&SourceTable> = batch.iter().map(|n| &tables[*n]).collect();
        if let (Ok(a), Ok(b)) = self.read(pair, &together).await
            && a.len() == batch.len()
            && b.len() == batch.len()
        {
            let found = batch.iter().zip(a).zip(b);
            return found.map(|((number, a), b)| (*number, Ok(a), Ok(b))).collect();
        }
        let mut found = Vec::with_capacity(batch.len());
        for number in batch {
            let (a, b) = self.read(pair, &[&tables[*number]]).await;
            let only = |found: Result<Vec<Found>, ProbeError>| {
                found.and_then(|mut found| found.pop().ok_or(ProbeError::NoColumn("digest".to_owned())))
            };
            found.push((*number, only(a), only(b)));
        }
        found
    }

    /// What each of the tables holds on the source, and on the target.
    async fn read(
        &self,
        (source, target): &Pair,
        tables: &[&SourceTable],
    ) -> (Result<Vec<Found>, ProbeError>, Result<Vec<Found>, ProbeError>) {
        let begun = self.begin(source, tables).await;
        let read = match begun {
            Err(error) => (Err(error), Ok(Vec::new())),
            Ok(tables) => {
                let statement = self.statement(&tables);
                let on_target = async {
                    begin_on_target(target, &tables).await?;
                    found(target, &statement).await
                };
                tokio::join!(found(source, &statement), on_target)
            }
        };
        // Whether that works shows with the next statement.
        let _ = tokio::join!(source.execute("rollback"), target.execute("rollback"));
        read
    }

    /// Begins a transaction of the source that sees the snapshot, locks the tables, and asks for their columns.
    async fn begin<'t>(
        &self,
        source: &Session,
        tables: &[&'t SourceTable],
    ) -> Result<Vec<ReadTable<'t>>, ProbeError> {
        source.execute(&format!("{}; {}", self.snapshot.begin(), lock_statement(tables))).await?;
        let columns = read_columns(source, tables).await?;
        let read = |table: &&'t SourceTable| {
            let columns = columns.get(&table.oid).cloned();
            columns.map(|columns| ReadTable { table, columns }).ok_or_else(|| not_a_table(source, table))
        };
        tables.iter().map(read).collect()
    }

    /// One row for each table, in their order: the number of rows and, at full level, their digest.
    fn statement(&self, tables: &[ReadTable<'_>]) -> String {
        let statements = tables.iter().map(|table| self.digest(table));
        let numbered = statements.enumerate().map(|(n, sql)| format!("select {n}, x.* from ({sql}) x"));
        format!("{} order by 1", numbered.collect::<Vec<_>>().join(" union all "))
    }

    fn digest(&self, ReadTable { table, columns }: &ReadTable<'_>) -> String {
        let (rows, condition) = (table.rows_sql(), table.condition.as_deref().unwrap_or(""));
        if self.level != VerifyLevel::Full || columns.is_empty() {
            return format!("select pg_catalog.count(*), '' from {rows} {condition}");
        }
        let (row, halves) = if self.fast {
            let halves = "pg_catalog.hashtextextended(r.t, 1) as a, pg_catalog.hashtextextended(r.t, 2) as b from (select {row} as t";
            (row_text(columns, &self.shapes), halves)
        } else {
            // The hexadecimal digits of a half, read as a bit string.
            let halves = "pg_catalog.int8(pg_catalog.bit_in(pg_catalog.textout(pg_catalog.concat('x', pg_catalog.substr(r.h, 1, 16))), '0'::pg_catalog.oid, 64)) as a, \
                 pg_catalog.int8(pg_catalog.bit_in(pg_catalog.textout(pg_catalog.concat('x', pg_catalog.substr(r.h, 17, 16))), '0'::pg_catalog.oid, 64)) as b \
                 from (select pg_catalog.md5({row}) as h";
            (record_text(columns, &self.shapes), halves)
        };
        // `offset 0` keeps the planner from computing the hash once for each use of it.
        format!(
            "select pg_catalog.count(*), pg_catalog.concat(pg_catalog.sum(d.a), ' ', pg_catalog.sum(d.b)) \
               from (select {} from {rows} {condition} offset 0) r) d",
            halves.replace("{row}", &row)
        )
    }

    /// The first rows that differ, by primary key.
    async fn unlike_keys(&self, pair: &Pair, table: &SourceTable) -> Result<Vec<String>, ProbeError> {
        let keys = async {
            let tables = self.begin(&pair.0, &[table]).await?;
            begin_on_target(&pair.1, &tables).await?;
            match tables.first() {
                Some(table) => rows::unlike_keys(&pair.0, &pair.1, table, &self.shapes).await,
                None => Ok(Vec::new()),
            }
        }
        .await;
        let _ = tokio::join!(pair.0.execute("rollback"), pair.1.execute("rollback"));
        keys
    }
}

/// What is read stays what it is until the transaction ends: nobody can put a view in its place.
fn lock_statement(tables: &[&SourceTable]) -> String {
    let names: Vec<String> = tables.iter().map(|table| table.rows_sql()).collect();
    format!("lock table {} in access share mode", names.join(", "))
}

async fn begin_on_target(target: &Session, tables: &[ReadTable<'_>]) -> Result<(), ProbeError> {
    let tables: Vec<&SourceTable> = tables.iter().map(|read| read.table).collect();
    target.execute(&format!("begin read only; {}", lock_statement(&tables))).await?;
    for table in tables {
        let kind = format!(
            "select c.relkind from pg_catalog.pg_class c where c.oid operator(pg_catalog.=) {}::pg_catalog.regclass",
            literal(&table.sql())
        );
        if !matches!(target.single_text(&kind).await?.as_deref(), Some("r" | "p")) {
            return Err(not_a_table(target, table));
        }
    }
    Ok(())
}

fn not_a_table(session: &Session, table: &SourceTable) -> ProbeError {
    ProbeError::Server {
        text: format!("on the {} {} is not the table it was when it was listed", session.side, table.title()),
        sqlstate: None,
    }
}

/// The columns whose values are compared, by table: all but those that are computed when they are read. A table that was
/// exchanged for something else since it was listed is not among them.
async fn read_columns(
    session: &Session,
    tables: &[&SourceTable],
) -> Result<BTreeMap<u32, Vec<(String, u32)>>, ProbeError> {
    // Stored generated columns came with 12, others with 18; a name in a row cast to JSON does not depend on that.
    let names: Vec<String> =
        tables.iter().map(|t| format!("{}::pg_catalog.regclass", literal(&t.sql()))).collect();
    let sql = format!(
        "select c.oid, pg_catalog.json_agg(pg_catalog.json_build_array(a.attname, pg_catalog.int8(a.atttypid)) order by a.attnum) \
                  filter (where a.attnum is not null) \
           from pg_catalog.pg_class c left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 \
                and not a.attisdropped and (pg_catalog.row_to_json(a) operator(pg_catalog.->>) 'attgenerated') is distinct from 'v' \
          where c.relkind in ('r', 'p') and c.oid in ({}) group by 1",
        names.join(", ")
    );
    let rows = session.rows(&sql).await?;
    let parsed = rows.iter().map(|row| {
        let (oid, columns) = (cell_text(row, 0), row.get(1).cloned().flatten());
        let columns = serde_json::from_str(columns.as_deref().unwrap_or("[]")).ok();
        oid.parse().ok().zip(columns).ok_or_else(|| ProbeError::Value {
            column: "columns".to_owned(),
            value: cell_text(row, 1),
            kind: "list of columns",
        })
    });
    parsed.collect()
}

/// Number of rows and digest of each table that a statement reads.
async fn found(session: &Session, statement: &str) -> Result<Vec<Found>, ProbeError> {
    let rows = session.rows(statement).await?;
    Ok(rows.iter().map(|row| (cell_text(row, 1), cell_text(row, 2))).collect())
}

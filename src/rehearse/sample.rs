//! Some rows of every table, in the throw-away database before its constraints and indexes are created. A row comes with
//! the rows that its foreign keys name, so that every constraint can hold; the widest rows are among them.

use std::collections::{BTreeMap, BTreeSet};

use crate::migrate::MigrateError;
use crate::outcome::{
    DatabaseRehearsal, ObjectResult, RehearsalFailure, RehearsalStage, RehearsedObject, SampleRows,
};
use crate::pg::{ident, literal, qualified};
use crate::plan::{CopyFormat, SourceTable, copy_format};
use crate::server::{Session, cell_text, copy_rows, doing};

/// Pages of a table that are looked at for its widest rows, about.
const PAGES_LOOKED_AT: i64 = 1000;

/// A foreign key of the source.
struct ForeignKey {
    name: String,
    /// The table with the key, by number.
    child: u32,
    /// The table it names, for SQL: with `only` where it has no partitions.
    parent: String,
    child_columns: Vec<String>,
    parent_columns: Vec<String>,
}

/// A table that is read, and the one through which its rows are loaded.
#[derive(Clone, Copy)]
struct Part<'a> {
    read: &'a SourceTable,
    into: &'a SourceTable,
}

/// Where rows are, by table: `(page,line)`.
type Chosen = BTreeMap<u32, BTreeSet<String>>;

/// Copies about `rows` rows of each table.
pub(super) async fn copy(
    source: &Session,
    target: &Session,
    encoding: &str,
    tables: &[SourceTable],
    rows: u32,
    done: &mut DatabaseRehearsal,
) -> Result<(), MigrateError> {
    // What belongs to an extension came with it, in part; a table that could not be created takes no rows. Partitions
    // that are loaded through their root are read one by one.
    let parts = tables
        .iter()
        .filter(|t| t.condition.is_none() && !t.columns.is_empty() && is_there(t, &done.objects))
        .flat_map(|t| match t.partitions.as_slice() {
            [] => vec![Part { read: t, into: t }],
            partitions => partitions.iter().map(|read| Part { read, into: t }).collect(),
        })
        .collect::<Vec<_>>();
    let mut chosen = Chosen::new();
    for Part { read, .. } in &parts {
        let found = source.rows(&choose(read, rows)).await;
        let found = found.map_err(doing(format!("choose rows of table {}", read.title())))?;
        chosen.insert(read.oid, found.iter().map(|row| cell_text(row, 0)).collect());
    }
    let keys = foreign_keys(source).await?;
    if let Err(why) = add_parents(source, &parts, &keys, &mut chosen).await? {
        done.notes.push(why);
        return Ok(());
    }
    let mut sample = SampleRows::default();
    for Part { read, into } in parts {
        let places = chosen.remove(&read.oid).unwrap_or_default();
        if places.is_empty() {
            continue;
        }
        let format = match copy_format(into, encoding) {
            CopyFormat::Binary => " (format binary)",
            CopyFormat::Text => "",
        };
        let columns = into.column_list();
        let rows = format!("select {columns} from only {} where {}", read.sql(), is_at("ctid", &places));
        let out = format!("copy ({rows}) to stdout{format}");
        let into_sql = format!("copy {} ({columns}) from stdin{format}", into.sql());
        let at = || doing(format!("copy rows of table {}", read.title()));
        source.execute("savepoint rows").await.map_err(at())?;
        match copy_rows(source, &out, target, &into_sql, &|_| {}).await {
            Ok(end) => {
                sample.tables += 1;
                sample.rows += end.rows;
            }
            Err(error) if error.sqlstate().is_none() => return Err(at()(error).into()),
            Err(error) => {
                source.execute("rollback to savepoint rows").await.map_err(at())?;
                done.failures.push(RehearsalFailure {
                    stage: RehearsalStage::Rows,
                    object: format!("rows of table {}", read.title()),
                    sqlstate: error.sqlstate().map(str::to_owned),
                    message: error.to_string(),
                    statement: into_sql,
                });
            }
        }
    }
    done.sample = Some(sample);
    Ok(())
}

fn is_there(table: &SourceTable, objects: &[RehearsedObject]) -> bool {
    objects.iter().any(|o| {
        o.kind == "TABLE"
            && o.result == ObjectResult::Worked
            && o.tag == table.name
            && o.schema.as_deref() == Some(table.schema.as_str())
    })
}

/// The query for the places of the first rows and of the widest ones, of as many pages as can be looked at quickly.
fn choose(table: &SourceTable, rows: u32) -> String {
    let widths = table
        .columns
        .iter()
        .map(|c| format!("coalesce(pg_catalog.pg_column_size(t.{}), 0)", ident(&c.name)))
        .collect::<Vec<_>>()
        .join(" + ");
    let sampled = if table.pages > PAGES_LOOKED_AT {
        // A part of the pages, at random.
        #[expect(clippy::cast_precision_loss, reason = "a percentage need not be exact")]
        let percent = 100.0 * PAGES_LOOKED_AT as f64 / table.pages as f64;
        format!(" tablesample system ({percent:.6})")
    } else {
        String::new()
    };
    let name = table.sql();
    format!(
        "(select t.ctid from only {name} t limit {rows}) union \
         (select w.ctid from (select t.ctid, {widths} as width from only {name} t{sampled}) w order by w.width desc limit {})",
        rows.div_ceil(10)
    )
}

/// Rows at these places.
fn is_at(column: &str, places: &BTreeSet<String>) -> String {
    let list = places.iter().map(|place| format!("\"{place}\"")).collect::<Vec<_>>().join(",");
    format!("{column} = any ({}::pg_catalog.tid[])", literal(&format!("{{{list}}}")))
}

async fn foreign_keys(source: &Session) -> Result<Vec<ForeignKey>, MigrateError> {
    let names = |table: &str, list: &str| {
        format!(
            "(select pg_catalog.json_agg(a.attname order by k.n) from pg_catalog.unnest(c.{list}) with ordinality as k (attnum, n) \
               join pg_catalog.pg_attribute a on a.attrelid = c.{table} and a.attnum = k.attnum)"
        )
    };
    let sql = format!(
        "select c.conname, c.conrelid, n.nspname, p.relname, p.relkind, {}, {} \
           from pg_catalog.pg_constraint c join pg_catalog.pg_class p on p.oid = c.confrelid \
           join pg_catalog.pg_namespace n on n.oid = p.relnamespace where c.contype = 'f'",
        names("conrelid", "conkey"),
        names("confrelid", "confkey")
    );
    let rows = source.rows(&sql).await.map_err(doing("list the foreign keys of the source"))?;
    let unreadable = |error: &dyn std::fmt::Display| {
        MigrateError::Refused(format!("read the foreign keys of the source: {error}"))
    };
    rows.iter()
        .map(|row| {
            let parent = qualified(&cell_text(row, 2), &cell_text(row, 3));
            let columns = |at: usize| serde_json::from_str(&cell_text(row, at)).map_err(|e| unreadable(&e));
            Ok(ForeignKey {
                name: cell_text(row, 0),
                child: cell_text(row, 1).parse().map_err(|e| unreadable(&e))?,
                parent: if cell_text(row, 4) == "p" { parent } else { format!("only {parent}") },
                child_columns: columns(5)?,
                parent_columns: columns(6)?,
            })
        })
        .collect()
}

/// Adds the rows that the chosen ones name, and those that these name, until there are no more. The inner error is why
/// they cannot be found: then no rows can be tried, since foreign keys would not hold.
async fn add_parents(
    source: &Session,
    parts: &[Part<'_>],
    keys: &[ForeignKey],
    chosen: &mut Chosen,
) -> Result<Result<(), String>, MigrateError> {
    let by_oid: BTreeMap<u32, &SourceTable> = parts.iter().map(|part| (part.read.oid, part.read)).collect();
    let mut open: Vec<(u32, BTreeSet<String>)> = chosen.iter().map(|(t, p)| (*t, p.clone())).collect();
    while let Some((child, places)) = open.pop() {
        let Some(table) = by_oid.get(&child).filter(|_| !places.is_empty()) else { continue };
        for key in keys.iter().filter(|key| key.child == child) {
            source.execute("savepoint parents").await.map_err(doing("look for the rows of foreign keys"))?;
            match source.rows(&parents_of(key, table, &places)).await {
                Ok(rows) => {
                    let mut fresh: Chosen = Chosen::new();
                    for row in rows {
                        let (parent, place) = (cell_text(&row, 0).parse().unwrap_or(0), cell_text(&row, 1));
                        if chosen.entry(parent).or_default().insert(place.clone()) {
                            fresh.entry(parent).or_default().insert(place);
                        }
                    }
                    open.extend(fresh);
                }
                Err(error) => {
                    let undo = source.execute("rollback to savepoint parents").await;
                    undo.map_err(doing("look for the rows of foreign keys"))?;
                    return Ok(Err(format!(
                        "no rows were tried, since those that foreign key {} of table {} names cannot be found: {error}",
                        key.name,
                        table.title()
                    )));
                }
            }
        }
    }
    Ok(Ok(()))
}

/// The query for the rows that a foreign key of the rows at these places names.
fn parents_of(key: &ForeignKey, table: &SourceTable, places: &BTreeSet<String>) -> String {
    let list = |of: &str, columns: &[String]| {
        columns.iter().map(|c| format!("{of}.{}", ident(c))).collect::<Vec<_>>().join(", ")
    };
    format!(
        "select p.tableoid, p.ctid from {} p where ({}) in (select {} from only {} c where {})",
        key.parent,
        list("p", &key.parent_columns),
        list("c", &key.child_columns),
        table.sql(),
        is_at("c.ctid", places)
    )
}

#[cfg(test)]
mod tests {
    use super::{choose, is_at};
    use crate::plan::{SourceColumn, SourceTable};

    #[test]
    fn large_tables_are_looked_at_in_part() {
        let column = SourceColumn { name: "a".into(), type_name: "text".into(), binary: true };
        let table = |pages| SourceTable {
            oid: 1,
            schema: "s".into(),
            name: "t".into(),
            bytes: 0,
            pages,
            columns: vec![column.clone()],
            condition: None,
            partitions: Vec::new(),
        };
        assert!(!choose(&table(1000), 10).contains("tablesample"));
        assert!(choose(&table(100_000), 10).contains("tablesample system (1.000000)"));
        assert_eq!(
            is_at("ctid", &["(0,1)".to_owned(), "(0,2)".to_owned()].into()),
            "ctid = any ('{\"(0,1)\",\"(0,2)\"}'::pg_catalog.tid[])"
        );
    }
}

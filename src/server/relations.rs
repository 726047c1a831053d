//! How the relations of a source hang together, read from its catalog.

use std::collections::BTreeSet;

use crate::plan::Relations;
use crate::server::session::{Session, cell_text};
use crate::server::snapshot::{WorkError, doing};

/// Relations and constraints that may read tables when they are loaded or created.
const TABLE_READERS: &str = include_str!("table_readers.sql");

/// Reads what the order of steps depends on.
pub async fn read_relations(source: &Session) -> Result<Relations, WorkError> {
    let action = "look for functions that may read tables on the source";
    let mut relations = Relations { parents: inheritance(source).await?, ..Relations::default() };
    for row in source.rows(TABLE_READERS).await.map_err(doing(action))? {
        let oid = number(&cell_text(&row, 1), action)?;
        match cell_text(&row, 0).as_str() {
            "relation" => relations.may_read.insert(oid),
            _ => relations.constraints_may_read.insert(oid),
        };
    }
    Ok(relations)
}

/// Tables and what they inherit from or are partitions of.
pub(crate) async fn inheritance(source: &Session) -> Result<Vec<(u32, u32)>, WorkError> {
    let action = "list the partitions and children of tables on the source";
    let sql = "select i.inhrelid, i.inhparent from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid \
               where c.relkind in ('r', 'p', 'f') order by 1, 2";
    let rows = source.rows(sql).await.map_err(doing(action))?;
    rows.iter()
        .map(|row| Ok((number(&cell_text(row, 0), action)?, number(&cell_text(row, 1), action)?)))
        .collect()
}

/// Partitioned tables whose rows may belong to other partitions on another server: partitioned by a hash that depends on
/// the numbers of objects, on a collation, or on a function of a user.
pub(crate) async fn unstable_hashes(source: &Session) -> Result<BTreeSet<u32>, WorkError> {
    let action = "list the hash-partitioned tables of the source";
    let rows = source.rows(include_str!("unstable_hashes.sql")).await.map_err(doing(action))?;
    rows.iter().map(|row| number(&cell_text(row, 0), action)).collect()
}

fn number(text: &str, action: &str) -> Result<u32, WorkError> {
    text.parse().map_err(|_| WorkError::Statement {
        action: action.to_owned(),
        reason: format!("`{text}` is no number of an object"),
        sqlstate: None,
    })
}

//! Which tables a step locks. Steps that could wait for each other's locks never run at the same time, so that the
//! migration cannot deadlock with itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::plan::entry::Entry;

/// What is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Locked {
    /// A table, by its number in the catalog of the source.
    Table(u32),
    /// A table with all it inherits from, all its partitions and children, by the number of the tree.
    Tree(u32),
}

/// A lock of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lock {
    /// What is locked.
    pub on: Locked,
    /// Whether no other step may lock it meanwhile. Indexes of one table can be built at the same time.
    pub exclusive: bool,
}

/// The locks of a step on some tables. `recursive` steps lock the trees of their tables as a whole.
pub(crate) fn locks(
    tables: &BTreeSet<u32>,
    trees: &BTreeMap<u32, u32>,
    exclusive: bool,
    recursive: bool,
) -> Vec<Lock> {
    let mut locks = BTreeSet::new();
    for table in tables {
        locks.insert(Lock { on: Locked::Table(*table), exclusive });
        if let Some(tree) = trees.get(table) {
            locks.insert(Lock { on: Locked::Tree(*tree), exclusive: recursive });
        }
    }
    // Of a tree that is locked in both ways only the stronger one counts.
    let strong: BTreeSet<Locked> = locks.iter().filter(|l| l.exclusive).map(|l| l.on).collect();
    locks.into_iter().filter(|l| l.exclusive || !strong.contains(&l.on)).collect()
}

/// The tables an entry is about: those it needs, and those that what it needs is about, such as the key that a foreign key
/// points to.
pub(crate) fn tables_of(entry: &Entry, by_id: &BTreeMap<i32, &Entry>) -> BTreeSet<u32> {
    let named = entry.needs.iter().filter_map(|id| by_id.get(id));
    let behind = named.clone().flat_map(|other| &other.needs).filter_map(|id| by_id.get(id));
    named.chain(behind).filter(|e| e.kind == "TABLE").map(|e| e.object).collect()
}

/// The locks of an entry that is restored beside the data. `parents` are the tables that have children.
pub(crate) fn locks_of(
    entry: &Entry,
    by_id: &BTreeMap<i32, &Entry>,
    trees: &BTreeMap<u32, u32>,
    parents: &BTreeSet<u32>,
) -> Vec<Lock> {
    let tables = tables_of(entry, by_id);
    match entry.kind.as_str() {
        // CREATE INDEX takes a lock that it can share with others of its kind. An index with a statement behind it, such
        // as CLUSTER ON, takes a stronger one while it has that.
        "INDEX" => {
            let alone = !entry.definition.contains("\nALTER ");
            let has_children = tables.iter().any(|table| parents.contains(table));
            locks(&tables, trees, !alone, !alone && has_children)
        }
        // These look at both indexes and their tables, or at all partitions of both tables.
        "INDEX ATTACH" | "FK CONSTRAINT" => locks(&tables, trees, true, true),
        // Those of a table with children look at the children too.
        _ => locks(&tables, trees, true, tables.iter().any(|table| parents.contains(table))),
    }
}

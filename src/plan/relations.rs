//! How the relations of a source hang together: what the order of steps depends on besides the archive.

use std::collections::BTreeSet;
use std::collections::btree_map::{self, BTreeMap};

use crate::plan::entry::Entry;
use crate::plan::table::SourceTable;

/// What the catalog of the source says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relations {
    /// Relations whose loading or creation runs a function that may read tables: nothing proves that it does not.
    pub may_read: BTreeSet<u32>,
    /// Constraints whose check runs such a function.
    pub constraints_may_read: BTreeSet<u32>,
    /// Tables and those they inherit from or are partitions of.
    pub parents: Vec<(u32, u32)>,
}

impl Relations {
    /// Whether restoring an entry runs a function that may read tables.
    pub(crate) fn entry_may_read(&self, entry: &Entry) -> bool {
        match entry.kind.as_str() {
            "INDEX" => self.may_read.contains(&entry.object),
            "CONSTRAINT" | "CHECK CONSTRAINT" | "FK CONSTRAINT" => {
                self.constraints_may_read.contains(&entry.object)
            }
            _ => false,
        }
    }

    /// Whether loading a table runs a function that may read other tables.
    pub(crate) fn table_may_read(&self, table: &SourceTable) -> bool {
        table.oids().any(|oid| self.may_read.contains(&oid))
    }

    /// For every table that is or has a child, the number that stands for its whole tree.
    pub(crate) fn trees(&self) -> BTreeMap<u32, u32> {
        let mut neighbours: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (child, parent) in &self.parents {
            neighbours.entry(*child).or_default().push(*parent);
            neighbours.entry(*parent).or_default().push(*child);
        }
        let mut trees = BTreeMap::new();
        for start in neighbours.keys() {
            let mut open = vec![*start];
            while let Some(oid) = open.pop() {
                if let btree_map::Entry::Vacant(place) = trees.entry(oid) {
                    place.insert(*start);
                    open.extend(neighbours.get(&oid).into_iter().flatten());
                }
            }
        }
        trees
    }
}

/// Has the rows of hash-partitioned tables loaded through the topmost of `roots` above them, as one table each: where a
/// hash depends on the numbers of objects or on the platform, a row may belong to another partition on the target.
/// A root with a partition that is not among the tables, such as a foreign table, is left as it is.
/// Source: `forcePartitionRootLoad` in `src/bin/pg_dump/pg_dump.c`, PostgreSQL 18.
pub fn load_through_roots(
    tables: Vec<SourceTable>,
    roots: &BTreeSet<u32>,
    parents: &[(u32, u32)],
) -> Vec<SourceTable> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (child, parent) in parents {
        children.entry(*parent).or_default().push(*child);
    }
    let mut by_oid: BTreeMap<u32, SourceTable> = tables.into_iter().map(|t| (t.oid, t)).collect();
    let below = |root: u32| {
        let (mut inner, mut leaves, mut open) = (Vec::new(), Vec::new(), vec![root]);
        while let Some(oid) = open.pop() {
            match children.get(&oid) {
                Some(children) => open.extend(children),
                None if oid == root => {}
                None => leaves.push(oid),
            }
            inner.push(oid);
        }
        (inner, leaves)
    };
    let nested: BTreeSet<u32> =
        roots.iter().flat_map(|root| below(*root).0.into_iter().filter(move |oid| oid != root)).collect();
    for root in roots {
        let (_, leaves) = below(*root);
        if nested.contains(root) || !leaves.iter().all(|oid| by_oid.contains_key(oid)) {
            by_oid.remove(root);
            continue;
        }
        let mut partitions: Vec<SourceTable> = leaves.iter().filter_map(|oid| by_oid.remove(oid)).collect();
        partitions.sort_by(|a, b| (&a.schema, &a.name).cmp(&(&b.schema, &b.name)));
        if let Some(table) = by_oid.get_mut(root) {
            table.bytes = partitions.iter().map(|t| t.bytes).sum();
            table.pages = partitions.iter().map(|t| t.pages).sum();
            table.partitions = partitions;
        }
    }
    // A root without partitions holds nothing.
    let mut tables: Vec<SourceTable> =
        by_oid.into_values().filter(|t| !roots.contains(&t.oid) || !t.partitions.is_empty()).collect();
    tables.sort_by(|a, b| (-a.bytes, &a.schema, &a.name).cmp(&(-b.bytes, &b.schema, &b.name)));
    tables
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Relations, load_through_roots};
    use crate::plan::SourceTable;

    fn table(oid: u32) -> SourceTable {
        SourceTable { oid, schema: "s".into(), name: format!("t{oid}"), bytes: 10, ..SourceTable::default() }
    }

    #[test]
    fn partitions_are_loaded_through_the_topmost_root() {
        let tables = || [1, 2, 3, 4, 9].map(table).to_vec();
        let parents = [(2, 1), (3, 2), (4, 1)];
        let loaded = load_through_roots(tables(), &BTreeSet::from([1, 2]), &parents);
        let oids: Vec<(u32, Vec<u32>)> =
            loaded.iter().map(|t| (t.oid, t.partitions.iter().map(|p| p.oid).collect())).collect();
        assert_eq!(oids, [(1, vec![3, 4]), (9, vec![])]);
        assert_eq!(loaded[0].bytes, 20);
        let foreign = load_through_roots(tables(), &BTreeSet::from([1]), &[(3, 1), (77, 1)]);
        let oids: Vec<u32> = foreign.iter().map(|t| t.oid).collect();
        assert_eq!(oids, [2, 3, 4, 9], "a foreign table is no place to read rows from");
    }

    #[test]
    fn a_tree_has_one_number() {
        let relations = Relations { parents: vec![(2, 1), (3, 2), (5, 4), (6, 4)], ..Relations::default() };
        let trees = relations.trees();
        assert_eq!((trees[&1], trees[&2], trees[&3], trees[&6]), (1, 1, 1, 4));
        assert!(!trees.contains_key(&9));
    }
}

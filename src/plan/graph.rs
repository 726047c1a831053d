//! The graph of steps behind the pre-data section: copies, indexes, constraints, with what each waits for.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::entry::{Entry, Section};
use crate::plan::table::{CopyPart, SourceTable, parts};

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Copies a table, or a part of it; the number is that of the table in the plan.
    Copy {
        /// Which table.
        table: usize,
        /// Which part; `None` for the whole.
        part: Option<CopyPart>,
    },
    /// Runs an archive entry; the number is its position.
    Entry(usize),
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub work: Work,
    /// Positions of the steps that must be done before.
    pub needs: Vec<usize>,
    /// How long it will take, in bytes read; the largest goes first. Nothing for a small entry.
    pub weight: i64,
}

/// The steps that run side by side, and the entries that follow one by one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    /// Steps that run side by side.
    pub steps: Vec<Step>,
    /// Entries that follow, by position, in the order of the archive: triggers, rules, publications …
    pub after: Vec<usize>,
    /// Entries that fill materialized views. They come before policies: a refresh must see all rows.
    pub refresh: Vec<usize>,
    /// Entries on materialized views, which wait until those are filled.
    pub after_refresh: Vec<usize>,
    /// Policies, and what turns row-level security on.
    pub policies: Vec<usize>,
    /// Entries that come last of all: event triggers would otherwise fire for the rest.
    pub last: Vec<usize>,
}

/// Kinds that only need data and each other, so they need not wait for everything.
const SIDE_BY_SIDE: &[&str] =
    &["INDEX", "INDEX ATTACH", "CONSTRAINT", "FK CONSTRAINT", "CHECK CONSTRAINT", "STATISTICS"];

/// Up to this many bytes of tables, an entry is small: what counts then is the number of round trips.
const SMALL_BYTES_MAX: i64 = 1024 * 1024;

/// Makes the graph.
pub fn build_graph(entries: &[Entry], tables: &[SourceTable], jobs: usize, source_version_num: i64) -> Graph {
    let mut graph = Graph::default();
    let total: i64 = tables.iter().map(|t| t.bytes).sum();
    // Steps that fill a table, by the table's catalog number.
    let mut fills: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (number, table) in tables.iter().enumerate() {
        let parts = parts(table, total, jobs, source_version_num);
        let weight =
            parts.as_ref().map_or(table.bytes, |p| table.bytes / i64::try_from(p.len()).unwrap_or(1));
        let ranges = parts.map_or_else(|| vec![None], |parts| parts.into_iter().map(Some).collect());
        for part in ranges {
            fills.entry(table.oid).or_default().push(graph.steps.len());
            graph.steps.push(Step { work: Work::Copy { table: number, part }, needs: Vec::new(), weight });
        }
    }
    wait_for_others(&mut graph.steps, tables);
    let bytes: BTreeMap<u32, i64> = tables.iter().map(|t| (t.oid, t.bytes)).collect();
    let by_id: BTreeMap<i32, &Entry> = entries.iter().map(|e| (e.id, e)).collect();
    let matviews: BTreeSet<i32> =
        entries.iter().filter(|e| e.kind == "MATERIALIZED VIEW").map(|e| e.id).collect();
    // Steps by the entry they run.
    let mut steps: BTreeMap<i32, usize> = BTreeMap::new();
    let mut last_attach = None;
    // Entries that wait for a refresh, with all that waits for them.
    let mut late: BTreeSet<i32> = BTreeSet::new();
    // Policies, with all that waits for them.
    let mut policies: BTreeSet<i32> = BTreeSet::new();
    // Entries that follow one by one, with all that waits for them.
    let mut sequential: BTreeSet<i32> = BTreeSet::new();
    for (position, entry) in entries.iter().enumerate().filter(|(_, e)| e.section == Section::PostData) {
        let waits_for = |ids: &BTreeSet<i32>| entry.needs.iter().any(|id| ids.contains(id));
        if entry.kind == "EVENT TRIGGER" || entry.definition.contains("EVENT TRIGGER") {
            graph.last.push(position);
        } else if entry.kind == "MATERIALIZED VIEW DATA" {
            graph.refresh.push(position);
        } else if matches!(entry.kind.as_str(), "POLICY" | "ROW SECURITY") || waits_for(&policies) {
            policies.insert(entry.id);
            graph.policies.push(position);
        } else if waits_for(&matviews) || waits_for(&late) {
            late.insert(entry.id);
            graph.after_refresh.push(position);
        } else if !SIDE_BY_SIDE.contains(&entry.kind.as_str()) || waits_for(&sequential) {
            sequential.insert(entry.id);
            graph.after.push(position);
        } else {
            let mut needs = BTreeSet::new();
            let mut weight = 0;
            for id in &entry.needs {
                needs.extend(steps.get(id));
                if let Some(table) = by_id.get(id).filter(|e| e.kind == "TABLE") {
                    needs.extend(fills.get(&table.object).into_iter().flatten());
                    weight += bytes.get(&table.object).copied().unwrap_or(0);
                }
            }
            if matches!(entry.kind.as_str(), "FK CONSTRAINT" | "CHECK CONSTRAINT") {
                needs.extend(full_tables(entry, &by_id, &fills));
            }
            // Small ones come last, when all of their kind are ready to be made several at a time.
            if weight <= SMALL_BYTES_MAX {
                weight = 0;
            }
            // Attaching an index locks those above it: two at a time wait for each other.
            if entry.kind == "INDEX ATTACH" {
                needs.extend(last_attach.replace(graph.steps.len()));
            }
            steps.insert(entry.id, graph.steps.len());
            graph.steps.push(Step {
                work: Work::Entry(position),
                needs: needs.into_iter().collect(),
                weight,
            });
        }
    }
    graph
}

/// Tables whose check constraints call functions wait for all other tables, and for each other in the order in which they
/// were made: such a function may read another table, and would find it empty.
fn wait_for_others(steps: &mut [Step], tables: &[SourceTable]) {
    let table_of = |step: &Step| match step.work {
        Work::Copy { table, .. } => Some(&tables[table]),
        Work::Entry(_) => None,
    };
    let mut done: Vec<usize> =
        (0..steps.len()).filter(|n| table_of(&steps[*n]).is_some_and(|t| !t.checked_by_function)).collect();
    let mut checked: Vec<usize> =
        (0..steps.len()).filter(|n| table_of(&steps[*n]).is_some_and(|t| t.checked_by_function)).collect();
    checked.sort_by_key(|n| table_of(&steps[*n]).map(|t| t.oid));
    for number in checked {
        steps[number].needs.clone_from(&done);
        done.push(number);
    }
}

/// The copies a constraint waits for: those of its own table, and of the table of the key it points to. A table without
/// copies of its own is a parent of partitions, and is full when everything is.
fn full_tables(
    entry: &Entry,
    by_id: &BTreeMap<i32, &Entry>,
    fills: &BTreeMap<u32, Vec<usize>>,
) -> Vec<usize> {
    let named = entry.needs.iter().filter_map(|id| by_id.get(id));
    let behind_keys = named.clone().flat_map(|key| &key.needs).filter_map(|id| by_id.get(id));
    let mut copies = Vec::new();
    for table in named.chain(behind_keys).filter(|e| e.kind == "TABLE") {
        match fills.get(&table.object) {
            Some(fills) => copies.extend(fills),
            None => return fills.values().flatten().copied().collect(),
        }
    }
    copies
}

#[cfg(test)]
mod tests {
    use super::{Work, build_graph};
    use crate::plan::{Entry, Section, SourceTable};

    fn entry(id: i32, kind: &str, object: u32, needs: &[i32], section: Section) -> Entry {
        Entry {
            id,
            kind: kind.to_owned(),
            schema: Some("s".to_owned()),
            tag: format!("e{id}"),
            owner: None,
            definition: String::new(),
            drop: String::new(),
            access_method: None,
            tablespace: None,
            needs: needs.to_vec(),
            section,
            object,
        }
    }

    fn table(oid: u32) -> SourceTable {
        SourceTable {
            oid,
            schema: "s".into(),
            name: format!("t{oid}"),
            bytes: 10,
            pages: 1,
            columns: Vec::new(),
            condition: None,
            checked_by_function: false,
        }
    }

    #[test]
    fn a_foreign_key_waits_for_both_tables_and_the_other_ones_key() {
        let entries = [
            entry(1, "TABLE", 100, &[], Section::PreData),
            entry(2, "TABLE", 200, &[], Section::PreData),
            entry(3, "CONSTRAINT", 0, &[1], Section::PostData),
            entry(4, "FK CONSTRAINT", 0, &[2, 3], Section::PostData),
            entry(5, "TRIGGER", 0, &[2], Section::PostData),
        ];
        let graph = build_graph(&entries, &[table(100), table(200)], 2, 160_000);
        assert_eq!(graph.steps.len(), 4);
        assert_eq!(graph.steps[2].needs, [0], "the key waits for its table");
        assert_eq!(graph.steps[3].needs, [0, 1, 2], "the foreign key waits for both tables and the key");
        assert_eq!(graph.steps[3].work, Work::Entry(3));
        assert_eq!(graph.after, [4], "a trigger waits for everything");
    }

    #[test]
    fn indexes_are_attached_one_at_a_time() {
        let entries = [
            entry(1, "INDEX", 0, &[], Section::PostData),
            entry(2, "INDEX ATTACH", 0, &[1], Section::PostData),
            entry(3, "INDEX ATTACH", 0, &[1], Section::PostData),
        ];
        let graph = build_graph(&entries, &[], 2, 160_000);
        assert_eq!(
            (graph.steps[1].needs.as_slice(), graph.steps[2].needs.as_slice()),
            (&[0][..], &[0, 1][..])
        );
    }

    #[test]
    fn a_table_whose_check_calls_a_function_waits_for_the_others() {
        let checked = SourceTable { checked_by_function: true, ..table(100) };
        let graph = build_graph(&[], &[checked, table(200)], 2, 160_000);
        assert_eq!((graph.steps[0].needs.as_slice(), graph.steps[1].needs.as_slice()), (&[1][..], &[][..]));
    }

    #[test]
    fn indexes_of_a_materialized_view_wait_for_its_refresh() {
        let entries = [
            entry(1, "MATERIALIZED VIEW", 100, &[], Section::PreData),
            entry(2, "INDEX", 0, &[1], Section::PostData),
            entry(3, "EVENT TRIGGER", 0, &[], Section::PostData),
            entry(4, "MATERIALIZED VIEW DATA", 0, &[1], Section::PostData),
        ];
        let graph = build_graph(&entries, &[], 2, 160_000);
        assert!(graph.steps.is_empty());
        assert_eq!((graph.refresh, graph.after_refresh, graph.last), (vec![3], vec![1], vec![2]));
    }
}

//! The graph of steps of the data stage: copies, indexes, constraints, with what each waits for.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::plan::entry::Entry;
use crate::plan::stage::{Stage, Stages};
use crate::plan::table::{CopyPart, SourceTable, parts};

/// A table that is copied, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TablePart {
    /// The number of the table in the plan.
    pub table: usize,
    /// Which pages; `None` for all.
    pub range: Option<CopyPart>,
    /// Which part, from 0.
    pub number: usize,
    /// How many parts there are.
    pub parts: usize,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Copies a table, or a part of it.
    Copy(TablePart),
    /// Restores an archive entry; the number is its position.
    Entry(usize),
}

/// Kinds of small entries that are restored several in one transaction: what counts then is the number of round trips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Batch {
    /// Those that need one table: an index, a primary key.
    Index,
    /// Foreign keys. Each locks two tables, so two batches would wait for each other.
    Key,
}

/// One step. It can be written down and done by another process that has the same plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its number: its position among the steps.
    pub id: usize,
    /// What it does.
    pub work: Work,
    /// The steps that must be done before.
    pub needs: Vec<usize>,
    /// How long it will take, in bytes read; the largest goes first. Nothing for a small entry.
    pub weight: i64,
    /// With which others it may stand in one transaction.
    pub batch: Option<Batch>,
}

/// What is done for a database: the entries of each stage, and the steps of the data stage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    /// Which entries are restored when.
    pub stages: Stages,
    /// Steps that run side by side.
    pub steps: Vec<Step>,
}

/// Up to this many bytes of tables, an entry is small.
const SMALL_BYTES_MAX: i64 = 1024 * 1024;

/// Makes the graph.
pub fn build_graph(entries: &[Entry], tables: &[SourceTable], jobs: usize, source_version_num: i64) -> Graph {
    let stages = Stages::of(entries);
    let mut steps = Vec::new();
    let fills = copies(&mut steps, tables, jobs, source_version_num);
    wait_for_others(&mut steps, tables);
    let bytes: BTreeMap<u32, i64> = tables.iter().map(|t| (t.oid, t.bytes)).collect();
    let by_id: BTreeMap<i32, &Entry> = entries.iter().map(|e| (e.id, e)).collect();
    // Steps by the entry they restore.
    let mut by_entry: BTreeMap<i32, usize> = BTreeMap::new();
    let mut last_attach = None;
    for position in stages.positions(Stage::Data) {
        let (entry, step) = (&entries[*position], steps.len());
        let mut needs = BTreeSet::new();
        let mut weight = 0;
        for id in &entry.needs {
            needs.extend(by_entry.get(id));
            if let Some(table) = by_id.get(id).filter(|e| e.kind == "TABLE") {
                needs.extend(fills.get(&table.object).into_iter().flatten());
                weight += bytes.get(&table.object).copied().unwrap_or(0);
            }
        }
        if matches!(entry.kind.as_str(), "FK CONSTRAINT" | "CHECK CONSTRAINT") {
            needs.extend(full_tables(entry, &by_id, &fills));
        }
        // Small ones come last, when all of their kind are ready to be restored several at a time.
        if weight <= SMALL_BYTES_MAX {
            weight = 0;
        }
        // Attaching an index locks those above it: two at a time wait for each other.
        if entry.kind == "INDEX ATTACH" {
            needs.extend(last_attach.replace(step));
        }
        by_entry.insert(entry.id, step);
        let batch = match entry.kind.as_str() {
            "INDEX" | "CONSTRAINT" | "STATISTICS" if weight == 0 => Some(Batch::Index),
            "FK CONSTRAINT" if weight == 0 => Some(Batch::Key),
            _ => None,
        };
        let needs = needs.into_iter().collect();
        steps.push(Step { id: step, work: Work::Entry(*position), needs, weight, batch });
    }
    Graph { stages, steps }
}

/// The steps that copy tables, and which of them fill a table, by the table's catalog number.
fn copies(
    steps: &mut Vec<Step>,
    tables: &[SourceTable],
    jobs: usize,
    source_version_num: i64,
) -> BTreeMap<u32, Vec<usize>> {
    let total: i64 = tables.iter().map(|t| t.bytes).sum();
    let mut fills: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (number, table) in tables.iter().enumerate() {
        let ranges = parts(table, total, jobs, source_version_num)
            .map_or_else(|| vec![None], |ranges| ranges.into_iter().map(Some).collect());
        let parts = ranges.len();
        let weight = table.bytes / i64::try_from(parts).unwrap_or(1);
        for (part, range) in ranges.into_iter().enumerate() {
            let id = steps.len();
            fills.entry(table.oid).or_default().push(id);
            let work = Work::Copy(TablePart { table: number, range, number: part, parts });
            steps.push(Step { id, work, needs: Vec::new(), weight, batch: None });
        }
    }
    fills
}

/// Tables whose check constraints call functions wait for all other tables, and for each other in the order in which they
/// were made: such a function may read another table, and would find it empty.
fn wait_for_others(steps: &mut [Step], tables: &[SourceTable]) {
    let table_of = |step: &Step| match &step.work {
        Work::Copy(part) => Some(&tables[part.table]),
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
    use crate::plan::entry::tests::entry;
    use crate::plan::{Entry, Section, SourceTable, Stage, Step};

    fn table(oid: u32) -> SourceTable {
        SourceTable { oid, schema: "s".into(), name: format!("t{oid}"), bytes: 10, ..SourceTable::default() }
    }

    fn table_entry(id: i32, object: u32) -> Entry {
        Entry { object, ..entry(id, "TABLE", &[], Section::PreData) }
    }

    #[test]
    fn a_foreign_key_waits_for_both_tables_and_the_other_ones_key() {
        let entries = [
            table_entry(1, 100),
            table_entry(2, 200),
            entry(3, "CONSTRAINT", &[1], Section::PostData),
            entry(4, "FK CONSTRAINT", &[2, 3], Section::PostData),
            entry(5, "TRIGGER", &[2], Section::PostData),
        ];
        let graph = build_graph(&entries, &[table(100), table(200)], 2, 160_000);
        assert_eq!(graph.steps.len(), 4);
        assert_eq!(graph.steps[2].needs, [0], "the key waits for its table");
        assert_eq!(graph.steps[3].needs, [0, 1, 2], "the foreign key waits for both tables and the key");
        assert_eq!(graph.steps[3].work, Work::Entry(3));
        assert_eq!(graph.stages.positions(Stage::PostData), [4], "a trigger waits for everything");
    }

    #[test]
    fn indexes_are_attached_one_at_a_time() {
        let entries = [
            entry(1, "INDEX", &[], Section::PostData),
            entry(2, "INDEX ATTACH", &[1], Section::PostData),
            entry(3, "INDEX ATTACH", &[1], Section::PostData),
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
    fn a_step_can_be_written_down() {
        let entries = [table_entry(1, 100), entry(2, "INDEX", &[1], Section::PostData)];
        let graph = build_graph(&entries, &[table(100)], 2, 160_000);
        let written = serde_json::to_string(&graph.steps).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Step>>(&written).unwrap(), graph.steps);
    }
}

//! The one place where the order of the steps beside the data is decided. Each edge has its reason ([`Why`]).
//!
//! The rule: wherever a function of a user could see the difference, a step waits as it would in `pg_restore`. It runs
//! earlier only where nobody can see it.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::entry::Entry;
use crate::plan::graph::{Graph, Need, Step, TablePart, Why, Work};
use crate::plan::locks::{Lock, locks, locks_of};
use crate::plan::relations::Relations;
use crate::plan::stage::{Stage, Stages};
use crate::plan::table::{SourceTable, parts};

/// Up to this many bytes of tables, an entry is small.
const SMALL_BYTES_MAX: i64 = 1024 * 1024;

/// Decides what is restored in which stage, and what the steps beside the data wait for.
pub fn build_graph(
    entries: &[Entry],
    tables: &[SourceTable],
    relations: &Relations,
    jobs: usize,
    source_version_num: i64,
) -> Graph {
    let stages = Stages::of(entries);
    let order = Order {
        by_id: entries.iter().map(|e| (e.id, e)).collect(),
        bytes: tables.iter().flat_map(|t| t.oids().map(|oid| (oid, t.bytes))).collect(),
        relations,
        trees: relations.trees(),
        parents: relations.parents.iter().map(|(_, parent)| *parent).collect(),
    };
    let mut steps = Steps::default();
    let fills = order.copy_tables(&mut steps, tables, jobs, source_version_num);
    order.load_readers_last(&mut steps, tables);
    // Large objects first: one session copies them all, one after the other.
    steps.add(Work::LargeObjects, BTreeSet::new(), Vec::new(), i64::MAX);
    steps.add(Work::Sequences, BTreeSet::new(), Vec::new(), i64::MAX);
    let all = (0..steps.0.len()).map(|step| Need { step, why: Why::PartOfData }).collect();
    let all_data = steps.add(Work::AllData, all, Vec::new(), i64::MAX);
    // Steps by the entry they restore.
    let mut by_entry: BTreeMap<i32, usize> = BTreeMap::new();
    for position in stages.positions(Stage::Data) {
        let entry = &entries[*position];
        let needs = order.needs(entry, &by_entry, &fills, all_data);
        let locks = locks_of(entry, &order.by_id, &order.trees, &order.parents);
        let step = steps.add(Work::Entry(*position), needs, locks, order.weight(entry));
        by_entry.insert(entry.id, step);
    }
    Graph { stages, steps: steps.0 }
}

/// Steps as they are added.
#[derive(Default)]
struct Steps(Vec<Step>);

impl Steps {
    fn add(&mut self, work: Work, needs: BTreeSet<Need>, locks: Vec<Lock>, weight: i64) -> usize {
        let id = self.0.len();
        self.0.push(Step { id, work, needs: needs.into_iter().collect(), locks, weight });
        id
    }
}

/// What the order depends on.
struct Order<'a> {
    by_id: BTreeMap<i32, &'a Entry>,
    /// The size of each table in bytes, by its number in the catalog.
    bytes: BTreeMap<u32, i64>,
    relations: &'a Relations,
    trees: BTreeMap<u32, u32>,
    /// Tables that have children.
    parents: BTreeSet<u32>,
}

impl Order<'_> {
    /// Adds the steps that copy tables. Returns which of them fill a table, by its number in the catalog.
    fn copy_tables(
        &self,
        steps: &mut Steps,
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
                let work = Work::Copy(TablePart { table: number, range, number: part, parts });
                let through_root = !table.partitions.is_empty();
                let locks = locks(&BTreeSet::from([table.oid]), &self.trees, parts == 1, through_root);
                let step = steps.add(work, BTreeSet::new(), locks, weight);
                for oid in table.oids() {
                    fills.entry(oid).or_default().push(step);
                }
            }
        }
        fills
    }

    /// Tables whose loading runs functions that may read other tables wait for all others, and for each other in the order
    /// in which `pg_restore` loads them: by schema and name.
    /// Source: `sortDumpableObjectsByTypeName` in `src/bin/pg_dump/pg_dump_sort.c`, PostgreSQL 18.
    fn load_readers_last(&self, steps: &mut Steps, tables: &[SourceTable]) {
        let table_of = |step: &Step| match &step.work {
            Work::Copy(part) => tables.get(part.table),
            _ => None,
        };
        let is_reader = |step: &&Step| table_of(step).is_some_and(|t| self.relations.table_may_read(t));
        let mut readers: Vec<&Step> = steps.0.iter().filter(is_reader).collect();
        readers.sort_by_key(|step| table_of(step).map(|t| (&t.schema, &t.name)));
        let readers: Vec<(usize, usize)> = readers
            .iter()
            .filter_map(|step| match &step.work {
                Work::Copy(part) => Some((step.id, part.table)),
                _ => None,
            })
            .collect();
        let ids: BTreeSet<usize> = readers.iter().map(|(id, _)| *id).collect();
        // The first table waits for all others, each of the following for the one before it.
        let mut before: Vec<usize> = (0..steps.0.len()).filter(|id| !ids.contains(id)).collect();
        for parts in readers.chunk_by(|a, b| a.1 == b.1) {
            for (id, _) in parts {
                steps.0[*id].needs =
                    before.iter().map(|step| Need { step: *step, why: Why::MayReadTables }).collect();
            }
            before = parts.iter().map(|(id, _)| *id).collect();
        }
    }

    /// What an entry waits for.
    fn needs(
        &self,
        entry: &Entry,
        by_entry: &BTreeMap<i32, usize>,
        fills: &BTreeMap<u32, Vec<usize>>,
        all_data: usize,
    ) -> BTreeSet<Need> {
        let mut needs = BTreeSet::new();
        let need = |why| move |step: &usize| Need { step: *step, why };
        let named: Vec<&Entry> = entry.needs.iter().filter_map(|id| self.by_id.get(id).copied()).collect();
        needs.extend(entry.needs.iter().filter_map(|id| by_entry.get(id)).map(need(Why::Archive)));
        if self.relations.entry_may_read(entry) {
            needs.insert(Need { step: all_data, why: Why::MayReadData });
        }
        // A constraint of a parent reaches its children, one of a domain all tables that use it.
        if entry.kind == "CHECK CONSTRAINT" || entry.definition.contains(" NOT VALID") {
            needs.insert(Need { step: all_data, why: Why::OldRows });
        }
        let tables = |entries: &[&Entry]| -> Vec<u32> {
            entries.iter().filter(|e| e.kind == "TABLE").map(|e| e.object).collect()
        };
        for table in tables(&named) {
            needs.extend(fills.get(&table).into_iter().flatten().map(need(Why::Rows)));
        }
        if entry.kind == "FK CONSTRAINT" {
            let keys = named.iter().flat_map(|key| &key.needs);
            let behind: Vec<&Entry> = keys.filter_map(|id| self.by_id.get(id).copied()).collect();
            for table in tables(&named).into_iter().chain(tables(&behind)) {
                match fills.get(&table) {
                    Some(fills) => needs.extend(fills.iter().map(need(Why::ReferencedRows))),
                    // A table without copies of its own is a parent of partitions, and is full when everything is.
                    None => needs.extend([Need { step: all_data, why: Why::ReferencedRows }]),
                }
            }
        }
        // A step is waited for once, whatever the number of reasons.
        let mut seen = BTreeSet::new();
        needs.into_iter().filter(|need| seen.insert(need.step)).collect()
    }

    /// How long an entry takes, in bytes of its tables. Small ones come last, when all of their kind are ready to be
    /// restored several at a time.
    fn weight(&self, entry: &Entry) -> i64 {
        let tables = entry.needs.iter().filter_map(|id| self.by_id.get(id)).filter(|e| e.kind == "TABLE");
        let weight = tables.filter_map(|table| self.bytes.get(&table.object)).sum();
        if weight <= SMALL_BYTES_MAX { 0 } else { weight }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::build_graph;
    use crate::plan::entry::tests::entry;
    use crate::plan::{Entry, Graph, Relations, Section, SourceTable, Stage, Step, Why, Work};

    fn table(oid: u32) -> SourceTable {
        SourceTable { oid, schema: "s".into(), name: format!("t{oid}"), bytes: 10, ..SourceTable::default() }
    }

    fn table_entry(id: i32, object: u32) -> Entry {
        Entry { object, ..entry(id, "TABLE", &[], Section::PreData) }
    }

    fn graph(entries: &[Entry], tables: &[SourceTable], may_read: &[u32]) -> Graph {
        let may_read: BTreeSet<u32> = may_read.iter().copied().collect();
        let relations =
            Relations { constraints_may_read: may_read.clone(), may_read, ..Relations::default() };
        build_graph(entries, tables, &relations, 2, 160_000)
    }

    /// The step that restores an entry.
    fn restoring(graph: &Graph, position: usize) -> &Step {
        graph.steps.iter().find(|step| step.work == Work::Entry(position)).expect("there is a step for it")
    }

    fn needs(step: &Step) -> Vec<usize> {
        step.needs.iter().map(|need| need.step).collect()
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
        let graph = graph(&entries, &[table(100), table(200)], &[]);
        let key = restoring(&graph, 2);
        assert_eq!(needs(key), [0], "the key waits for its table");
        assert_eq!(needs(restoring(&graph, 3)), [0, 1, key.id], "both tables and the key");
        assert_eq!(graph.stages.positions(Stage::PostData), [4], "a trigger waits for everything");
    }

    #[test]
    fn a_table_whose_loading_may_read_others_comes_after_them_in_the_order_of_pg_restore() {
        let graph = graph(&[], &[table(300), table(100), table(200)], &[100, 300]);
        assert_eq!(needs(&graph.steps[2]), [0_usize; 0]);
        assert_eq!(needs(&graph.steps[1]), [2], "t100 comes first of the two");
        assert_eq!(needs(&graph.steps[0]), [1]);
        assert_eq!(graph.steps[0].needs[0].why, Why::MayReadTables);
    }

    #[test]
    fn an_index_that_may_read_tables_waits_for_all_data() {
        let index = |id, object| Entry { object, ..entry(id, "INDEX", &[1], Section::PostData) };
        let entries = [table_entry(1, 100), index(2, 7), index(3, 8)];
        let graph = graph(&entries, &[table(100), table(200)], &[7]);
        let (reader, plain) = (restoring(&graph, 1), restoring(&graph, 2));
        assert_eq!(needs(plain), [0]);
        let all = graph.steps.iter().find(|step| step.work == Work::AllData).expect("a milestone");
        assert_eq!(needs(all), [0, 1, 2, 3], "tables, large objects, sequences");
        assert!(reader.needs.iter().any(|need| need.step == all.id && need.why == Why::MayReadData));
    }

    #[test]
    fn a_constraint_that_old_rows_may_violate_waits_for_all_data() {
        // The constraint of a domain names no table.
        let entries = [
            entry(1, "DOMAIN", &[], Section::PreData),
            entry(2, "CHECK CONSTRAINT", &[1], Section::PostData),
        ];
        let graph = graph(&entries, &[table(100)], &[]);
        assert_eq!(restoring(&graph, 1).needs[0].why, Why::OldRows);
    }

    #[test]
    fn a_step_can_be_written_down() {
        let entries = [table_entry(1, 100), entry(2, "INDEX", &[1], Section::PostData)];
        let graph = graph(&entries, &[table(100)], &[]);
        let written = serde_json::to_string(&graph.steps).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Step>>(&written).unwrap(), graph.steps);
    }
}

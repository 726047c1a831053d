//! Which entries of the archive are restored in which stage of a migration.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::plan::entry::{Entry, Section};

/// A stage of the migration of a database, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Before the data, one by one in the order of the archive.
    PreData,
    /// Beside the data: indexes, constraints and statistics objects, each as soon as what it waits for is there.
    Data,
    /// After the data, one by one in the order of the archive: triggers, rules, publications …
    PostData,
    /// Materialized views are filled. They come before policies: a refresh must see all rows.
    Refresh,
    /// Entries on materialized views, which wait until those are filled.
    AfterRefresh,
    /// Policies, and what turns row-level security on: after the comparison, from which they would hide rows.
    Policies,
    /// Last of all: event triggers would otherwise fire for the rest.
    Last,
}

impl Stage {
    /// All of them, in their order.
    pub const ALL: [Stage; 7] = [
        Self::PreData,
        Self::Data,
        Self::PostData,
        Self::Refresh,
        Self::AfterRefresh,
        Self::Policies,
        Self::Last,
    ];
}

/// Kinds that only need data and each other, so they need not wait for everything.
const BESIDE_DATA: &[&str] =
    &["INDEX", "INDEX ATTACH", "CONSTRAINT", "FK CONSTRAINT", "CHECK CONSTRAINT", "STATISTICS"];

/// The positions of the entries of each stage, in the order of the archive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stages(BTreeMap<Stage, Vec<usize>>);

impl Stages {
    /// Sorts the entries of an archive into stages.
    pub fn of(entries: &[Entry]) -> Stages {
        let mut stages = Stages::default();
        // What waits for an entry of a later stage is restored in that stage too.
        let mut stage_of: BTreeMap<i32, Stage> = BTreeMap::new();
        let views: BTreeSet<i32> =
            entries.iter().filter(|e| e.kind == "MATERIALIZED VIEW").map(|e| e.id).collect();
        for (position, entry) in entries.iter().enumerate() {
            let waits_for = |stage: Stage| entry.needs.iter().any(|id| stage_of.get(id) == Some(&stage));
            let stage = if entry.section == Section::PreData {
                Stage::PreData
            } else if entry.kind == "EVENT TRIGGER" || entry.definition.contains("EVENT TRIGGER") {
                Stage::Last
            } else if entry.kind == "MATERIALIZED VIEW DATA" {
                Stage::Refresh
            } else if matches!(entry.kind.as_str(), "POLICY" | "ROW SECURITY") || waits_for(Stage::Policies) {
                Stage::Policies
            } else if entry.needs.iter().any(|id| views.contains(id)) || waits_for(Stage::AfterRefresh) {
                Stage::AfterRefresh
            } else if !BESIDE_DATA.contains(&entry.kind.as_str()) || waits_for(Stage::PostData) {
                Stage::PostData
            } else {
                Stage::Data
            };
            stage_of.insert(entry.id, stage);
            stages.0.entry(stage).or_default().push(position);
        }
        stages
    }

    /// The positions of the entries of a stage.
    pub fn positions(&self, stage: Stage) -> &[usize] {
        self.0.get(&stage).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::{Stage, Stages};
    use crate::plan::Section;
    use crate::plan::entry::tests::entry;

    #[test]
    fn indexes_of_a_materialized_view_wait_for_its_refresh() {
        let entries = [
            entry(1, "MATERIALIZED VIEW", &[], Section::PreData),
            entry(2, "INDEX", &[1], Section::PostData),
            entry(3, "EVENT TRIGGER", &[], Section::PostData),
            entry(4, "MATERIALIZED VIEW DATA", &[1], Section::PostData),
        ];
        let stages = Stages::of(&entries);
        assert!(stages.positions(Stage::Data).is_empty());
        let of = |stage| stages.positions(stage).to_vec();
        assert_eq!(
            (of(Stage::Refresh), of(Stage::AfterRefresh), of(Stage::Last)),
            (vec![3], vec![1], vec![2])
        );
    }

    #[test]
    fn what_waits_for_a_policy_is_restored_with_it() {
        let entries = [
            entry(1, "TABLE", &[], Section::PreData),
            entry(2, "POLICY", &[1], Section::PostData),
            entry(3, "COMMENT", &[2], Section::PostData),
            entry(4, "TRIGGER", &[1], Section::PostData),
        ];
        let stages = Stages::of(&entries);
        assert_eq!(stages.positions(Stage::Policies), [1, 2]);
        assert_eq!(
            (stages.positions(Stage::PreData), stages.positions(Stage::PostData)),
            (&[0][..], &[3][..])
        );
    }
}

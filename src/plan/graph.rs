//! The steps of the data stage as data: what each does, what it waits for and why, what it locks.

use serde::{Deserialize, Serialize};

use crate::plan::locks::Lock;
use crate::plan::stage::Stages;
use crate::plan::table::CopyPart;

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
    /// Sets all sequences.
    Sequences,
    /// Copies all large objects.
    LargeObjects,
    /// Nothing: all data is there.
    AllData,
    /// Restores an archive entry; the number is its position.
    Entry(usize),
}

/// Why a step waits for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The archive says that one object depends on the other.
    Archive,
    /// An index or a constraint is faster made from all rows of its table than kept while they come.
    Rows,
    /// A foreign key looks for the rows that it points to.
    ReferencedRows,
    /// Loading the table runs a function that may read other tables, and would find them empty; among each other such
    /// tables are loaded in the order of `pg_restore`.
    MayReadTables,
    /// The object runs a function that may read any data.
    MayReadData,
    /// Old rows may violate a constraint that was never validated: it must not be there when they come.
    OldRows,
    /// All data is there when each kind of it is.
    PartOfData,
}

/// That a step waits for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Need {
    /// The step that must be done before.
    pub step: usize,
    /// The reason.
    pub why: Why,
}

/// One step. It can be written down and done by another process that has the same plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its number: its position among the steps.
    pub id: usize,
    /// What it does.
    pub work: Work,
    /// The steps that must be done before.
    pub needs: Vec<Need>,
    /// What it locks on the target.
    pub locks: Vec<Lock>,
    /// How long it will take, in bytes read; the largest goes first. Nothing for a small entry.
    pub weight: i64,
}

impl Step {
    /// Whether it may stand in one transaction with others like it: what counts for small entries is the number of round
    /// trips.
    pub fn is_small(&self) -> bool {
        self.weight == 0 && matches!(self.work, Work::Entry(_))
    }
}

/// What is done for a database: the entries of each stage, and the steps of the data stage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    /// Which entries are restored when.
    pub stages: Stages,
    /// Steps that run side by side.
    pub steps: Vec<Step>,
}

//! Everything seen in one run, by side and database.

use std::collections::BTreeMap;
use std::fmt;

use crate::facts::table::FactTable;

/// One of the two servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Where the data is.
    Source,
    /// Where it goes.
    Target,
}

impl Side {
    /// Both, source first.
    pub const BOTH: [Side; 2] = [Side::Source, Side::Target];

    /// `source` or `target`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Target => "target",
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why there are no facts where there cannot be any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// The run has no target server, only a profile of one.
    NoTarget,
    /// The database does not exist on the target.
    NoDatabase(String),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTarget => f.write_str("needs the target server, and this run has none"),
            Self::NoDatabase(name) => write!(f, "database {name} does not exist on the target"),
        }
    }
}

/// What a probe gave.
#[derive(Debug, Clone)]
pub enum ProbeFacts {
    /// Its rows.
    Table(FactTable),
    /// Why it has none: the server's reason.
    Failed(String),
    /// There is nothing to ask.
    Missing(Missing),
}

/// The facts of several probes, by the probe's name.
pub type Facts = BTreeMap<String, ProbeFacts>;

/// The facts of one server.
#[derive(Debug, Clone, Default)]
pub struct SideFacts {
    /// Once per server.
    pub instance: Facts,
    /// Once per database, by the database's name on this server.
    pub databases: BTreeMap<String, Facts>,
}

/// A database to migrate, with its name on both sides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DatabasePair {
    /// Its name on the source.
    pub source: String,
    /// The name it gets on the target.
    pub target: String,
}

/// Everything seen in one run.
#[derive(Debug, Clone, Default)]
pub struct FactSet {
    /// About this run and this machine: connections, options, client programs.
    pub run: Facts,
    /// About the kind of target.
    pub profile: Facts,
    /// About the source.
    pub source: SideFacts,
    /// About the target.
    pub target: SideFacts,
    /// The databases the run is about.
    pub databases: Vec<DatabasePair>,
}

impl FactSet {
    /// The facts of one side.
    pub fn side(&self, side: Side) -> &SideFacts {
        match side {
            Side::Source => &self.source,
            Side::Target => &self.target,
        }
    }

    /// The facts of one side, to add to.
    pub fn side_mut(&mut self, side: Side) -> &mut SideFacts {
        match side {
            Side::Source => &mut self.source,
            Side::Target => &mut self.target,
        }
    }
}

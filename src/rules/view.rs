//! What a rule can see when it is judged: one instance, or one database of it.

use std::collections::BTreeMap;
use std::fmt;

use crate::facts::{FactTable, Missing, Side};

/// The first word of a name in an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Root {
    /// `source.…`
    Source,
    /// `target.…`
    Target,
    /// `profile.…`
    Profile,
    /// `run.…`
    Run,
}

impl Root {
    /// All of them, as they are written.
    pub const ALL: [(&'static str, Root); 4] =
        [("source", Self::Source), ("target", Self::Target), ("profile", Self::Profile), ("run", Self::Run)];

    /// The root with this name.
    pub fn parse(name: &str) -> Option<Root> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, root)| *root)
    }

    /// The name of this root.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Target => "target",
            Self::Profile => "profile",
            Self::Run => "run",
        }
    }
}

impl From<Side> for Root {
    fn from(side: Side) -> Root {
        match side {
            Side::Source => Root::Source,
            Side::Target => Root::Target,
        }
    }
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What there is under one name.
#[derive(Debug, Clone)]
pub enum Lookup<'f> {
    /// A table.
    Table(&'f FactTable),
    /// The probe failed, with this reason.
    Failed(&'f str),
    /// There is nothing to look at.
    Missing(&'f Missing),
}

/// The facts a rule can see.
#[derive(Debug, Clone, Default)]
pub struct View<'f> {
    /// By root and probe.
    pub tables: BTreeMap<(Root, &'f str), Lookup<'f>>,
    /// The database it is about.
    pub database: Option<&'f str>,
}

//! One file per command: each turns its arguments into what is asked for, and prints what came of it.

pub(crate) mod collect;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod grants;
pub(crate) mod migrate;
pub(crate) mod migration;
pub(crate) mod plan;
pub(crate) mod rehearse;
pub(crate) mod report;
pub(crate) mod rules;
pub(crate) mod runs;
pub(crate) mod serve;
pub(crate) mod validate;
pub(crate) mod verify;

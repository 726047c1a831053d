//! What will be done, and in which order: archive entries and tables become a graph of steps. Pure.

mod copy;
mod entry;
mod graph;
mod role_map;
mod schedule;
mod selection;
mod stage;
mod table;

pub use copy::{CopyStatements, copy_statements};
pub use entry::{Entry, Section};
pub use graph::{Batch, Graph, Step, TablePart, Work, build_graph};
pub use role_map::{MappedRole, RoleMap};
pub use schedule::Schedule;
pub use selection::{Filters, Selected};
pub use stage::{Stage, Stages};
pub use table::{CopyFormat, CopyPart, SourceColumn, SourceTable, copy_format, parts};

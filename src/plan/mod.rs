//! What will be done, and in which order: archive entries and tables become a graph of steps. Pure.

mod entry;
mod graph;
mod role_map;
mod selection;
mod table;

pub use entry::{Entry, Section};
pub use graph::{Graph, Step, Work, build_graph};
pub use role_map::{MappedRole, RoleMap};
pub use selection::{Filters, Selected};
pub use table::{CopyFormat, CopyPart, SourceColumn, SourceTable, copy_format, parts};

//! What will be done, and in which order: archive entries and tables become a graph of steps. Pure.

mod copy;
mod entry;
mod graph;
mod locks;
mod options;
mod order;
mod pieces;
mod relations;
mod role_map;
mod schedule;
mod selection;
mod stage;
mod table;

pub use copy::{CopyStatements, copy_statements};
pub use entry::{Entry, Section};
pub use graph::{Graph, Need, Step, TablePart, Why, Work};
pub use locks::{Lock, Locked};
pub use options::{
    ExistingRoles, GrantsChoice, IfExists, MigrationOptions, OnRefused, OwnerChoice, RolesChoice, VerifyLevel,
};
pub use order::build_graph;
pub use pieces::{Piece, Pieces};
pub use relations::{Relations, load_through_roots};
pub use role_map::{MappedRole, RoleMap};
pub use schedule::Schedule;
pub use selection::{Filters, LeftOut, Selected};
pub use stage::{Stage, Stages};
pub use table::{CopyFormat, CopyPart, SourceColumn, SourceTable, copy_format, parts};

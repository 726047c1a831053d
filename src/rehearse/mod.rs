//! The rehearsal of a migration: the schema of each database, restored by the migrator's own code into a throw-away
//! database of the target, so that the target itself says what fails there.

mod database;
mod facts;
mod functions;
mod queries;
mod run;
mod sample;
mod statements;

pub use facts::add_facts;
pub use run::{RehearsePlan, Say, rehearse};
pub use statements::{AppStatement, Statements, read_statements};

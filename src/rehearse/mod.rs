//! The rehearsal of a migration: the schema of each database, restored by the migrator's own code into a throw-away
//! database of the target, so that the target itself says what fails there.

mod database;
mod facts;
mod run;

pub use facts::add_facts;
pub use run::{RehearsePlan, Say, rehearse};

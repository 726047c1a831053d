//! The offline migrator: one consistent snapshot, the schema from `pg_dump`'s archive, data by COPY, side by side.

mod acl;
pub(crate) mod context;
pub(crate) mod database;
mod describe;
mod error;
mod event;
mod grants;
mod identity;
mod large_objects;
mod lock;
pub(crate) mod memberships;
mod phases;
mod queue;
pub(crate) mod refusal;
pub(crate) mod restore;
mod resume;
pub(crate) mod roles;
pub(crate) mod run;
pub(crate) mod schema;
mod sequences;
mod settings;
pub(crate) mod source_schema;
mod worker;

pub use crate::plan::RolesChoice;
pub use describe::{DatabasePlan, DescribePlan, PlannedTable, describe};
pub use error::MigrateError;
pub use event::{Done, DoneDatabase, Event, SourceSeen};
pub use lock::application_name;
pub use refusal::RefusedPiece;
pub use run::{Events, MigratePlan, Resumed, migrate};
pub use settings::setting_statement;

//! The offline migrator: one consistent snapshot, the schema from `pg_dump`'s archive, data by COPY, side by side.

mod acl;
mod context;
mod database;
mod describe;
mod error;
mod event;
mod lock;
mod phases;
mod queue;
mod resume;
mod roles;
mod run;
mod schema;
mod settings;
mod worker;

pub use describe::{DatabasePlan, DescribePlan, PlannedTable, describe};
pub use error::MigrateError;
pub use event::{Done, DoneDatabase, Event, SourceSeen};
pub use lock::application_name;
pub use run::{Events, MigratePlan, Resumed, RolesChoice, migrate};
pub use settings::setting_statement;

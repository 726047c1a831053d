//! The offline migrator: one consistent snapshot, the schema from `pg_dump`'s archive, data by COPY, side by side.

mod acl;
mod data;
mod database;
mod describe;
mod error;
mod large_objects;
mod roles;
mod run;
mod schema;
mod settings;

pub use describe::{DatabasePlan, DescribePlan, PlannedTable, describe};
pub use error::MigrateError;
pub use run::{MigratePlan, RolesChoice, migrate};
pub use settings::setting_statement;

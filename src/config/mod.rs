//! What the user wants: arguments, environment and files become settings. Nothing is contacted here.

mod clients;
mod endpoint;
mod environment;
mod file;
mod properties;
mod roles;
mod settings;
mod text;

pub use clients::{cache_folders, find_pg_dump};
pub use endpoint::{EndpointError, resolve_endpoint};
pub use environment::Environment;
pub use file::{ConfigFile, read_config};
pub use properties::{Properties, PropertiesError, properties_schema, read_properties};
pub use roles::read_role_map;
pub use settings::{
    ReportFormat, ReportTarget, SettingsError, check_writable, load_profile, load_rules, open_reports,
    read_renames, state_folder,
};
pub use text::{RECORDED_BYTES_MAX, WRITTEN_BYTES_MAX, read_text};

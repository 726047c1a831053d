//! The only folder that talks to PostgreSQL: connections, TLS, read-only sessions, queries.

mod connect;
mod copy;
mod dump;
mod endpoint;
mod hop;
mod large_objects;
mod private_folder;
mod relations;
mod scan;
mod session;
mod settings;
mod snapshot;
mod tables;
mod tap;
pub mod throwaway;
mod tls;
mod watch;
mod watched;

pub use connect::{connect, connect_any};
pub use copy::{CopyEnd, copy_rows};
pub use dump::{Archive, DumpError, dump_archive, dump_schema};
pub use endpoint::{DEFAULT_PATIENCE, Endpoint, StartMemory};
pub use hop::{ConnectFailure, Hop};
pub use relations::read_relations;
pub use scan::Part;
pub(crate) use session::is_refusal;
pub use session::{ProbeError, Session, SessionLimits, cell_text, chain, describe};
pub use snapshot::{SnapshotHolder, WorkError, answered_number, connect_reading, doing};
pub use tables::{list_sequences, list_tables, search_path};

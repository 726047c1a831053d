//! The only folder that talks to PostgreSQL: connections, TLS, read-only sessions, queries.

mod connect;
mod copy;
mod dump;
mod endpoint;
mod large_objects;
mod relations;
mod scan;
mod session;
mod snapshot;
mod tables;
mod tap;
pub mod throwaway;
mod tls;

pub use connect::{ConnectFailure, Hop, connect, connect_any};
pub use copy::{CopyEnd, copy_rows};
pub use dump::{DumpError, dump_schema};
pub use endpoint::Endpoint;
pub use relations::read_relations;
pub use scan::Part;
pub use session::{ProbeError, Session, SessionLimits, cell_text, chain, describe};
pub use snapshot::{SnapshotHolder, WorkError, doing};
pub use tables::{list_sequences, list_tables, search_path};

//! The only folder that talks to PostgreSQL: connections, TLS, read-only sessions, queries.

mod connect;
mod endpoint;
mod session;
mod tls;

pub use connect::{ConnectFailure, Hop, connect};
pub use endpoint::Endpoint;
pub use session::{ProbeError, Session, SessionLimits, describe};

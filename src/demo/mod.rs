//! Throw-away PostgreSQL servers, for the demonstration and the tests.

mod cluster;
mod install;

pub use cluster::{Cluster, ClusterError, ClusterOptions};
pub use install::{Install, installs};

//! Premigration validation and migration of PostgreSQL databases.
//!
//! In reading order: words ([`pg`], [`facts`], [`findings`]), thought ([`rules`]), judgment ([`evaluate`]).
//! `docs/architecture.md` is the map.

pub mod evaluate;
pub mod facts;
pub mod findings;
pub mod pg;
pub mod rules;
pub mod server;
pub mod collect;
pub mod report;
pub mod config;
pub mod error;
pub mod cli;

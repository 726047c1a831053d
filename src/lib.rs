//! Premigration validation and migration of PostgreSQL databases.
//!
//! In reading order: words ([`pg`], [`facts`], [`findings`]), thought ([`rules`]), judgment ([`evaluate`],
//! [`report`]), world ([`config`], [`server`]), work ([`collect`]), face ([`cli`]). `docs/architecture.md` is the map.

pub mod app;
pub mod cli;
pub mod collect;
pub mod config;
pub mod decide;
pub mod demo;
pub mod error;
pub mod evaluate;
pub mod facts;
pub mod findings;
pub mod grants;
pub mod migrate;
pub mod outcome;
pub mod pg;
pub mod plan;
pub mod policy;
pub mod rehearse;
pub mod report;
pub mod rules;
pub mod server;
pub mod store;
pub mod verify;
pub mod web;

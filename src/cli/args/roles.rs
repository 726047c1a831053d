//! The arguments of `roles`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::args::ServerArgs;

#[derive(Debug, Args)]
pub(crate) struct RolesArgs {
    #[command(subcommand)]
    pub(crate) command: RolesCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RolesCommand {
    /// Write a file for --role-map to begin with: superusers and names that the target keeps for itself go to its
    /// administrator, all others are named
    Suggest(Box<SuggestArgs>),
}

#[derive(Debug, Args)]
pub(crate) struct SuggestArgs {
    #[command(flatten)]
    pub(crate) servers: ServerArgs,
    /// Where to write it. Default: standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

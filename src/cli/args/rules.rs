//! The arguments of `rules`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::args::FormatArgs;
use crate::findings::Severity;

#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    #[command(subcommand)]
    pub(crate) command: RulesCommand,
}

/// Folders with rules of the user.
#[derive(Debug, Args)]
pub(crate) struct RuleFolderArgs {
    /// Add the rules of a folder; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// List the rules in use
    List {
        /// Only rules of this area
        #[arg(long)]
        area: Option<String>,
        /// Only rules that can apply to this kind of target: a built-in profile, or a file of yours
        #[arg(long, value_name = "NAME|FILE")]
        profile: Option<String>,
        /// Only rules of this severity
        #[arg(long, value_enum)]
        severity: Option<Severity>,
        #[command(flatten)]
        folders: RuleFolderArgs,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// Print the page of a rule
    Explain {
        /// The rule, such as extensions/missing-on-target
        id: String,
        #[command(flatten)]
        folders: RuleFolderArgs,
    },
    /// Check the rules of a folder and run their cases; without a folder, those of the program
    Test {
        /// The folder
        folder: Option<PathBuf>,
    },
    /// Begin a rule: write its file with every key explained, to be filled in
    New {
        /// Its id: AREA/NAME, such as schema/table-too-wide
        id: String,
        /// The folder of rules to write it into
        #[arg(long, value_name = "DIR", default_value = "rules")]
        folder: PathBuf,
    },
    /// Print the JSON Schema of the report, or of the properties file of a migration
    Schema {
        /// Of what
        #[arg(value_enum, default_value_t = SchemaKind::Report)]
        of: SchemaKind,
    },
    /// Write the page of every rule, and their index, into a folder
    Pages {
        /// The folder
        folder: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaKind {
    Report,
    Properties,
}

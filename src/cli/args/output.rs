//! Options that say how a result is shown and where it is written, and where runs are remembered.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::app::Remember;

/// How a run is named, remembered and reported.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) shown: ReportOutputArgs,
    /// A name for this run. Default: made from the time
    #[arg(long, value_name = "NAME")]
    pub(crate) migration_name: Option<String>,
    #[command(flatten)]
    pub(crate) store: StateDirArgs,
    /// Remember nothing of this run
    #[arg(long, conflicts_with = "state_dir")]
    pub(crate) no_store: bool,
    #[command(flatten)]
    pub(crate) progress: ProgressArgs,
}

impl RunArgs {
    /// Where the run is remembered.
    pub(crate) fn remember(&self) -> Remember {
        match &self.store.state_dir {
            _ if self.no_store => Remember::No,
            Some(folder) => Remember::In(folder.clone()),
            None => Remember::IfPossible,
        }
    }
}

/// The folder of the store.
#[derive(Debug, Clone, Args)]
pub(crate) struct StateDirArgs {
    /// The folder in which runs are remembered [env: PGPASSAGE_STATE_DIR]. Default: $XDG_STATE_HOME/pgpassage
    #[arg(long, value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
}

/// How progress is told.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ProgressArgs {
    /// How progress is told on standard error
    #[arg(long, value_enum, default_value_t = ProgressKind::Auto)]
    pub(crate) progress: ProgressKind,
    /// Print no progress
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// How a report is shown and written.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReportOutputArgs {
    /// Write a report in the format of its ending (.html, .json, .md, .csv, .sarif, .junit.xml); may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Vec<PathBuf>,
    /// Write all ready SQL for one side, which the name of the file says: source.sql, target.sql, or after.sql for what a migration left out; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) fix_script: Vec<PathBuf>,
    /// What goes to standard output
    #[arg(short = 'o', long, visible_alias = "output", value_enum, default_value_t = ReportShown::Table)]
    pub(crate) format: ReportShown,
}

/// How a list or a page is shown.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct FormatArgs {
    /// What goes to standard output
    #[arg(short = 'o', long, visible_alias = "output", value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportShown {
    Table,
    Json,
    /// Annotations of GitHub Actions
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressKind {
    /// Bars on a terminal, lines elsewhere
    Auto,
    /// Lines
    Plain,
    /// One JSON event a line
    Json,
}

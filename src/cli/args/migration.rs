//! The arguments of `migration`: named, tracked migrations. Flags of the service that users come from keep their names.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::app::RunOption;
use crate::cli::args::{FormatArgs, ReportOutputArgs, SpecArgs, StateDirArgs};

#[derive(Debug, Args)]
pub(crate) struct MigrationArgs {
    #[command(subcommand)]
    pub(crate) command: MigrationCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MigrationCommand {
    /// Start a migration, from a properties file or from flags
    Create(Box<CreateArgs>),
    /// List migrations, the newest first
    List(ListArgs),
    /// Show how far a migration is
    Show(ShowArgs),
    /// Change a migration that is in progress
    Update(UpdateArgs),
    /// Resume a migration that was interrupted, failed or was canceled
    Resume(ResumeArgs),
    /// Forget a migration; nothing on a server is touched
    Delete(NamedArgs),
    /// Show the report of a migration again, or write it to files
    Report(ReportArgs),
    /// Tell whether a name is free
    CheckNameAvailability(NamedArgs),
    /// Work on a migration that `create` or `resume` has prepared
    #[command(hide = true)]
    Work {
        /// Its folder
        folder: PathBuf,
    },
}

/// Flags that scripts written for the service have, and that mean nothing here.
#[derive(Debug, Args)]
pub(crate) struct ServiceArgs {
    #[arg(long, short = 'g', hide = true)]
    pub(crate) resource_group: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) subscription: Option<String>,
    #[arg(long, short = 'l', hide = true)]
    pub(crate) location: Option<String>,
    #[arg(long, hide = true, num_args = 0..)]
    pub(crate) tags: Vec<String>,
}

/// Where runs are remembered.
#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    #[command(flatten)]
    pub(crate) folder: StateDirArgs,
    /// The target server: its host, the first label of it, or host:port
    #[arg(short, long, value_name = "SERVER")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) service: ServiceArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// The name of the migration. Default: made from the time
    #[arg(long, value_name = "NAME")]
    pub(crate) migration_name: Option<String>,
    /// A JSON file with the properties of the migration
    #[arg(short = 'b', long, value_name = "FILE")]
    pub(crate) properties: Option<PathBuf>,
    /// Offline is the only mode
    #[arg(long, value_enum, ignore_case = true, default_value_t = Mode::Offline)]
    pub(crate) migration_mode: Mode,
    /// What is done. Default: ValidateAndMigrate
    #[arg(long, value_enum, ignore_case = true)]
    pub(crate) migration_option: Option<RunOption>,
    /// Return at once; the migration goes on in a process of its own
    #[arg(long)]
    pub(crate) no_wait: bool,
    #[command(flatten)]
    pub(crate) spec: SpecArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Which migrations
    #[arg(long, value_enum, ignore_case = true, default_value_t = ListFilter::All)]
    pub(crate) filter: ListFilter,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

#[derive(Debug, Args)]
pub(crate) struct NamedArgs {
    /// The name of the migration
    #[arg(long, value_name = "NAME")]
    pub(crate) migration_name: String,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
    /// Do not ask
    #[arg(short, long, hide = true)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub(crate) named: NamedArgs,
    /// Show it again and again until it ends
    #[arg(long)]
    pub(crate) watch: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    pub(crate) named: NamedArgs,
    /// Stop the migration
    #[arg(long)]
    pub(crate) cancel: bool,
    /// Belongs to online migrations
    #[arg(long, hide = true)]
    pub(crate) cutover: bool,
    /// Belongs to online migrations
    #[arg(long, hide = true)]
    pub(crate) setup_replication: bool,
    /// Return at once, before the migration has stopped
    #[arg(long)]
    pub(crate) no_wait: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    #[command(flatten)]
    pub(crate) named: NamedArgs,
    /// Copy every table again, whatever is known of the source
    #[arg(long)]
    pub(crate) restart_tables: bool,
    /// Return at once; the migration goes on in a process of its own
    #[arg(long)]
    pub(crate) no_wait: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// The name of the migration
    #[arg(value_name = "NAME")]
    pub(crate) migration: Option<String>,
    /// The name of the migration
    #[arg(long, value_name = "NAME", conflicts_with = "migration")]
    pub(crate) migration_name: Option<String>,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) shown: ReportOutputArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    Offline,
    Online,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(crate) enum ListFilter {
    /// Those in progress
    Active,
    /// All
    All,
}

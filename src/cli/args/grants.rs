//! The arguments of `grants`.

use clap::Args;

use crate::app::RunOption;

#[derive(Debug, Args)]
pub(crate) struct GrantsArgs {
    #[command(flatten)]
    pub(crate) side: GrantsSide,
    /// The user of the connection, who exists already
    #[arg(long, value_name = "NAME", default_value = "pgpassage")]
    pub(crate) user: String,
    /// The major version of the server
    #[arg(long, value_name = "MAJOR", default_value = "18")]
    pub(crate) server_version: String,
    /// A database of the source that is migrated; may be repeated. Default: the script is for one database after the other
    #[arg(short, long, value_name = "NAME")]
    pub(crate) database: Vec<String>,
    /// What is done with these rights
    #[arg(long, value_enum, default_value_t = RunOption::ValidateAndMigrate, ignore_case = true)]
    pub(crate) migration_option: RunOption,
    /// The kind of server: a built-in profile, or a file of yours
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) profile: Option<String>,
}

/// On which server.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct GrantsSide {
    /// The rights on the source
    #[arg(long)]
    pub(crate) source: bool,
    /// The rights on the target
    #[arg(long)]
    pub(crate) target: bool,
}

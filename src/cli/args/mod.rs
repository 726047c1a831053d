//! The arguments as they are written. Groups of options that several commands share stand in the files beside; a group
//! turns itself into the part of the spec that it is about.

mod grants;
mod judging;
pub(crate) mod migration;
mod output;
pub(crate) mod rules;
mod servers;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use grants::GrantsArgs;
pub(crate) use judging::{DeepArgs, JudgingArgs, RehearsalArgs};
pub(crate) use output::{
    Format, FormatArgs, ProgressArgs, ProgressKind, ReportOutputArgs, ReportShown, RunArgs, StateDirArgs,
};
pub(crate) use servers::{MigrationOptionArgs, ServerArgs};

use crate::app::{RunOption, RunSpec};
use crate::cli::args::migration::MigrationArgs;
use crate::cli::args::rules::RulesArgs;

/// Finds what would make a PostgreSQL migration fail, before it does.
#[derive(Debug, Parser)]
#[command(name = "pgpassage", version, about, max_term_width = 100)]
pub struct Arguments {
    /// The command.
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

/// What is told besides the result, for every command.
#[derive(Debug, Clone, Args)]
pub(crate) struct LogArgs {
    /// List also what passed and what does not apply, and log connections and stages; -vv logs statements too
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Write a log of connections, stages and statements to the end of a file, in place of standard error. `RUST_LOG`
    /// says what is logged, where it is set
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) log_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge whether the source can be migrated to the target; writes nothing on either server
    Validate(Box<ValidateArgs>),
    /// Migrate without judging first: roles, schema, data, and verify what arrived
    Migrate(Box<MigrateArgs>),
    /// Migrate only if the validation finds nothing that fails, and verify what arrived
    ValidateAndMigrate(Box<MigrateArgs>),
    /// Restore the schema into a throw-away database on the target, tell what fails there, and drop it
    Rehearse(Box<RehearseArgs>),
    /// Compare source and target: objects, rows, contents, sequences
    Verify(Box<VerifyArgs>),
    /// Show what a migration would do, with sizes; does nothing
    Plan(Box<PlanArgs>),
    /// Named migrations: create, list, show, cancel, resume, delete, report
    Migration(MigrationArgs),
    /// Every run that is remembered, named or not: list, show, prune
    Runs(RunsArgs),
    /// Compare reports
    Report(ReportArgs),
    /// Record the facts of a source, a target or both, to judge later without servers
    Collect(Box<CollectArgs>),
    /// Show, explain, test or begin rules
    Rules(RulesArgs),
    /// Serve the local page: grid, wizard, details of runs
    Serve(ServeArgs),
    /// Start two throw-away servers with deliberate faults, and validate them
    Demo(DemoArgs),
    /// Print the least rights that an outcome needs on a server, as SQL
    Grants(GrantsArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// What describes a run: where, what it does, and what is judged. One group, so that every command that plans, judges or
/// migrates knows the same options.
#[derive(Debug, Clone, Args)]
pub(crate) struct SpecArgs {
    #[command(flatten)]
    pub(crate) servers: ServerArgs,
    #[command(flatten)]
    pub(crate) options: MigrationOptionArgs,
    #[command(flatten)]
    pub(crate) judging: JudgingArgs,
    #[command(flatten)]
    pub(crate) rehearsal: RehearsalArgs,
}

impl SpecArgs {
    /// What is asked for.
    pub(crate) fn spec(&self, option: RunOption) -> RunSpec {
        RunSpec {
            option,
            servers: (&self.servers).into(),
            options: (&self.options).into(),
            judging: (&self.judging).into(),
            rehearsal: (&self.rehearsal).into(),
            source_type: None,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    pub(crate) spec: SpecArgs,
    /// Judge recorded facts instead of servers
    #[arg(long, value_name = "FILE", conflicts_with_all = ["source", "target", "database", "all_databases", "map_database", "role_map", "deep"])]
    pub(crate) facts: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    #[command(flatten)]
    pub(crate) spec: SpecArgs,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Resume the migration of this name, which was interrupted, failed or was canceled
    #[arg(long, value_name = "NAME", conflicts_with_all = ["migration_name", "database", "all_databases", "map_database"])]
    pub(crate) resume: Option<String>,
    /// With --resume: copy every table again, whatever is known of the source
    #[arg(long, requires = "resume")]
    pub(crate) restart_tables: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RehearseArgs {
    #[command(flatten)]
    pub(crate) spec: SpecArgs,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) spec: SpecArgs,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// The address to listen on; port 0 takes a free one. Another address than that of this machine alone demands TLS
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    pub(crate) listen: std::net::SocketAddr,
    /// The certificate chain of the page, a PEM file
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The key of the certificate, a PEM file
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Serve in clear on an address that others reach: whoever reads the network can then do what you can
    #[arg(long)]
    pub(crate) allow_clear_text: bool,
    #[command(flatten)]
    pub(crate) store: StateDirArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) spec: SpecArgs,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
    #[command(flatten)]
    pub(crate) store: StateDirArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CollectArgs {
    #[command(flatten)]
    pub(crate) servers: ServerArgs,
    #[command(flatten)]
    pub(crate) options: MigrationOptionArgs,
    #[command(flatten)]
    pub(crate) deep: DeepArgs,
    /// Where to write the facts
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    #[command(subcommand)]
    pub(crate) command: ReportCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// Compare two JSON reports: what is new, what is fixed, what remains
    Diff {
        /// The older one
        old: PathBuf,
        /// The newer one
        new: PathBuf,
        #[command(flatten)]
        format: FormatArgs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// The folder for the servers and the report. Default: a new temporary folder
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// Leave the servers running until Ctrl-C, to try commands on them
    #[arg(long)]
    pub(crate) keep: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RunsArgs {
    #[command(subcommand)]
    pub(crate) command: RunsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// List every run that is remembered, the newest first
    List {
        #[command(flatten)]
        store: StateDirArgs,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// Show one run
    Show {
        /// Its name
        name: String,
        #[command(flatten)]
        store: StateDirArgs,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// Forget runs that ended long ago; nothing on a server is touched
    Prune {
        /// How long ago they ended at least, such as 30d, 12h or 2w
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        older_than: std::time::Duration,
        #[command(flatten)]
        store: StateDirArgs,
        #[command(flatten)]
        format: FormatArgs,
    },
}

/// `30d`, `12h`, `45m`, `2w`.
fn duration(text: &str) -> Result<std::time::Duration, String> {
    let wrong = || format!("`{text}` is no length of time: for example 30d, 12h or 2w");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number: u64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
    let seconds = match unit {
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return Err(wrong()),
    };
    number.checked_mul(seconds).map(std::time::Duration::from_secs).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{Arguments, duration};

    #[test]
    fn the_arguments_fit_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn lengths_of_time_have_a_unit() {
        assert_eq!(duration("2d").unwrap().as_secs(), 172_800);
        for bad in ["", "30", "d", "-1d", "1y", "99999999999999999999w", "3ü"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}

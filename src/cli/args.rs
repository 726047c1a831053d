//! The arguments as they are written.

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::migration_args::MigrationArgs;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};

/// Finds what would make a PostgreSQL migration fail, before it does.
#[derive(Debug, Parser)]
#[command(name = "pgpassage", version, about, max_term_width = 100)]
pub struct Arguments {
    /// The command.
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge whether the source can be migrated to the target; writes nothing on either server
    Validate(ValidateArgs),
    /// Migrate without judging first: roles, schema, data, and verify what arrived
    Migrate(MigrateArgs),
    /// Migrate only if the validation finds nothing that fails, and verify what arrived
    ValidateAndMigrate(MigrateArgs),
    /// Compare source and target: objects, rows, contents, sequences
    Verify(VerifyArgs),
    /// Show what a migration would do, with sizes; does nothing
    Plan(PlanArgs),
    /// Named migrations: create, list, show, cancel, resume, delete, report
    Migration(MigrationArgs),
    /// Compare reports
    Report(ReportArgs),
    /// Record the facts of a source, a target or both, to judge later without servers
    Collect(CollectArgs),
    /// Show, explain or test the rules
    Rules(RulesArgs),
    /// Start two throw-away servers with deliberate faults, and validate them
    Demo(DemoArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Where the servers are, and which databases are meant.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub(crate) struct ServerArgs {
    /// The source: a libpq URI or key=value string [env: PGPASSAGE_SOURCE]
    #[arg(long, value_name = "CONNINFO", env = "PGPASSAGE_SOURCE", hide_env = true, hide_env_values = true)]
    pub(crate) source: Option<String>,
    /// The target: a libpq URI or key=value string [env: PGPASSAGE_TARGET]
    #[arg(long, value_name = "CONNINFO", env = "PGPASSAGE_TARGET", hide_env = true, hide_env_values = true)]
    pub(crate) target: Option<String>,
    /// A database to look at; may be repeated. Default: the database of the source's connection string
    #[arg(short, long, value_name = "NAME")]
    pub(crate) database: Vec<String>,
    /// Look at every database of the source that accepts connections and is no template
    #[arg(long, conflicts_with = "database")]
    pub(crate) all_databases: bool,
    /// The name a database gets on the target; may be repeated
    #[arg(long, value_name = "OLD=NEW")]
    pub(crate) map_database: Vec<String>,
    /// Roles that get another name on the target: a TOML file with a line old = "new" for each
    #[arg(long, value_name = "FILE")]
    #[serde(default)]
    pub(crate) role_map: Option<PathBuf>,
    /// The kind of target: a built-in profile, or a file of yours. Default: detected from the target
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) profile: Option<String>,
    /// The major version of a target that does not exist yet. Default: the profile's newest
    #[arg(long, value_name = "MAJOR")]
    pub(crate) target_version: Option<String>,
    /// Connections per side. Default: chosen from both servers' limits and this machine's cores
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) jobs: Option<u16>,
    /// The longest a single query may run, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(crate) timeout: u32,
    /// What becomes of a database that already exists on the target
    #[arg(long, value_enum, default_value_t = IfExists::Fail)]
    pub(crate) if_exists: IfExists,
    /// Add the rules of a folder; one with the id of a built-in rule replaces it. May be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    pub(crate) servers: ServerArgs,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    /// Judge recorded facts instead of servers
    #[arg(long, value_name = "FILE", conflicts_with_all = ["source", "target", "database", "all_databases", "map_database", "role_map", "deep"])]
    pub(crate) facts: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// How a run is reported.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    #[command(flatten)]
    pub(crate) shown: ReportOutputArgs,
    /// The severity from which a finding makes the exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::Error)]
    pub(crate) fail_on: FailOn,
    /// A name for this run. Default: made from the time
    #[arg(long, value_name = "NAME")]
    pub(crate) migration_name: Option<String>,
    /// The folder in which runs are remembered [env: PGPASSAGE_STATE_DIR]. Default: $XDG_STATE_HOME/pgpassage
    #[arg(long, value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
    /// How progress is told on standard error
    #[arg(long, value_enum, default_value_t = ProgressArg::Auto)]
    pub(crate) progress: ProgressArg,
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
    /// Write all ready SQL for one side, which the name of the file says: source.sql or target.sql; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) fix_script: Vec<PathBuf>,
    /// What goes to standard output
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub(crate) format: OutputFormat,
    /// List also what passed and what does not apply
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

/// Whether the rows of tables are read too.
#[derive(Debug, Clone, Copy, Default, Args, Serialize, Deserialize)]
pub(crate) struct DeepArgs {
    /// Read the rows of the source's tables too, for what only they tell: rows that break keys or checks, damaged pages
    #[arg(long)]
    pub(crate) deep: bool,
    /// The longest that --deep may read rows, in seconds; what was not reached by then is reported. Default: 600
    #[arg(long, value_name = "SECONDS", requires = "deep", value_parser = clap::value_parser!(u32).range(1..=604_800))]
    pub(crate) deep_timeout: Option<u32>,
}

impl DeepArgs {
    /// How long rows may be read; not at all unless it was asked for.
    pub(crate) fn time(self) -> Option<Duration> {
        const DEFAULT_SECONDS: u32 = 600;
        self.deep.then(|| Duration::from_secs(self.deep_timeout.unwrap_or(DEFAULT_SECONDS).into()))
    }
}

/// Which rules are judged, how, and what of their findings counts.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
pub(crate) struct PolicyArgs {
    /// A file with options, severities, parameters and accepted findings. Default: pgpassage.toml, where there is one
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Judge only rules that match, such as schema/*; may be repeated
    #[arg(long, value_name = "RULE")]
    pub(crate) only: Vec<String>,
    /// Do not judge rules that match; may be repeated
    #[arg(long, value_name = "RULE")]
    pub(crate) skip: Vec<String>,
    /// A JSON report of an earlier run: only findings that it does not have count for the exit code
    #[arg(long, value_name = "REPORT")]
    pub(crate) baseline: Option<PathBuf>,
    #[command(flatten)]
    #[serde(default)]
    pub(crate) deep: DeepArgs,
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
        /// How to print the comparison
        #[arg(short, long, value_enum, default_value_t = ListFormat::Table)]
        output: ListFormat,
    },
}

#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    #[command(flatten)]
    pub(crate) servers: ServerArgs,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) choices: MigrateChoices,
    /// Go on with the migration of this name, which was interrupted, failed or was canceled
    #[arg(long, value_name = "NAME", conflicts_with_all = ["migration_name", "database", "all_databases", "map_database"])]
    pub(crate) resume: Option<String>,
    /// With --resume: copy every table again, whatever is known of the source
    #[arg(long, requires = "resume")]
    pub(crate) restart_tables: bool,
}

/// What is carried, and how it is checked.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub(crate) struct MigrateChoices {
    /// Which roles are created on the target where they are missing
    #[arg(long, value_enum, default_value_t = RolesArg::All)]
    pub(crate) roles: RolesArg,
    /// Whose the objects are on the target
    #[arg(long, value_enum, default_value_t = OwnerArg::Keep)]
    #[serde(default)]
    pub(crate) owner: OwnerArg,
    /// How much of the copy is compared with the source afterwards
    #[arg(long, value_enum, default_value_t = VerifyArg::Full)]
    pub(crate) verify: VerifyArg,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub(crate) enum OwnerArg {
    /// Those of the source
    #[default]
    Keep,
    /// The user of the target connection's, all of them
    TargetUser,
}

/// What is left out. Patterns are those of pg_dump; a name without a schema is looked up in the search path.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
pub(crate) struct FilterArgs {
    /// Carry only schemas that match; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) include_schema: Vec<String>,
    /// Leave out schemas that match, and what needs them; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) exclude_schema: Vec<String>,
    /// Leave out tables, views and sequences that match, and what needs them; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) exclude_table: Vec<String>,
    /// Carry tables that match without their rows; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) exclude_table_data: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) servers: ServerArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Whose the objects should be on the target; with target-user neither owners nor their grants are compared
    #[arg(long, value_enum, default_value_t = OwnerArg::Keep)]
    pub(crate) owner: OwnerArg,
    /// How much is compared
    #[arg(long, value_enum, default_value_t = VerifyArg::Full)]
    pub(crate) verify: VerifyArg,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) servers: ServerArgs,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    /// How to print the plan
    #[arg(short, long, value_enum, default_value_t = ListFormat::Table)]
    pub(crate) output: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct CollectArgs {
    #[command(flatten)]
    pub(crate) servers: ServerArgs,
    #[command(flatten)]
    pub(crate) deep: DeepArgs,
    /// Where to write the facts
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    #[command(subcommand)]
    pub(crate) command: RulesCommand,
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
        severity: Option<SeverityArg>,
        /// Add the rules of a folder
        #[arg(long, value_name = "DIR")]
        rules: Vec<PathBuf>,
        /// How to print the list
        #[arg(short, long, value_enum, default_value_t = ListFormat::Table)]
        output: ListFormat,
    },
    /// Print the page of a rule
    Explain {
        /// The rule, such as extensions/missing-on-target
        id: String,
        /// Add the rules of a folder
        #[arg(long, value_name = "DIR")]
        rules: Vec<PathBuf>,
    },
    /// Check the rules of a folder and run their cases; without a folder, those of the program
    Test {
        /// The folder
        folder: Option<PathBuf>,
    },
    /// Print the JSON Schema of the report, or of the properties file of a migration
    Schema {
        /// Of what
        #[arg(value_enum, default_value_t = SchemaArg::Report)]
        of: SchemaArg,
    },
    /// Write the page of every rule, and their index, into a folder
    Pages {
        /// The folder
        folder: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaArg {
    Report,
    Properties,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub(crate) enum RolesArg {
    /// All roles of the source
    All,
    /// Those that own something or are named in grants, with what they are members of
    Needed,
    /// None
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub(crate) enum VerifyArg {
    /// Nothing
    None,
    /// Objects, numbers of rows, sequences
    Counts,
    /// Contents too
    Full,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    Table,
    Json,
    /// Annotations of GitHub Actions
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    Table,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub(crate) enum FailOn {
    Error,
    Warning,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SeverityArg {
    Error,
    Warning,
    Info,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub(crate) enum IfExists {
    /// The migration refuses to touch it
    Fail,
    /// The migration drops it and makes it anew
    Overwrite,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressArg {
    /// Bars on a terminal, lines elsewhere
    Auto,
    /// Lines
    Plain,
    /// One JSON event a line
    Json,
}

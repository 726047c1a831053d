//! Options that say where the servers are, which databases are meant, and what a migration does with them. A new option
//! of a migration is a field here and one in `plan::MigrationOptions`; every command that takes these options has it.

use std::path::PathBuf;

use clap::Args;

use crate::app::ServerSpec;
use crate::plan::{
    ExistingRoles, Filters, GrantsChoice, IfExists, MigrationOptions, OnRefused, OwnerChoice, RolesChoice,
    VerifyLevel,
};

/// Where the servers are, and which databases are meant.
#[derive(Debug, Clone, Args)]
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
    /// Add the rules of a folder; one with the id of a built-in rule replaces it. May be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: Vec<PathBuf>,
}

impl From<&ServerArgs> for ServerSpec {
    fn from(args: &ServerArgs) -> ServerSpec {
        ServerSpec {
            source: args.source.clone(),
            target: args.target.clone(),
            sslmode: None,
            databases: args.database.clone(),
            all_databases: args.all_databases,
            map_database: args.map_database.clone(),
            role_map: args.role_map.clone(),
            profile: args.profile.clone(),
            target_version: args.target_version.clone(),
            jobs: args.jobs,
            timeout_s: Some(args.timeout),
            rules: args.rules.clone(),
        }
    }
}

/// What a migration does. `validate`, `collect` and `plan` take them too: a verdict is about the very migration that
/// these options describe.
#[derive(Debug, Clone, Args)]
pub(crate) struct MigrationOptionArgs {
    /// What becomes of a database that already exists on the target
    #[arg(long, value_enum, default_value_t = IfExists::Fail)]
    pub(crate) if_exists: IfExists,
    /// Which roles are created on the target where they are missing
    #[arg(long, value_enum, default_value_t = RolesChoice::All)]
    pub(crate) roles: RolesChoice,
    /// Who owns the objects on the target; with target-user neither owners nor their grants are compared
    #[arg(long, value_enum, default_value_t = OwnerChoice::Keep)]
    pub(crate) owner: OwnerChoice,
    /// Which grants are restored
    #[arg(long, value_enum, default_value_t = GrantsChoice::All)]
    pub(crate) grants: GrantsChoice,
    /// What becomes of roles that the target already has
    #[arg(long, value_enum, default_value_t = ExistingRoles::Keep)]
    pub(crate) existing_roles: ExistingRoles,
    /// What becomes of what the target refuses, where it carries no rows: grants, owners, comments, settings …
    #[arg(long, value_enum, default_value_t = OnRefused::List)]
    pub(crate) on_refused: OnRefused,
    /// How much of the copy is compared with the source
    #[arg(long, value_enum, default_value_t = VerifyLevel::Full)]
    pub(crate) verify: VerifyLevel,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
}

/// What is left out. Patterns are those of `pg_dump`; a name without a schema is looked up in the search path.
#[derive(Debug, Clone, Args)]
pub(crate) struct FilterArgs {
    /// Migrate only schemas that match; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) include_schema: Vec<String>,
    /// Leave out schemas that match, and what needs them; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) exclude_schema: Vec<String>,
    /// Leave out tables, views and sequences that match, and what needs them; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) exclude_table: Vec<String>,
    /// Migrate tables that match without their rows; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) exclude_table_data: Vec<String>,
}

impl From<&MigrationOptionArgs> for MigrationOptions {
    fn from(args: &MigrationOptionArgs) -> MigrationOptions {
        let filters = args.filters.clone();
        MigrationOptions {
            if_exists: args.if_exists,
            roles: args.roles,
            owner: args.owner,
            grants: args.grants,
            existing_roles: args.existing_roles,
            on_refused: args.on_refused,
            verify: args.verify,
            filters: Filters {
                include_schema: filters.include_schema,
                exclude_schema: filters.exclude_schema,
                exclude_table: filters.exclude_table,
                exclude_table_data: filters.exclude_table_data,
            },
        }
    }
}

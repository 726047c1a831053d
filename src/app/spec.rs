//! What is asked for, in the form in which it is remembered. Never holds a password.
//!
//! Every field has a default when read, so that runs of older programs can be resumed.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::findings::Severity;
use crate::pg::SslMode;
use crate::plan::MigrationOptions;

/// A run, as it is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSpec {
    /// What is done.
    pub option: RunOption,
    /// Where, and with which databases.
    pub servers: ServerSpec,
    /// What the migration does, or would do.
    #[serde(default)]
    pub options: MigrationOptions,
    /// Which rules are judged, and how.
    #[serde(default)]
    pub judging: JudgingSpec,
    /// What is tried on the target first.
    #[serde(default)]
    pub rehearsal: RehearsalSpec,
    /// What kind of server the source is, as the service that users come from calls it.
    #[serde(default)]
    pub source_type: Option<String>,
}

impl RunSpec {
    /// Whether the migration is rehearsed.
    pub fn rehearses(&self) -> bool {
        let asked = self.rehearsal.rehearse;
        match self.option {
            RunOption::Rehearse => true,
            RunOption::ValidateAndMigrate => asked.unwrap_or(true),
            RunOption::Validate => asked.unwrap_or(self.rehearsal.needs_rehearsal()),
            RunOption::Migrate | RunOption::Verify => false,
        }
    }
}

/// What is tried on the target, in a throw-away database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RehearsalSpec {
    /// Whether the migration is rehearsed; none leaves it to what is done.
    pub rehearse: Option<bool>,
    /// How many rows of each table are tried too.
    pub sample_rows: Option<u32>,
    /// The statements of applications that are prepared: `pg_stat_statements`, or a file.
    pub queries: Option<String>,
}

impl RehearsalSpec {
    /// Whether something is asked for that only a rehearsal can do.
    pub fn needs_rehearsal(&self) -> bool {
        self.sample_rows.is_some() || self.queries.is_some()
    }
}

/// The outcomes, in the words of the service that users come from, and the comparison alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunOption {
    /// Judge.
    Validate,
    /// Migrate and verify.
    Migrate,
    /// Judge, and migrate and verify if nothing fails.
    ValidateAndMigrate,
    /// Try the schema on the target, and tell what fails there.
    Rehearse,
    /// Compare.
    Verify,
}

impl RunOption {
    /// The word in reports and in the store.
    pub fn name(self) -> &'static str {
        match self {
            // Rehearsal and comparison are kinds of validation; the service has no words of its own for them.
            Self::Validate | Self::Rehearse | Self::Verify => "Validate",
            Self::Migrate => "Migrate",
            Self::ValidateAndMigrate => "ValidateAndMigrate",
        }
    }

    /// Whether rules are judged.
    pub fn validates(self) -> bool {
        matches!(self, Self::Validate | Self::Rehearse | Self::ValidateAndMigrate)
    }

    /// Whether databases are migrated.
    pub fn migrates(self) -> bool {
        matches!(self, Self::Migrate | Self::ValidateAndMigrate)
    }
}

/// Where the servers are, and which databases are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerSpec {
    /// The source, as a connection string.
    pub source: Option<String>,
    /// The target, as a connection string.
    pub target: Option<String>,
    /// The least that TLS has to be on both connections, whatever their connection strings say.
    pub sslmode: Option<SslMode>,
    /// Databases of the source; none for that of its connection string.
    pub databases: Vec<String>,
    /// Every database of the source that accepts connections and is no template.
    pub all_databases: bool,
    /// New names of databases, `OLD=NEW`.
    pub map_database: Vec<String>,
    /// A file with roles that get another name on the target.
    pub role_map: Option<PathBuf>,
    /// The kind of target: a built-in profile, or a file of the user.
    pub profile: Option<String>,
    /// The major version of a target that does not exist yet.
    pub target_version: Option<String>,
    /// Connections per side; none chooses from both servers' limits and this machine's cores.
    pub jobs: Option<u16>,
    /// The longest a single query of the validation may run, in seconds; none for a minute.
    pub timeout_s: Option<u32>,
    /// Folders with rules of the user.
    pub rules: Vec<PathBuf>,
}

/// Which rules are judged, how, and what of their findings counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JudgingSpec {
    /// A file with severities, parameters and accepted findings.
    pub config: Option<PathBuf>,
    /// Judge only rules that match.
    pub only: Vec<String>,
    /// Do not judge rules that match.
    pub skip: Vec<String>,
    /// A JSON report of an earlier run: only findings that it does not have count.
    pub baseline: Option<PathBuf>,
    /// How long the rows of the source may be read, in seconds; they are not read at all without it.
    pub deep_s: Option<u32>,
    /// The severity from which a finding counts.
    pub fail_on: Severity,
}

impl Default for JudgingSpec {
    fn default() -> JudgingSpec {
        JudgingSpec {
            config: None,
            only: Vec::new(),
            skip: Vec::new(),
            baseline: None,
            deep_s: None,
            fail_on: Severity::Error,
        }
    }
}

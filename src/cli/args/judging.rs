//! Options that say which rules are judged, how, and what of their findings counts.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::app::{JudgingSpec, RehearsalSpec};
use crate::findings::Severity;

/// How long `--deep` may read rows, unless the user says otherwise, in seconds.
const DEEP_TIMEOUT_S: u32 = 600;

/// Which rules are judged, how, and what of their findings counts.
#[derive(Debug, Clone, Args)]
pub(crate) struct JudgingArgs {
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
    /// The severity from which a finding makes the exit code 1
    #[arg(long, value_name = "SEVERITY", default_value = "error", value_parser = fail_on())]
    pub(crate) fail_on: Severity,
    #[command(flatten)]
    pub(crate) deep: DeepArgs,
}

/// Severities that can make a command fail; a note never does.
fn fail_on() -> impl TypedValueParser<Value = Severity> {
    PossibleValuesParser::new(["error", "warning"])
        .map(|word| if word == "warning" { Severity::Warning } else { Severity::Error })
}

impl From<&JudgingArgs> for JudgingSpec {
    fn from(args: &JudgingArgs) -> JudgingSpec {
        JudgingSpec {
            config: args.config.clone(),
            only: args.only.clone(),
            skip: args.skip.clone(),
            baseline: args.baseline.clone(),
            deep_s: args.deep.seconds(),
            fail_on: args.fail_on,
        }
    }
}

/// What is tried on the target first.
#[derive(Debug, Clone, Args)]
pub(crate) struct RehearsalArgs {
    /// Restore the schema into a throw-away database on the target first, and tell what fails there
    #[arg(long, overrides_with = "no_rehearse")]
    pub(crate) rehearse: bool,
    /// Do not rehearse before a migration
    #[arg(long)]
    pub(crate) no_rehearse: bool,
    /// In the rehearsal, copy about this many rows of each table too, the widest among them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) with_sample: Option<u32>,
    /// In the rehearsal, prepare the statements of applications: pg_stat_statements, a file of SQL, or a log in CSV
    #[arg(long, value_name = "pg_stat_statements|FILE")]
    pub(crate) queries: Option<String>,
}

impl From<&RehearsalArgs> for RehearsalSpec {
    fn from(args: &RehearsalArgs) -> RehearsalSpec {
        RehearsalSpec {
            rehearse: (args.rehearse || args.no_rehearse).then_some(args.rehearse),
            sample_rows: args.with_sample,
            queries: args.queries.clone(),
        }
    }
}

/// Whether the rows of tables are read too.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct DeepArgs {
    /// Read the rows of the source's tables too, for what only they tell: rows that break keys or checks, damaged pages.
    /// Runs the functions in constraints of the source with the rights of the user (see SECURITY.md)
    #[arg(long)]
    pub(crate) deep: bool,
    /// The longest that --deep may read rows, in seconds; what was not reached by then is reported. Default: 600
    #[arg(long, value_name = "SECONDS", requires = "deep", value_parser = clap::value_parser!(u32).range(1..=604_800))]
    pub(crate) deep_timeout: Option<u32>,
}

impl DeepArgs {
    /// How long rows may be read; not at all unless it was asked for.
    pub(crate) fn seconds(self) -> Option<u32> {
        self.deep.then(|| self.deep_timeout.unwrap_or(DEEP_TIMEOUT_S))
    }
}

//! Version 1 of the report: the shape that other programs read. Fields may be added, never renamed or removed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::findings::{Finding, Severity, Status, Verdict, When, Who};
use crate::outcome::{RehearsalReport, RunState, Substate, VerificationReport};
use crate::report::migration::{DeviationReport, MigrationReport};

/// A whole report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "pgpassage report")]
pub struct Report {
    /// Always 1.
    pub schema_version: u32,
    /// The program that wrote it.
    pub tool: ToolReport,
    /// The run it is about.
    pub run: RunReport,
    /// The source; null when the facts come from a file that has none.
    pub source: Option<EndpointReport>,
    /// The target; null when there is only a profile of one.
    pub target: Option<EndpointReport>,
    /// The kind of target.
    pub profile: String,
    /// The answer.
    pub verdict: Verdict,
    /// How many judgments have which status, and how many findings are suppressed.
    pub counts: Counts,
    /// Judgments of the instance.
    pub instance: Vec<JudgmentReport>,
    /// Judgments of each database.
    pub databases: Vec<DatabaseReport>,
    /// The options of the migration that the verdict is about.
    #[serde(default)]
    pub plan: Map<String, Value>,
    /// What a rehearsal on the target came to; null when there was none.
    #[serde(default)]
    pub rehearsal: Option<RehearsalReport>,
    /// What the verification found; null when none ran.
    pub verification: Option<VerificationReport>,
    /// What of the roles deviates from the source, one sentence each.
    pub role_deviations: Vec<String>,
    /// What deviates on the target from the source, after a migration.
    #[serde(default)]
    pub deviations: Vec<DeviationReport>,
    /// What is different from the older report that was given as a baseline; null when none was.
    #[serde(default)]
    pub baseline: Option<Comparison>,
    /// How settings are changed on a target whose users have no superuser; null elsewhere.
    #[serde(default)]
    pub parameter_help: Option<String>,
    /// What is to be done after a migration to this kind of target, in order.
    #[serde(default)]
    pub after_migration: Vec<AfterStep>,
    /// What a reader should know about the run itself, such as built-in rules that were replaced.
    pub notices: Vec<String>,
}

/// One thing to do after a migration, whatever was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AfterStep {
    /// What to do.
    pub step: String,
    /// A page that says how; null where none is needed.
    pub link: Option<String>,
}

/// A finding, in a few words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindingLine {
    /// The rule.
    pub rule: String,
    /// Its severity.
    pub severity: Severity,
    /// The database; null for one of the instance.
    pub database: Option<String>,
    /// What it is about.
    pub subject: String,
    /// What is wrong.
    pub message: String,
    /// Rule, database and subject in one word, the same in every run.
    pub fingerprint: String,
}

/// What is different from an older report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// The name of the older run.
    pub baseline_run: String,
    /// Findings that the older report does not have.
    pub new: Vec<FindingLine>,
    /// Findings that only the older report has.
    pub fixed: Vec<FindingLine>,
    /// Findings that both have.
    pub remaining: Vec<FindingLine>,
    /// Rules that could be checked before and cannot now.
    pub no_longer_checked: Vec<String>,
}

/// The program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ToolReport {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunReport {
    /// Its name.
    pub name: String,
    /// `Validate`, `Migrate` or `ValidateAndMigrate`.
    pub option: String,
    /// `Offline`.
    pub mode: String,
    /// `InProgress`, `Canceled`, `ValidationFailed`, `Failed` or `Succeeded`.
    pub state: RunState,
    /// `PerformingPreRequisiteSteps`, `ValidationInProgress`, `MigratingData`, `CompletingMigration` or `Completed`.
    pub substate: Substate,
    /// When it started, in RFC 3339.
    pub started_at: String,
    /// When it ended, in RFC 3339.
    pub ended_at: String,
}

/// A server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EndpointReport {
    /// Its host, or hosts, or socket folder.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The user of the connection.
    pub user: String,
    /// Its version; null when it could not be reached.
    pub version: Option<String>,
    /// Its version as a number.
    pub version_num: Option<i64>,
    /// How the connection is protected.
    pub tls: TlsReport,
}

/// The protection of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TlsReport {
    /// libpq's `sslmode`.
    pub sslmode: String,
    /// Whether the connection was encrypted; null when there was none.
    pub encrypted: Option<bool>,
}

/// Numbers of judgments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Nothing found.
    pub passed: usize,
    /// Violated, of severity info: notes, which count for nothing else.
    #[serde(default)]
    pub info: usize,
    /// Violated, not blocking.
    pub warning: usize,
    /// Violated, blocking.
    pub failed: usize,
    /// Nothing to say here.
    pub not_applicable: usize,
    /// Nobody knows.
    pub could_not_check: usize,
    /// Findings that someone accepted.
    pub suppressed: usize,
}

/// One database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DatabaseReport {
    /// Its name on the source.
    pub name: String,
    /// Its name on the target.
    pub target_name: String,
    /// The answer for this database alone.
    pub verdict: Verdict,
    /// Judgments of this database.
    pub judgments: Vec<JudgmentReport>,
    /// How its migration went; null when none ran.
    pub migration: Option<MigrationReport>,
}

/// One rule, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JudgmentReport {
    /// The rule's id.
    pub rule: String,
    /// The problem in a few words.
    pub title: String,
    /// What a pass means, in a sentence; null where the rule does not say it.
    #[serde(default)]
    pub passed: Option<String>,
    /// Who can do something about the findings; null where the rule does not say it.
    #[serde(default)]
    pub who: Option<Who>,
    /// The rule's severity.
    pub severity: Severity,
    /// What came of it.
    pub status: Status,
    /// Why it is not applicable or could not be checked; null otherwise.
    pub reason: Option<String>,
    /// Why a violation matters.
    pub why: String,
    /// The findings.
    pub findings: Vec<Finding>,
    /// How many findings there are, should the list ever be cut.
    pub findings_total: usize,
    /// The rule's page.
    pub docs: String,
    /// The code that Azure's migration service has for the same problem.
    pub azure_code: Option<String>,
    /// When there is something to do about the findings.
    #[serde(default)]
    pub when: When,
    /// Whether a violation means that other questions stay open, such as a server that was not reached.
    #[serde(default)]
    pub leaves_open: bool,
}

impl JudgmentReport {
    /// Whether it is a note: violated, and of severity info. Its status is that of a warning, but it counts as none.
    pub fn is_note(&self) -> bool {
        self.status == Status::Warning && self.severity == Severity::Info
    }

    /// The title, or for a pass what was found. Where findings were accepted or disproved, the sentence of a pass would
    /// not be true.
    pub fn heading(&self) -> &str {
        match &self.passed {
            Some(passed) if self.status == Status::Passed && self.findings.is_empty() => passed,
            _ => &self.title,
        }
    }

    /// The word for people.
    pub fn label(&self) -> &'static str {
        if self.is_note() { "note" } else { self.status.label() }
    }
}

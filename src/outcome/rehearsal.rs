//! What a rehearsal came to: what of the schema fails on the target, and what was not tried because of that.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The rehearsal of a whole run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RehearsalReport {
    /// Whether everything was tried, and nothing failed.
    pub passed: bool,
    /// Each database.
    pub databases: Vec<DatabaseRehearsal>,
    /// What a reader should know, such as what an interrupted rehearsal had left and was dropped.
    pub notes: Vec<String>,
}

/// The rehearsal of one database.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DatabaseRehearsal {
    /// The database on the source.
    pub name: String,
    /// The name the copy gets.
    pub target_name: String,
    /// Why it could not be rehearsed; null when it was.
    pub could_not_rehearse: Option<String>,
    /// How many objects of the schema could be created.
    pub worked: usize,
    /// What failed.
    pub failures: Vec<RehearsalFailure>,
    /// What was not tried because something that it needs failed.
    pub not_tried: Vec<NotTried>,
    /// The rows that were copied too; null when none were asked for.
    pub sample: Option<SampleRows>,
    /// The bodies of functions, checked in the copy; null when that was not reached.
    pub functions: Option<FunctionChecks>,
    /// The statements of applications, prepared in the copy; null when none were given.
    pub queries: Option<QueryChecks>,
    /// What a reader should know about this database.
    pub notes: Vec<String>,
    /// Seconds from the first look at the source until the throw-away database was dropped.
    pub seconds: f64,
    /// Every object that was restored, to be compared with what rules say of it. Not a part of the report.
    #[serde(skip)]
    #[schemars(skip)]
    pub objects: Vec<RehearsedObject>,
}

impl DatabaseRehearsal {
    /// Whether it was rehearsed, and nothing failed.
    pub fn passed(&self) -> bool {
        self.could_not_rehearse.is_none() && self.failures.is_empty()
    }
}

/// Which part of a rehearsal something belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RehearsalStage {
    /// Roles that are created or used.
    Roles,
    /// The database itself: its creation, owner, grants and settings.
    Database,
    /// The objects of the schema.
    Schema,
    /// Rows of tables.
    Rows,
}

impl RehearsalStage {
    /// The word in facts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Roles => "roles",
            Self::Database => "database",
            Self::Schema => "schema",
            Self::Rows => "rows",
        }
    }
}

/// A statement that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RehearsalFailure {
    /// The part of the rehearsal.
    pub stage: RehearsalStage,
    /// The object: `view public.totals`.
    pub object: String,
    /// The server's code.
    pub sqlstate: Option<String>,
    /// What the server said.
    pub message: String,
    /// The statement, unless it may hold a password.
    pub statement: String,
}

/// An object that was not tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotTried {
    /// The object.
    pub object: String,
    /// The object that failed, on which this one depends.
    pub because_of: String,
}

/// What became of an object in a rehearsal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectResult {
    /// It could be created.
    Worked,
    /// It could not.
    Failed,
    /// Something that it needs could not.
    NotTried,
}

/// An object of the schema that a rehearsal has restored, or tried to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RehearsedObject {
    /// Its kind, as the archive has it: `TABLE`, `FK CONSTRAINT`.
    pub kind: String,
    /// Its schema, if it has one.
    pub schema: Option<String>,
    /// Its name, as the archive has it: with arguments for a function, behind the table for a constraint.
    pub tag: String,
    /// The role it was given to.
    pub owner: Option<String>,
    /// What became of it.
    pub result: ObjectResult,
    /// What it is, for people.
    pub title: String,
}

/// Rows that were copied too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SampleRows {
    /// Tables of which rows were copied.
    pub tables: usize,
    /// Rows of all of them.
    pub rows: u64,
}

/// What came of checking the bodies of functions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FunctionChecks {
    /// How many functions and procedures were checked.
    pub checked: usize,
    /// Those that fail.
    pub failures: Vec<FunctionFailure>,
}

/// A function whose body cannot work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FunctionFailure {
    /// The function, with its arguments.
    pub function: String,
    /// Who has checked it: the language's own check, or `plpgsql_check`.
    pub checked_by: String,
    /// The server's code.
    pub sqlstate: Option<String>,
    /// What is wrong.
    pub message: String,
    /// Whether it fails on the source as well.
    pub fails_on_source: bool,
}

/// What came of preparing the statements of applications.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QueryChecks {
    /// How many distinct statements could be prepared.
    pub prepared: usize,
    /// Those that could not, though the source can.
    pub failures: Vec<QueryFailure>,
    /// Statements that nobody can judge, by reason.
    pub could_not_check: Vec<Unjudged>,
}

/// Statements of which nothing is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unjudged {
    /// Why not.
    pub reason: String,
    /// How many.
    pub statements: usize,
}

/// A statement that works on the source and not on the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QueryFailure {
    /// A name for it, the same in every run: a hash of its normalised text.
    pub id: String,
    /// Its text, with every constant exchanged for a placeholder.
    pub statement: String,
    /// Who runs it; empty when the source of the statements does not say.
    pub user: String,
    /// How often it was run, as far as that is known.
    pub calls: i64,
    /// The server's code.
    pub sqlstate: Option<String>,
    /// What the target said.
    pub message: String,
}

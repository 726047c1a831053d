//! What a user wants of a migration: the options that change what it does. A verdict is about the migration that they
//! describe, so `validate`, `rehearse`, `collect` and `plan` know them too.

use serde::{Deserialize, Serialize};

use crate::plan::selection::Filters;

/// The options of a migration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MigrationOptions {
    /// What becomes of a database that already exists on the target.
    pub if_exists: IfExists,
    /// Which roles are created on the target.
    pub roles: RolesChoice,
    /// Who owns the objects on the target.
    pub owner: OwnerChoice,
    /// How much is verified afterwards.
    pub verify: VerifyLevel,
    /// Which grants are restored.
    pub grants: GrantsChoice,
    /// What becomes of roles that the target already has.
    pub existing_roles: ExistingRoles,
    /// What becomes of what the target refuses, where it carries no rows.
    pub on_refused: OnRefused,
    /// What is left out.
    pub filters: Filters,
}

/// What becomes of a database that already exists on the target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum IfExists {
    /// Nothing: the migration of that database is refused, unless it is empty.
    #[default]
    Fail,
    /// It is dropped and created again, once the source was read.
    Overwrite,
}

impl IfExists {
    /// The word on the command line and in facts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Overwrite => "overwrite",
        }
    }
}

/// Which roles are created on the target where they are missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RolesChoice {
    /// All that are missing on the target.
    #[default]
    All,
    /// Those that own something or are named in grants, with what they are members of.
    Needed,
    /// None.
    None,
}

impl RolesChoice {
    /// The word on the command line and in facts.
    pub fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Needed => "needed",
            Self::None => "none",
        }
    }
}

/// Who owns the objects on the target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OwnerChoice {
    /// The roles that own them on the source.
    #[default]
    Keep,
    /// The user of the connection to the target.
    TargetUser,
}

impl OwnerChoice {
    /// The word on the command line and in facts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::TargetUser => "target-user",
        }
    }
}

/// How much is compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum VerifyLevel {
    /// Nothing.
    None,
    /// Objects, numbers of rows, sequences.
    Counts,
    /// Contents too.
    #[default]
    Full,
}

impl VerifyLevel {
    /// The word on the command line and in facts.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Counts => "counts",
            Self::Full => "full",
        }
    }
}

/// What becomes of what the target refuses, where it carries no rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnRefused {
    /// It is left out, and listed with the statement that somebody else can run.
    #[default]
    List,
    /// The migration of the database fails.
    Fail,
}

/// Which grants are restored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum GrantsChoice {
    /// All.
    #[default]
    All,
    /// Those to and by roles that the target has; policies and user mappings alike.
    ExistingRoles,
    /// None. Policies and user mappings of roles that the target does not have are left out too.
    None,
}

/// What becomes of roles that the target already has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExistingRoles {
    /// They stay as they are; what differs is listed.
    #[default]
    Keep,
    /// They get the memberships, settings, limits and comments of the source that they lack.
    Complete,
}

impl OnRefused {
    /// The word on the command line and in facts.
    pub fn word(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Fail => "fail",
        }
    }
}

impl GrantsChoice {
    /// The word on the command line and in facts.
    pub fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::ExistingRoles => "existing-roles",
            Self::None => "none",
        }
    }
}

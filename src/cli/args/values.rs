//! The words of options with a choice. The choices themselves are types of the domain; here they only get their words
//! and the sentences of `--help`.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::app::RunOption;
use crate::findings::Severity;
use crate::plan::{ExistingRoles, GrantsChoice, IfExists, OnRefused, OwnerChoice, RolesChoice, VerifyLevel};

/// Gives the choices of a type their words.
macro_rules! choices {
    ($type:ty { $($choice:ident = $word:literal $(: $help:literal)?),+ $(,)? }) => {
        impl ValueEnum for $type {
            fn value_variants<'a>() -> &'a [Self] {
                &[$(<$type>::$choice),+]
            }
            fn to_possible_value(&self) -> Option<PossibleValue> {
                match self {
                    $(<$type>::$choice => Some(PossibleValue::new($word)$(.help($help))?),)+
                    #[allow(unreachable_patterns, reason = "not every choice of every type has a word")]
                    _ => None,
                }
            }
        }
    };
}

choices!(IfExists {
    Fail = "fail": "The migration refuses to touch it, unless it is empty",
    Overwrite = "overwrite": "The migration drops it, once the source was read, and creates it again",
});

choices!(RolesChoice {
    All = "all": "All roles of the source",
    Needed = "needed": "Those that own something or are named in grants, with what they are members of",
    None = "none": "None",
});

choices!(OwnerChoice {
    Keep = "keep": "The roles that own them on the source",
    TargetUser = "target-user": "The user of the connection to the target",
});

choices!(GrantsChoice {
    All = "all": "All",
    ExistingRoles = "existing-roles": "Those to and by roles that the target has; policies and user mappings alike",
    None = "none": "None; policies and user mappings of roles that the target does not have are left out too",
});

choices!(ExistingRoles {
    Keep = "keep": "They stay as they are; what differs is listed",
    Complete = "complete": "They get the memberships, settings, limits and comments of the source that they lack",
});

choices!(OnRefused {
    List = "list": "It is left out, and listed with the statement that somebody else can run",
    Fail = "fail": "The migration of the database fails",
});

choices!(VerifyLevel {
    None = "none": "Nothing",
    Counts = "counts": "Objects, numbers of rows, sequences",
    Full = "full": "Contents too",
});

choices!(Severity { Error = "error", Warning = "warning", Info = "info" });

choices!(RunOption {
    Validate = "Validate",
    Migrate = "Migrate",
    ValidateAndMigrate = "ValidateAndMigrate",
});

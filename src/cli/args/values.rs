//! The words of options with a choice. The choices themselves are types of the domain; here they only get their words
//! and the sentences of `--help`.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::app::RunOption;
use crate::findings::Severity;
use crate::plan::{IfExists, OwnerChoice, RolesChoice, VerifyLevel};

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

//! What came of a run: its state, what was migrated, what deviates from the source, what rehearsal and
//! verification found. Pure: the
//! work tells it, the store remembers it, the report shows it.

mod deviation;
mod ending;
mod migration;
mod rehearsal;
mod state;
mod verification;

pub use deviation::{Deviation, DeviationKind};
pub use ending::Ending;
pub use migration::{DatabaseOutcome, MigrationOutcome, ObjectOutcome, TableOutcome};
pub use rehearsal::{
    DatabaseRehearsal, FunctionChecks, FunctionFailure, NotTried, ObjectResult, QueryChecks, QueryFailure,
    RehearsalFailure, RehearsalReport, RehearsalStage, RehearsedObject, SampleRows, Unjudged,
};
pub use state::{DatabaseRunState, Phase, RunState, Substate};
pub use verification::{Difference, Unchecked, Verification, VerificationReport};

//! Rules, probes and profiles as data: read, checked, ready to be judged. No I/O: files come in as names and texts.
//!
//! A *probe* asks a server; a *rule* judges the rows. `docs/writing-rules.md` is the guide to their files.

mod case;
mod cell;
mod check;
mod expr;
mod file;
mod load;
mod probe;
mod problem;
mod profile;
mod rule;
mod template;
mod types;
mod view;

pub use case::{CaseResult, run_case};
pub use expr::{EvalScope, Expr, bind};
pub use load::{RuleFile, RuleSet, builtin_files, load};
pub use probe::{Cost, INVENTORY, Probe, ProbeKind, Scope};
pub use problem::{Problem, Problems};
pub use profile::{Profile, Profiles};
pub use rule::{Case, Expected, Lifecycle, Param, RehearsalRole, Rule};
pub use template::Template;
pub use types::Type;
pub use view::{Lookup, Root, View};

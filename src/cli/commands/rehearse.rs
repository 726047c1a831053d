//! `rehearse`: the schema, tried on the target.

use crate::app::RunOption;
use crate::cli::args::RehearseArgs;
use crate::cli::commands::migrate::run_spec;
use crate::cli::{Context, Exit};
use crate::error::Error;

pub(crate) async fn run(args: &RehearseArgs, context: &mut Context) -> Result<Exit, Error> {
    run_spec(args.spec.spec(RunOption::Rehearse), &args.run, context).await
}

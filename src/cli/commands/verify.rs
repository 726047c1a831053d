//! `verify`: compares source and target.

use crate::app::RunOption;
use crate::cli::args::VerifyArgs;
use crate::cli::commands::migrate::run_spec;
use crate::cli::{Context, Exit};
use crate::error::Error;

pub(crate) async fn run(args: &VerifyArgs, context: &mut Context) -> Result<Exit, Error> {
    run_spec(args.spec.spec(RunOption::Verify), &args.run, context).await
}

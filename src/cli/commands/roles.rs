//! `roles suggest`: a file for `--role-map`.

use crate::app::{JudgingSpec, RehearsalSpec, RunOption, RunSpec, suggest_roles};
use crate::cli::args::{RolesArgs, RolesCommand};
use crate::cli::{Context, Exit, output, unless_signaled};
use crate::config::check_writable;
use crate::error::Error;
use crate::plan::MigrationOptions;

pub(crate) async fn run(args: &RolesArgs, context: &mut Context) -> Result<Exit, Error> {
    let RolesCommand::Suggest(args) = &args.command;
    if let Some(file) = &args.output {
        check_writable(file)?;
    }
    let spec = RunSpec {
        option: RunOption::Validate,
        servers: (&args.servers).into(),
        options: MigrationOptions::default(),
        rehearsal: RehearsalSpec::default(),
        judging: JudgingSpec::default(),
        source_type: None,
    };
    let env = context.env.clone();
    let text = unless_signaled(context, Box::pin(suggest_roles(&spec, &env))).await?;
    match &args.output {
        Some(file) => output::file(file, &text)?,
        None => output::result(&text)?,
    }
    Ok(Exit::Ready)
}

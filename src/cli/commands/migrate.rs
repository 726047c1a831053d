//! `migrate` and `validate-and-migrate`, and the way of every run that a command starts.

use crate::app::{
    Remember, Resume, RunOption, RunOutcome, RunSpec, Runs, check, check_resumable, open_store,
};
use crate::cli::args::{MigrateArgs, RunArgs};
use crate::cli::follow::follow;
use crate::cli::progress::Progress;
use crate::cli::show::{Shown, show_and_write};
use crate::cli::{Context, Exit};
use crate::config::{ReportTarget, open_reports};
use crate::error::Error;

/// Migrates, after a validation if the option says so.
pub(crate) async fn run(args: &MigrateArgs, context: &mut Context, option: RunOption) -> Result<Exit, Error> {
    match &args.resume {
        Some(name) => resume(name, args, context).await,
        None => run_spec(args.spec.spec(option), &args.run, context).await,
    }
}

/// Does what is asked for, remembers it, and shows what came of it.
pub(crate) async fn run_spec(spec: RunSpec, args: &RunArgs, context: &mut Context) -> Result<Exit, Error> {
    let checked = check(spec, args.migration_name.as_deref(), &context.env)?;
    let reports = open_reports(&args.shown.report, &args.shown.fix_script)?;
    let runs = Runs::new(&context.env, args.remember());
    let handle = runs.start(checked, context.cancel.clone())?;
    let outcome = follow(handle, &mut context.signals, Progress::new(args.progress)).await?;
    finish(&outcome, args, &reports, context)
}

/// Resumes the migration of a name, and shows it as `migrate` does.
async fn resume(name: &str, args: &MigrateArgs, context: &mut Context) -> Result<Exit, Error> {
    let stored = open_store(args.run.store.state_dir.as_deref(), &context.env)?.find(name, None)?;
    check_resumable(&stored)?;
    let reports = open_reports(&args.run.shown.report, &args.run.shown.fix_script)?;
    let runs = Runs::new(&context.env, Remember::IfPossible);
    let handle = runs.go_on(&stored, Some(Resume::new(args.restart_tables)), context.cancel.clone())?;
    let outcome = follow(handle, &mut context.signals, Progress::new(args.run.progress)).await?;
    finish(&outcome, &args.run, &reports, context)
}

fn finish(
    outcome: &RunOutcome,
    args: &RunArgs,
    reports: &[ReportTarget],
    context: &Context,
) -> Result<Exit, Error> {
    let RunOutcome { report, ending } = outcome;
    let migrated = report.databases.iter().any(|database| database.migration.is_some());
    let shown = if migrated { Shown::AfterMigration } else { Shown::Result };
    show_and_write(report, &args.shown, reports, context, shown)?;
    Ok((*ending).into())
}

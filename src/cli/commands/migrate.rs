//! `migrate` and `validate-and-migrate`, and the way of every run that a command starts.

use std::path::Path;

use crate::app::{
    Remember, Resume, RunOption, RunOutcome, RunSpec, Runs, check, check_resumable, open_store,
};
use crate::cli::args::{MigrateArgs, RunArgs};
use crate::cli::follow::follow;
use crate::cli::progress::Progress;
use crate::cli::show::{Shown, show_and_write, write_timeline};
use crate::cli::{Context, Exit};
use crate::config::{ReportTarget, check_writable, open_reports};
use crate::error::Error;

/// Migrates, after a validation if the option says so.
pub(crate) async fn run(args: &MigrateArgs, context: &mut Context, option: RunOption) -> Result<Exit, Error> {
    match &args.resume {
        Some(name) => resume(name, args, context).await,
        None => work(args.spec.spec(option), &args.run, args.timeline.as_deref(), context).await,
    }
}

/// Does what is asked for, remembers it, and shows what came of it.
pub(crate) async fn run_spec(spec: RunSpec, args: &RunArgs, context: &mut Context) -> Result<Exit, Error> {
    work(spec, args, None, context).await
}

async fn work(
    spec: RunSpec,
    args: &RunArgs,
    timeline: Option<&Path>,
    context: &mut Context,
) -> Result<Exit, Error> {
    let checked = check(spec, args.migration_name.as_deref(), &context.env)?;
    let reports = open_reports(&args.shown.report, &args.shown.fix_script)?;
    timeline.map(check_writable).transpose()?;
    let runs = Runs::new(&context.env, args.remember());
    let handle = runs.start(checked, context.cancel.clone())?;
    let outcome = follow(handle, &mut context.signals, Progress::new(args.progress)).await?;
    write_timeline(timeline, &outcome.report.run.name, &outcome.timeline, Shown::AfterMigration)?;
    finish(&outcome, args, &reports, context)
}

/// Resumes the migration of a name, and shows it as `migrate` does.
async fn resume(name: &str, args: &MigrateArgs, context: &mut Context) -> Result<Exit, Error> {
    let stored = open_store(args.run.store.state_dir.as_deref(), &context.env)?.find(name, None)?;
    check_resumable(&stored)?;
    let reports = open_reports(&args.run.shown.report, &args.run.shown.fix_script)?;
    let timeline = args.timeline.as_deref();
    timeline.map(check_writable).transpose()?;
    let runs = Runs::new(&context.env, Remember::IfPossible);
    let handle = runs.go_on(&stored, Some(Resume::new(args.restart_tables)), context.cancel.clone())?;
    let outcome = follow(handle, &mut context.signals, Progress::new(args.run.progress)).await?;
    write_timeline(timeline, name, &outcome.timeline, Shown::AfterMigration)?;
    finish(&outcome, &args.run, &reports, context)
}

fn finish(
    outcome: &RunOutcome,
    args: &RunArgs,
    reports: &[ReportTarget],
    context: &Context,
) -> Result<Exit, Error> {
    let RunOutcome { report, ending, .. } = outcome;
    let migrated = report.databases.iter().any(|database| database.migration.is_some());
    let shown = if migrated { Shown::AfterMigration } else { Shown::Result };
    show_and_write(report, &args.shown, reports, context, shown)?;
    Ok((*ending).into())
}

//! `migration`: named, tracked migrations; one file per command.

mod check_name;
mod create;
mod delete;
mod list;
mod report;
mod resume;
mod show;
mod update;
pub(crate) mod view;
mod work;

use crate::app::{RunHandle, open_store};
use crate::cli::args::Format;
use crate::cli::args::ProgressKind;
use crate::cli::args::migration::{MigrationArgs, MigrationCommand, NamedArgs, ServiceArgs, StoreArgs};
use crate::cli::follow::follow;
use crate::cli::progress::Progress;
use crate::cli::{Context, Exit, output};
use crate::error::{Error, show as error_text};
use crate::store::{Store, StoredRun};

pub(crate) async fn run(args: MigrationArgs, context: &mut Context) -> Result<Exit, Error> {
    match args.command {
        MigrationCommand::Create(args) => create::run(*args, context).await,
        MigrationCommand::List(args) => list::run(&args, context),
        MigrationCommand::Show(args) => show::run(&args, context).await,
        MigrationCommand::Update(args) => update::run(&args, context).await,
        MigrationCommand::Resume(args) => resume::run(&args, context).await,
        MigrationCommand::Delete(args) => delete::run(&args, context),
        MigrationCommand::Report(args) => report::run(&args, context),
        MigrationCommand::CheckNameAvailability(args) => check_name::run(&args, context),
        MigrationCommand::Work { folder } => work::run(&folder, context).await,
    }
}

/// The store that the arguments name.
fn store(args: &StoreArgs, context: &Context) -> Result<Store, Error> {
    ignore_service_flags(&args.service);
    open_store(args.folder.state_dir.as_deref(), &context.env)
}

fn ignore_service_flags(args: &ServiceArgs) {
    for (flag, given) in [
        ("--resource-group", args.resource_group.is_some()),
        ("--subscription", args.subscription.is_some()),
        ("--location", args.location.is_some()),
        ("--tags", !args.tags.is_empty()),
    ] {
        if given {
            output::complain(&format!("note: {flag} means nothing here and is not used"));
        }
    }
}

/// The migration that the arguments name.
fn find(args: &NamedArgs, context: &Context) -> Result<StoredRun, Error> {
    Ok(store(&args.store, context)?.find(&args.migration_name, args.store.name.as_deref())?)
}

fn print(stored: &StoredRun, format: Format) -> Result<(), Error> {
    output::result(&view::migration_shown(stored, format)?)
}

/// Waits for the end of a migration in this process, shows it as it is remembered, and gives its exit code.
async fn follow_and_print(
    handle: RunHandle,
    folder: &std::path::Path,
    format: Format,
    context: &mut Context,
) -> Result<Exit, Error> {
    let result = follow(handle, &mut context.signals, Progress::of_kind(ProgressKind::Auto)).await;
    let exit = match result {
        Ok(outcome) => outcome.ending.into(),
        Err(error) => {
            output::complain(&error_text(&error));
            Exit::from(&error)
        }
    };
    print(&StoredRun::read(folder)?, format)?;
    Ok(exit)
}

//! The command line: arguments become a spec, a run is started and followed, and what came of it is printed. The only
//! place that prints, listens to signals and knows exit codes.

pub(crate) mod args;
mod commands;
mod config;
mod exit;
mod follow;
mod log;
mod output;
mod progress;
mod show;
mod signals;

use clap::FromArgMatches;
use tokio_util::sync::CancellationToken;

pub use args::Arguments;
pub use exit::Exit;

use crate::app::RunOption;
use crate::cli::args::Command;
use crate::cli::signals::Signals;
use crate::config::Environment;
use crate::error::{Error, show};

/// What every command is given.
pub(crate) struct Context {
    pub(crate) env: Environment,
    /// Whether also what passed is listed.
    pub(crate) verbose: bool,
    pub(crate) signals: Signals,
    /// Cancels the run that the command starts.
    pub(crate) cancel: CancellationToken,
}

/// Parses the arguments, runs the command, shows what went wrong, and gives the exit code.
pub fn run() -> Exit {
    let matches = match config::matches(std::env::args_os()) {
        Ok(Ok(matches)) => matches,
        Ok(Err(error)) => {
            // clap prints help and versions to stdout and mistakes to stderr, and its exit code for mistakes is ours.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Ready };
        }
        Err(error) => return failed(&error),
    };
    let arguments = match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return Exit::Usage;
        }
    };
    match start(arguments) {
        Ok(exit) => exit,
        Err(error) if error.is_broken_pipe() => Exit::Ready,
        Err(error) => failed(&error),
    }
}

fn failed(error: &Error) -> Exit {
    output::complain(&show(error));
    error.into()
}

/// Runs a command in a runtime of its own.
fn start(arguments: Arguments) -> Result<Exit, Error> {
    log::start(&arguments.log, &Environment::of_process())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::Runtime)?;
    let result = runtime.block_on(async {
        let mut context = Context {
            env: Environment::of_process(),
            verbose: arguments.log.verbose > 0,
            signals: Signals::listen(),
            cancel: CancellationToken::new(),
        };
        Box::pin(command(arguments.command, &mut context)).await
    });
    // Whoever did not wait for a run to stop does not wait for its threads either.
    runtime.shutdown_background();
    result
}

async fn command(command: Command, context: &mut Context) -> Result<Exit, Error> {
    match command {
        Command::Validate(args) => commands::validate::run(&args, context).await,
        Command::Migrate(args) => commands::migrate::run(&args, context, RunOption::Migrate).await,
        Command::ValidateAndMigrate(args) => {
            commands::migrate::run(&args, context, RunOption::ValidateAndMigrate).await
        }
        Command::Rehearse(args) => commands::rehearse::run(&args, context).await,
        Command::Verify(args) => commands::verify::run(&args, context).await,
        Command::Migration(args) => commands::migration::run(args, context).await,
        Command::Runs(args) => commands::runs::run(&args, context),
        Command::Plan(args) => commands::plan::run(&args, context).await,
        Command::Collect(args) => commands::collect::run(&args, context).await,
        Command::Report(args) => commands::report::run(&args),
        Command::Rules(args) => commands::rules::run(&args),
        Command::Serve(args) => commands::serve::run(args, context).await,
        Command::Demo(args) => commands::demo::run(&args, context).await,
        Command::Grants(args) => commands::grants::run(&args),
        Command::Completions { shell } => commands::completions::completions(shell),
        Command::Man => commands::completions::man(),
    }
}

/// Does work that is not remembered until it is done or a signal comes; it has changed nothing then.
pub(crate) async fn unless_signaled<T>(
    context: &mut Context,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::select! {
        result = work => result,
        () = context.signals.next() => Err(Error::Canceled),
    }
}

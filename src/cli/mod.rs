//! The command line: one file per command, each the story of that command.

mod args;
mod collect;
mod demo;
mod exit;
mod migrate;
mod migration;
mod migration_args;
mod migration_view;
mod options;
mod output;
mod plan;
mod progress;
mod report;
mod request;
mod rules;
mod tracked;
mod validate;

use clap::Parser;

pub use args::Arguments;
pub use exit::Exit;

use crate::cli::request::RunOption;
use crate::config::Environment;
use crate::error::{Error, show};

/// Parses the arguments, runs the command, shows what went wrong, and gives the exit code.
pub fn run() -> Exit {
    let words = match options::with_config(std::env::args_os().collect()) {
        Ok(words) => words,
        Err(error) => {
            output::complain(&show(&error));
            return exit::of_error(&error);
        }
    };
    let arguments = match Arguments::try_parse_from(words) {
        Ok(arguments) => arguments,
        Err(error) => {
            // clap prints help and versions to stdout and mistakes to stderr, and its exit code for mistakes is ours.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Ready };
        }
    };
    match command(arguments) {
        Ok(exit) => exit,
        Err(error) if error.is_broken_pipe() => Exit::Ready,
        Err(error) => {
            output::complain(&show(&error));
            exit::of_error(&error)
        }
    }
}

fn command(arguments: Arguments) -> Result<Exit, Error> {
    let env = Environment::of_process();
    match arguments.command {
        args::Command::Validate(args) => in_runtime(validate::run(&args, &env)),
        args::Command::Migrate(args) => in_runtime(migrate::run(&args, &env, RunOption::Migrate)),
        args::Command::ValidateAndMigrate(args) => {
            in_runtime(migrate::run(&args, &env, RunOption::ValidateAndMigrate))
        }
        args::Command::Verify(args) => in_runtime(migrate::run_verify(&args, &env)),
        args::Command::Migration(args) => in_runtime(migration::run(args, &env)),
        args::Command::Plan(args) => block_on(plan::run(&args, &env)),
        args::Command::Collect(args) => block_on(collect::run(&args, &env)),
        args::Command::Report(args) => report::run(&args),
        args::Command::Rules(args) => rules::run(&args),
        args::Command::Demo(args) => block_on(demo::run(&args, &env)),
        args::Command::Completions { shell } => output::completions(shell),
        args::Command::Man => output::man(),
    }
}

/// One runtime for the commands that talk to servers. Ctrl-C ends the command; validation has changed nothing then.
fn block_on<F: Future<Output = Result<Exit, Error>>>(work: F) -> Result<Exit, Error> {
    in_runtime(async {
        tokio::select! {
            result = work => result,
            () = asked_to_stop() => Err(Error::Canceled),
        }
    })
}

/// Ends when Ctrl-C is pressed or the process is asked to end (SIGTERM).
async fn asked_to_stop() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}

/// A command that listens to these signals itself.
fn in_runtime<F: Future<Output = Result<Exit, Error>>>(work: F) -> Result<Exit, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::Output)?;
    runtime.block_on(work)
}

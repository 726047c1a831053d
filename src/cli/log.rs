//! The log: off unless it is asked for, on standard error or at the end of a file. It names connections, stages, the
//! subjects of statements, durations and SQLSTATEs; secrets and rows are never given to it.

use std::os::unix::fs::OpenOptionsExt;
use std::sync::Mutex;

use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::cli::args::LogArgs;
use crate::config::Environment;
use crate::error::Error;

/// Starts the log, if one is wanted.
pub(crate) fn start(args: &LogArgs, env: &Environment) -> Result<(), Error> {
    let default = match (args.verbose, &args.log_file) {
        (0, None) => None,
        (1, None) => Some("pgpassage=info"),
        _ => Some("pgpassage=debug"),
    };
    let Some(wanted) = env.get("RUST_LOG").or(default) else { return Ok(()) };
    let filter = EnvFilter::try_new(wanted).map_err(|error| Error::Usage {
        message: format!("read RUST_LOG: {error}"),
        hint: Some("for example RUST_LOG=pgpassage=debug".to_owned()),
    })?;
    let log = tracing_subscriber::fmt::layer().with_ansi(false);
    let log: Box<dyn Layer<Registry> + Send + Sync> = match &args.log_file {
        None => log.with_writer(std::io::stderr).boxed(),
        Some(path) => {
            let mut options = std::fs::OpenOptions::new();
            let file = options
                .create(true)
                .append(true)
                .mode(0o600)
                .open(path)
                .map_err(|source| Error::File { action: "open", path: path.clone(), source })?;
            log.with_writer(Mutex::new(file)).boxed()
        }
    };
    // Libraries log what they get, headers and statements among it: theirs is never written.
    let ours = filter_fn(|metadata| metadata.target().starts_with("pgpassage"));
    let started = tracing_subscriber::registry().with(log).with(filter).with(ours).try_init();
    started.map_err(|error| Error::Internal(format!("start the log: {error}")))
}

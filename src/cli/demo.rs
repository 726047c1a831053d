//! `demo`.
use crate::cli::args::DemoArgs;
use crate::cli::Exit;
use crate::config::Environment;
use crate::error::Error;
pub(crate) async fn run(_args: &DemoArgs, _env: &Environment) -> Result<Exit, Error> {
    Ok(Exit::Ready)
}

//! `migration work`: the process behind `--no-wait`.

use std::path::Path;

use crate::app::{Remember, Runs, receive};
use crate::cli::args::ProgressKind;
use crate::cli::follow::follow;
use crate::cli::progress::Progress;
use crate::cli::{Context, Exit};
use crate::error::Error;
use crate::store::StoredRun;

pub(super) async fn run(folder: &Path, context: &mut Context) -> Result<Exit, Error> {
    let (env, resume) = receive(&context.env)?;
    let stored = StoredRun::read(folder)?;
    let handle = Runs::new(&env, Remember::IfPossible).go_on(&stored, resume, context.cancel.clone())?;
    let progress = Progress::of_kind(ProgressKind::Plain);
    Ok(follow(handle, &mut context.signals, progress).await?.ending.into())
}

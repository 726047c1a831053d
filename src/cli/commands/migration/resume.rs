//! `migration resume`.

use crate::app::{Remember, Resume, Runs, check, check_resumable, detach, spec_of};
use crate::cli::args::migration::ResumeArgs;
use crate::cli::commands::migration::{find, follow_and_print, print};
use crate::cli::{Context, Exit};
use crate::error::Error;

pub(super) async fn run(args: &ResumeArgs, context: &mut Context) -> Result<Exit, Error> {
    let stored = find(&args.named, context)?;
    check_resumable(&stored)?;
    let (resume, format) = (Resume::new(args.restart_tables), args.named.format.format);
    if args.no_wait {
        let checked = check(spec_of(&stored)?, Some(&stored.record.name), &context.env)?;
        print(&detach(&stored.folder, &checked, Some(resume))?, format)?;
        return Ok(Exit::Ready);
    }
    let runs = Runs::new(&context.env, Remember::IfPossible);
    let handle = runs.go_on(&stored, Some(resume), context.cancel.clone())?;
    follow_and_print(handle, &stored.folder, format, context).await
}

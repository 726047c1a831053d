//! `migration delete`.

use crate::cli::args::migration::NamedArgs;
use crate::cli::commands::migration::find;
use crate::cli::{Context, Exit, output};
use crate::error::Error;

pub(super) fn run(args: &NamedArgs, context: &Context) -> Result<Exit, Error> {
    find(args, context)?.delete()?;
    output::complain(&format!(
        "migration {} is forgotten; nothing on a server was touched",
        args.migration_name
    ));
    Ok(Exit::Ready)
}

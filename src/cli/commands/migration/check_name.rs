//! `migration check-name-availability`.

use serde_json::json;

use crate::cli::args::migration::NamedArgs;
use crate::cli::commands::migration::{store, target_name};
use crate::cli::shape::shaped;
use crate::cli::{Context, Exit, output};
use crate::error::Error;
use crate::report::safe;
use crate::store::check_name;

pub(super) fn run(args: &NamedArgs, context: &Context) -> Result<Exit, Error> {
    let name = &args.migration_name;
    let target = target_name(&args.store, context)?;
    let (reason, message) = match check_name(name) {
        Err(error) => (Some("Invalid"), Some(error.to_string())),
        Ok(()) if !store(&args.store, context)?.is_free(name, target.as_deref()) => {
            (Some("AlreadyExists"), Some(format!("there is already a migration `{name}`")))
        }
        Ok(()) => (None, None),
    };
    let json = || {
        json!({
            "name": name,
            "type": "Microsoft.DBforPostgreSQL/flexibleServers/migrations",
            "nameAvailable": reason.is_none(),
            "reason": reason,
            "message": message,
        })
    };
    let table =
        || message.as_ref().map_or_else(|| format!("`{name}` is free\n"), |message| safe(message) + "\n");
    output::result(&shaped(&args.format, json, table)?)?;
    Ok(if reason.is_none() { Exit::Ready } else { Exit::Findings })
}

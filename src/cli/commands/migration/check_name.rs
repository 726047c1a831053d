//! `migration check-name-availability`.

use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::migration::NamedArgs;
use crate::cli::commands::migration::store;
use crate::cli::{Context, Exit, output};
use crate::error::Error;
use crate::report::safe;
use crate::store::check_name;

pub(super) fn run(args: &NamedArgs, context: &Context) -> Result<Exit, Error> {
    let name = &args.migration_name;
    let (reason, message) = match check_name(name) {
        Err(error) => (Some("Invalid"), Some(error.to_string())),
        Ok(()) if !store(&args.store, context)?.is_free(name, args.store.name.as_deref()) => {
            (Some("AlreadyExists"), Some(format!("there is already a migration `{name}`")))
        }
        Ok(()) => (None, None),
    };
    output::result(&match args.format.format {
        Format::Json => output::pretty(&json!({
            "name": name,
            "type": "Microsoft.DBforPostgreSQL/flexibleServers/migrations",
            "nameAvailable": reason.is_none(),
            "reason": reason,
            "message": message,
        }))?,
        Format::Table => {
            message.map_or_else(|| format!("`{name}` is free\n"), |message| safe(&message) + "\n")
        }
    })?;
    Ok(if reason.is_none() { Exit::Ready } else { Exit::Findings })
}

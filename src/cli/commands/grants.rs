//! `grants`: the least rights for an outcome, as SQL. Contacts nothing.

use crate::cli::args::GrantsArgs;
use crate::cli::{Exit, output};
use crate::config::{load_profile, load_rules};
use crate::error::Error;
use crate::facts::Side;
use crate::grants::{GrantRequest, grants};
use crate::pg::ServerVersion;

/// The profile of a server that belongs to no service.
const NO_SERVICE: &str = "postgresql";

/// Prints the script.
pub(crate) fn run(args: &GrantsArgs) -> Result<Exit, Error> {
    let version = ServerVersion::from_major(&args.server_version).ok_or_else(|| Error::Usage {
        message: format!("`{}` is no major version of PostgreSQL", args.server_version),
        hint: Some("for example --server-version 17".to_owned()),
    })?;
    let service = match &args.profile {
        Some(given) => Some(load_profile(&mut load_rules(&[])?, given)?).filter(|name| name != NO_SERVICE),
        None => None,
    };
    let request = GrantRequest {
        side: if args.side.source { Side::Source } else { Side::Target },
        user: &args.user,
        version,
        databases: &args.database,
        migrates: args.migration_option.migrates(),
        service: service.as_deref(),
    };
    output::result(&grants(&request)).map(|()| Exit::Ready)
}

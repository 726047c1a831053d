//! What the wizard asks servers: whether they answer, which databases and roles they have. Read-only, and short.

use std::time::Duration;

use crate::config::{Environment, resolve_endpoint};
use crate::error::Error;
use crate::facts::Side;
use crate::server::{Session, SessionLimits, connect_any};

/// The longest a question may take.
const LIMITS: SessionLimits =
    SessionLimits { statement_timeout: Duration::from_secs(15), lock_timeout: Duration::from_secs(5) };

/// The longest for all questions to one server.
const ALL: Duration = Duration::from_secs(40);

/// A database of the source.
#[derive(Debug, Clone)]
pub(super) struct FoundDatabase {
    pub(super) name: String,
    pub(super) size: String,
    pub(super) owner: String,
}

/// What a server answered.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    /// The version, and how the connection is protected.
    pub(super) about: String,
    pub(super) databases: Vec<FoundDatabase>,
    /// Roles but those of PostgreSQL itself, each with whether it is a superuser.
    pub(super) roles: Vec<(String, bool)>,
}

impl Found {
    /// Whether the server has a role.
    pub(super) fn has_role(&self, name: &str) -> bool {
        self.roles.iter().any(|(role, _)| role == name)
    }
}

/// Asks a server.
pub(super) async fn ask(side: Side, conninfo: &str, env: &Environment) -> Result<Found, Error> {
    let endpoint = resolve_endpoint(side, conninfo, env, false)?;
    let asked = async {
        let session = connect_any(&endpoint, env.home.as_deref())
            .await
            .map_err(|failure| Error::Unreached(failure.to_string()))?;
        questions(&session).await.map_err(|error| Error::Unreached(format!("ask the {side}: {error}")))
    };
    match tokio::time::timeout(ALL, asked).await {
        Ok(found) => found,
        Err(_) => Err(Error::Unreached(format!("the {side} did not answer within {} s", ALL.as_secs()))),
    }
}

async fn questions(session: &Session) -> Result<Found, crate::server::ProbeError> {
    session.prepare(LIMITS).await?;
    let version = session.version().await?;
    let databases = session
        .rows(
            "select d.datname, pg_catalog.pg_size_pretty(case when pg_catalog.has_database_privilege(d.oid, 'CONNECT') \
                    then pg_catalog.pg_database_size(d.oid) end), pg_catalog.pg_get_userbyid(d.datdba) \
               from pg_catalog.pg_database d where d.datallowconn and not d.datistemplate order by 1",
        )
        .await?;
    let roles = session
        .rows("select r.rolname, r.rolsuper from pg_catalog.pg_roles r where r.rolname !~ '^pg_' order by 1")
        .await?;
    let text = |row: &[Option<String>], at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    Ok(Found {
        about: format!(
            "PostgreSQL {version}, {}",
            if session.encrypted { "encrypted" } else { "not encrypted" }
        ),
        databases: databases
            .iter()
            .map(|row| FoundDatabase { name: text(row, 0), size: text(row, 1), owner: text(row, 2) })
            .collect(),
        roles: roles.iter().map(|row| (text(row, 0), text(row, 1) == "t")).collect(),
    })
}

//! The one snapshot everything is read from.

use std::path::{Path, PathBuf};

use crate::server::connect::connect;
use crate::server::endpoint::Endpoint;
use crate::server::hop::ConnectFailure;
use crate::server::session::{ProbeError, Session};

/// Why work on a server could not be done.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// A connection could not be made.
    #[error(transparent)]
    Connect(#[from] ConnectFailure),
    /// A statement failed.
    #[error("{action}: {reason}")]
    Statement {
        /// What was being done, with the object.
        action: String,
        /// What the server said, with SQLSTATE.
        reason: String,
        /// The SQLSTATE, if the server gave one.
        sqlstate: Option<String>,
    },
}

/// Names what was being done.
pub fn doing(action: impl Into<String>) -> impl FnOnce(ProbeError) -> WorkError {
    let action = action.into();
    move |error| WorkError::Statement {
        action,
        reason: error.to_string(),
        sqlstate: error.sqlstate().map(str::to_owned),
    }
}

/// A number in the only row of an answer. One that cannot be read is an error: two of them would be taken for equal.
pub fn answered_number(rows: &[Vec<Option<String>>], at: usize, action: &str) -> Result<i64, WorkError> {
    let cell = rows.first().and_then(|row| row.get(at)).cloned().flatten();
    cell.as_deref().and_then(|text| text.parse().ok()).ok_or_else(|| WorkError::Statement {
        action: action.to_owned(),
        reason: format!("the server answered `{}`, which is no number", cell.unwrap_or_default()),
        sqlstate: None,
    })
}

/// Holds a snapshot of a source database for as long as it lives.
#[derive(Debug)]
pub struct SnapshotHolder {
    /// The session that holds it, inside its transaction.
    pub session: Session,
    /// Its name, for other sessions.
    pub name: String,
    endpoint: Endpoint,
    home: Option<PathBuf>,
}

/// Connects to a database of either side to read it.
pub async fn connect_reading(
    endpoint: &Endpoint,
    dbname: &str,
    home: Option<&Path>,
) -> Result<Session, WorkError> {
    let session = connect(endpoint, dbname, home).await?;
    session.prepare_reading().await.map_err(doing(format!("set up a session on the {}", endpoint.side)))?;
    Ok(session)
}

const BEGIN: &str = "begin transaction isolation level repeatable read read only";

impl SnapshotHolder {
    /// Takes a snapshot of a database.
    pub async fn take(
        endpoint: &Endpoint,
        dbname: &str,
        home: Option<&Path>,
    ) -> Result<SnapshotHolder, WorkError> {
        let session = connect_reading(endpoint, dbname, home).await?;
        session.execute(BEGIN).await.map_err(doing("begin a transaction on the source"))?;
        let name = session
            .single_text("select pg_catalog.pg_export_snapshot()")
            .await
            .map_err(doing("export a snapshot on the source"))?
            .unwrap_or_default();
        Ok(SnapshotHolder { session, name, endpoint: endpoint.clone(), home: home.map(Path::to_owned) })
    }

    /// Another session of the same database that sees exactly the same.
    pub async fn join(&self) -> Result<Session, WorkError> {
        let session = self.open().await?;
        session.execute(&self.begin()).await.map_err(doing("join the snapshot on the source"))?;
        Ok(session)
    }

    /// Another session of the same database, outside of a transaction: [`SnapshotHolder::begin`] begins one.
    pub async fn open(&self) -> Result<Session, WorkError> {
        connect_reading(&self.endpoint, &self.session.dbname, self.home.as_deref()).await
    }

    /// Where the database is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Begins a transaction that sees exactly the same.
    pub fn begin(&self) -> String {
        format!("{BEGIN}; set transaction snapshot {}", crate::pg::literal(&self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::answered_number;

    #[test]
    fn what_cannot_be_read_is_no_zero() {
        let rows = [vec![Some("7".to_owned()), None, Some("x".to_owned())]];
        assert_eq!(answered_number(&rows, 0, "count").ok(), Some(7));
        for at in 1..4 {
            assert!(answered_number(&rows, at, "count").is_err());
        }
        assert!(answered_number(&[], 0, "count").unwrap_err().to_string().starts_with("count: "));
    }
}

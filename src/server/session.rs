//! A read-only session: fixed settings, limits on time, and probes answered as typed rows.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::facts::{Cell, Column, FactTable, Side, TableError};
use crate::pg::{HostSpec, ServerVersion, literal};
use crate::rules::Probe;
use crate::server::tap::TapHandle;

/// Limits on what a session may take.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// The longest a statement may run.
    pub statement_timeout: Duration,
    /// The longest to wait for a lock.
    pub lock_timeout: Duration,
}

/// Under a default of serializable and deferrable, a session that only reads waits until no transaction that writes is
/// open, which may be for ever. <https://www.postgresql.org/docs/current/sql-set-transaction.html>
const PLAIN_TRANSACTIONS: &str =
    "set default_transaction_isolation = 'read committed'; set default_transaction_deferrable = off";

/// A connection to one database.
#[derive(Debug)]
pub struct Session {
    pub(crate) client: Client,
    /// Takes the rows of COPY out before the client sees them.
    pub(crate) tap: TapHandle,
    /// Which side.
    pub side: Side,
    /// The database.
    pub dbname: String,
    /// The host that answered.
    pub host: HostSpec,
    /// Whether the connection is encrypted.
    pub encrypted: bool,
    /// Under which name the server lists the session.
    pub application_name: String,
}

/// A probe that gave no facts.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The server refused, or the connection broke.
    #[error("{text}")]
    Server {
        /// What the server said, with SQLSTATE, detail and hint; or how the connection broke.
        text: String,
        /// The SQLSTATE, if it was the server that spoke.
        sqlstate: Option<String>,
    },
    /// The probe has no query for this version.
    #[error("the probe has no query for PostgreSQL {0}")]
    NoQuery(ServerVersion),
    /// The query does not return a declared column.
    #[error("the query returned no column `{0}`")]
    NoColumn(String),
    /// A value is not of the declared type.
    #[error("column `{column}` holds `{value}`, which is no {kind}")]
    Value {
        /// The column.
        column: String,
        /// What was sent.
        value: String,
        /// What was declared.
        kind: &'static str,
    },
    /// The rows do not have the declared shape.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl ProbeError {
    /// An error of the driver, with everything the server said.
    pub(crate) fn of(error: &tokio_postgres::Error) -> ProbeError {
        let sqlstate = error.as_db_error().map(|server| server.code().code().to_owned());
        ProbeError::Server { text: describe(error), sqlstate }
    }

    /// The same, with words in front.
    pub(crate) fn within(self, words: &str) -> ProbeError {
        match self {
            Self::Server { text, sqlstate } => Self::Server { text: format!("{words}: {text}"), sqlstate },
            other => other,
        }
    }

    /// The SQLSTATE, if the server gave one.
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Server { sqlstate, .. } => sqlstate.as_deref(),
            _ => None,
        }
    }

    /// Whether the server refused because the user lacks a right.
    pub fn is_refusal(&self) -> bool {
        self.sqlstate() == Some("42501")
    }
}

impl Session {
    /// Makes the session read-only, bounded in time, and independent of the settings of server, database and role.
    pub async fn prepare(&self, limits: SessionLimits) -> Result<(), ProbeError> {
        let sql = format!(
            "set default_transaction_read_only = on; {PLAIN_TRANSACTIONS}; \
             set statement_timeout = {}; set lock_timeout = {}; \
             set search_path = pg_catalog; set datestyle = 'ISO, YMD'; set intervalstyle = postgres; \
             set timezone = 'UTC'; set extra_float_digits = 3; set bytea_output = hex; \
             set client_encoding = 'UTF8'; set standard_conforming_strings = on; \
             set application_name = {}",
            limits.statement_timeout.as_millis(),
            limits.lock_timeout.as_millis(),
            literal(&self.application_name),
        );
        self.client.batch_execute(&sql).await.map_err(|error| ProbeError::of(&error))
    }

    /// Runs statements for their effect. Validation never does.
    pub async fn execute(&self, sql: &str) -> Result<(), ProbeError> {
        self.client.batch_execute(sql).await.map_err(|error| ProbeError::of(&error))
    }

    /// Makes the session ready to carry data: no time limits, output that loses nothing, no row hidden without an error.
    /// On the target, commits need not wait for the disk: a crash there means to start again anyway.
    pub async fn prepare_migration(&self) -> Result<(), ProbeError> {
        let own = match self.side {
            Side::Source => "set default_transaction_read_only = on",
            Side::Target => {
                "set default_transaction_read_only = off; set synchronous_commit = off; set check_function_bodies = off"
            }
        };
        let sql = format!(
            "set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0; \
             select pg_catalog.set_config('search_path', '', false); \
             select pg_catalog.set_config(name, '0', false) from pg_catalog.pg_settings \
              where name in ('transaction_timeout', 'idle_session_timeout'); \
             set row_security = off; set datestyle = 'ISO, YMD'; set intervalstyle = postgres; set timezone = 'UTC'; \
             set extra_float_digits = 3; set bytea_output = hex; set xmloption = content; set client_encoding = 'UTF8'; \
             set standard_conforming_strings = on; set client_min_messages = warning; \
             {PLAIN_TRANSACTIONS}; set application_name = {}; {own}",
            literal(&self.application_name)
        );
        self.execute(&sql).await
    }

    /// All rows of a query, as text.
    pub async fn rows(&self, sql: &str) -> Result<Vec<Vec<Option<String>>>, ProbeError> {
        let messages = self.client.simple_query(sql).await.map_err(|error| ProbeError::of(&error))?;
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|i| row.try_get(i).ok().flatten().map(str::to_owned)).collect())
            }
            _ => None,
        });
        Ok(rows.collect())
    }

    /// The first column of the first row, as text.
    pub async fn single_text(&self, sql: &str) -> Result<Option<String>, ProbeError> {
        let messages = self.client.simple_query(sql).await.map_err(|error| ProbeError::of(&error))?;
        Ok(messages
            .iter()
            .find_map(|message| match message {
                SimpleQueryMessage::Row(row) => Some(row.try_get(0).ok().flatten().map(str::to_owned)),
                _ => None,
            })
            .flatten())
    }

    /// The version of the server.
    pub async fn version(&self) -> Result<ServerVersion, ProbeError> {
        let text = self
            .single_text("select pg_catalog.current_setting('server_version_num')")
            .await?
            .unwrap_or_default();
        text.parse().map(ServerVersion).map_err(|_| ProbeError::Value {
            column: "server_version_num".to_owned(),
            value: text.clone(),
            kind: "number",
        })
    }

    /// Asks one probe. Several may be asked at the same time: they travel down the connection one behind the other.
    pub async fn probe(&self, probe: &Probe, version: ServerVersion) -> Result<FactTable, ProbeError> {
        let sql = probe.sql(version).ok_or(ProbeError::NoQuery(version))?;
        let columns: Vec<&Column> = probe.shape.columns.iter().collect();
        let rows = self.cells(sql, &columns).await?;
        Ok(FactTable::new(Arc::clone(&probe.shape), rows)?)
    }

    /// The rows of a query, as cells of these columns. Matched by name, so that the order in the query does not matter.
    pub(crate) async fn cells(&self, sql: &str, wanted: &[&Column]) -> Result<Vec<Vec<Cell>>, ProbeError> {
        let messages = self.client.simple_query(sql).await.map_err(|error| ProbeError::of(&error))?;
        let mut positions: Vec<usize> = Vec::new();
        let mut rows = Vec::new();
        for message in &messages {
            match message {
                SimpleQueryMessage::RowDescription(columns) => {
                    positions = wanted
                        .iter()
                        .map(|declared| {
                            let position = columns.iter().position(|column| column.name() == declared.name);
                            position.ok_or_else(|| ProbeError::NoColumn(declared.name.clone()))
                        })
                        .collect::<Result<_, _>>()?;
                }
                SimpleQueryMessage::Row(row) => {
                    let cells = wanted.iter().zip(&positions).map(|(column, position)| {
                        let text = row.try_get(*position).map_err(|error| ProbeError::of(&error))?;
                        column.kind.parse_cell(text).ok_or_else(|| ProbeError::Value {
                            column: column.name.clone(),
                            value: text.unwrap_or_default().to_owned(),
                            kind: column.kind.name(),
                        })
                    });
                    rows.push(cells.collect::<Result<Vec<Cell>, ProbeError>>()?);
                }
                _ => {}
            }
        }
        Ok(rows)
    }
}

/// An error of the driver with everything the server said: the driver's own text is only "db error".
pub fn describe(error: &tokio_postgres::Error) -> String {
    if let Some(server) = error.as_db_error() {
        let mut text = format!("{} (SQLSTATE {})", server.message(), server.code().code());
        for (label, part) in [("detail", server.detail()), ("hint", server.hint())] {
            if let Some(part) = part {
                let _ = write!(text, "; {label}: {part}");
            }
        }
        return text;
    }
    chain(error)
}

/// An error with all its causes, in one line; a cause that the text already names is not repeated.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// A cell of a row of [`Session::rows`], where NULL counts as empty.
pub fn cell_text(row: &[Option<String>], at: usize) -> String {
    row.get(at).cloned().flatten().unwrap_or_default()
}

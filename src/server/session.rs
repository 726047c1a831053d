//! A read-only session: fixed settings, limits on time, and probes answered as typed rows.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::facts::{Cell, Column, FactTable, Side, TableError};
use crate::pg::{HostSpec, ServerVersion, literal, subject};
use crate::rules::Probe;
use crate::server::settings::{self, Purpose, StartOptions};
use crate::server::tap::TapHandle;
use crate::server::watched::Watch;

/// Limits on what a session may take.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// The longest a statement may run.
    pub statement_timeout: Duration,
    /// The longest to wait for a lock.
    pub lock_timeout: Duration,
}

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
    /// What of our options it was started with.
    pub(crate) start_options: StartOptions,
    /// Whether the server can be heard of.
    pub(crate) watch: Watch,
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
    /// The server does not answer any more.
    #[error("{0}")]
    Silent(String),
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
            Self::Silent(text) => Self::Silent(format!("{words}: {text}")),
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

    /// Whether the connection is gone: the driver says so, or the server did before it closed it.
    /// Source: classes 08 and 57P of <https://www.postgresql.org/docs/18/errcodes-appendix.html>.
    pub fn is_connection_lost(&self) -> bool {
        match self {
            Self::Server { sqlstate: Some(sqlstate), .. } => {
                sqlstate.starts_with("08") || matches!(sqlstate.as_str(), "57P01" | "57P02" | "57P03")
            }
            Self::Server { sqlstate: None, .. } => true,
            _ => false,
        }
    }

    /// Whether the server refused because the user lacks a right.
    pub fn is_refusal(&self) -> bool {
        self.sqlstate().is_some_and(is_refusal)
    }
}

/// Whether an SQLSTATE says that the user lacks a right: insufficient privilege, a grant that cannot be given, a name that
/// is kept for the provider. Source: <https://www.postgresql.org/docs/18/errcodes-appendix.html>.
pub(crate) fn is_refusal(sqlstate: &str) -> bool {
    matches!(sqlstate, "42501" | "0LP01" | "0L000" | "42939")
}

impl Session {
    /// Makes the session one for questions to the catalog: read-only, bounded in time, and independent of the settings of
    /// server, database and role.
    pub async fn prepare(&self, limits: SessionLimits) -> Result<(), ProbeError> {
        self.watch.set_limit(Some(limits.statement_timeout));
        let ms = |limit: Duration| limit.as_millis().to_string();
        let limits =
            [("statement_timeout", ms(limits.statement_timeout)), ("lock_timeout", ms(limits.lock_timeout))];
        self.settle(Purpose::Probe, &limits.each_ref().map(|(name, value)| (*name, value.as_str()))).await
    }

    /// Makes the session one that reads rows, on either side: read-only, with output that loses nothing, and no row hidden
    /// without an error.
    pub async fn prepare_reading(&self) -> Result<(), ProbeError> {
        self.settle(Purpose::Read, &[]).await
    }

    /// Makes the session ready for a migration: one of the source for reading, one of the target for creating objects and
    /// loading rows.
    pub async fn prepare_migration(&self) -> Result<(), ProbeError> {
        match self.side {
            Side::Source => self.prepare_reading().await,
            Side::Target => self.settle(Purpose::Load, &[]).await,
        }
    }

    /// Sets what the table of settings says, and some more.
    async fn settle(&self, purpose: Purpose, more: &[(&str, &str)]) -> Result<(), ProbeError> {
        let name = [("search_path", ""), ("application_name", self.application_name.as_str())];
        let more: Vec<(&str, &str)> = name.into_iter().chain(more.iter().copied()).collect();
        for row in self.rows(&settings::statement(purpose, &more)).await? {
            let [Some(name), Some(value), None] = row.as_slice() else { continue };
            let Some((wanted, needed)) =
                settings::wanted(purpose, name).filter(|(wanted, _)| wanted != value)
            else {
                continue;
            };
            let sql = format!("select pg_catalog.set_config({}, {}, false)", literal(name), literal(wanted));
            match self.execute(&sql).await {
                Err(error) if needed => {
                    let words = format!("{name} is {value} for this user, and cannot be set to {wanted}");
                    return Err(error.within(&words));
                }
                Err(error) if !error.is_refusal() => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Waits for the answer to a statement, and logs what it was about: never its values, its rows or the server's words,
    /// which may repeat a row.
    async fn logged<T>(
        &self,
        sql: &str,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, ProbeError> {
        let began = Instant::now();
        let result = self.answered(work).await;
        if tracing::enabled!(tracing::Level::DEBUG) {
            let duration_ms = began.elapsed().as_millis();
            let (side, database, statement) = (self.side.name(), self.dbname.as_str(), subject(sql));
            match &result {
                Ok(_) => tracing::debug!(side, database, statement, duration_ms, "statement"),
                Err(error) => {
                    let sqlstate = error.sqlstate().unwrap_or("none");
                    tracing::debug!(side, database, statement, duration_ms, sqlstate, "statement failed");
                }
            }
        }
        result
    }

    /// Runs statements for their effect. Validation never does.
    pub async fn execute(&self, sql: &str) -> Result<(), ProbeError> {
        self.logged(sql, self.client.batch_execute(sql)).await
    }

    /// Lets the server analyse one statement, without executing or planning it.
    pub async fn prepare_only(&self, sql: &str) -> Result<(), ProbeError> {
        self.client.prepare(sql).await.map(drop).map_err(|error| ProbeError::of(&error))
    }

    /// All rows of a query, as text.
    pub async fn rows(&self, sql: &str) -> Result<Vec<Vec<Option<String>>>, ProbeError> {
        let messages = self.logged(sql, self.client.simple_query(sql)).await?;
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
        let messages = self.logged(sql, self.client.simple_query(sql)).await?;
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
        let messages = self.logged(sql, self.client.simple_query(sql)).await?;
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

//! Reading the rows of tables part by part, each part by a statement that the server's own catalog made.

use std::time::Duration;

use crate::facts::{Cell, Column, ColumnType};
use crate::pg::ServerVersion;
use crate::rules::Probe;
use crate::server::session::{ProbeError, Session};

/// A part of a scan: one table, one key.
#[derive(Debug)]
pub struct Part {
    /// What is read, for people.
    pub reads: String,
    /// How large that is, in bytes.
    pub bytes: i64,
    /// Whether the catalog gives reason to doubt its rows.
    pub suspect: bool,
    /// Reads it; none where no statement can.
    pub statement: Option<String>,
    /// Cells of all rows of this part, by column.
    known: Vec<(String, Cell)>,
}

impl Part {
    /// A row of the probe's shape: what is known of the part, and the cells of `found`. A column that neither has is null.
    pub fn row(&self, probe: &Probe, found: &[(&str, Cell)]) -> Vec<Cell> {
        let cell = |column: &Column| {
            let known = self.known.iter().find(|(name, _)| *name == column.name).map(|(_, cell)| cell);
            let found = found.iter().find(|(name, _)| *name == column.name).map(|(_, cell)| cell);
            known.or(found).cloned().unwrap_or(Cell::Null)
        };
        probe.shape.columns.iter().map(cell).collect()
    }
}

impl Session {
    /// The parts that a scan has to read.
    pub async fn parts(&self, probe: &Probe, version: ServerVersion) -> Result<Vec<Part>, ProbeError> {
        let sql = probe.sql(version).ok_or(ProbeError::NoQuery(version))?;
        let own = |name: &str, kind: ColumnType| Column { name: name.to_owned(), kind, nullable: true };
        let mut own = vec![
            own("reads", ColumnType::Text),
            own("bytes", ColumnType::Int),
            own("statement", ColumnType::Text),
            own("suspect", ColumnType::Bool),
        ];
        own.truncate(if probe.suspects { 4 } else { 3 });
        let known: Vec<&Column> =
            probe.shape.columns.iter().filter(|column| probe.known.contains(&column.name)).collect();
        let wanted: Vec<&Column> = own.iter().chain(known.iter().copied()).collect();
        let rows = self.cells(sql, &wanted).await?;
        let part = |cells: Vec<Cell>| {
            let mut cells = cells.into_iter();
            let mut next = || cells.next().unwrap_or(Cell::Null);
            let text = |cell: Cell| if let Cell::Text(text) = cell { Some(text) } else { None };
            let (reads, bytes, statement) = (next(), next(), next());
            let suspect = probe.suspects && next() == Cell::Bool(true);
            Part {
                reads: text(reads).unwrap_or_default(),
                bytes: if let Cell::Int(bytes) = bytes { bytes } else { 0 },
                suspect,
                statement: text(statement),
                known: known.iter().map(|column| (column.name.clone(), next())).collect(),
            }
        };
        Ok(rows.into_iter().map(part).collect())
    }

    /// Reads one part, for no longer than `time`: rows of the probe's shape. With `row_security` off a policy that would
    /// hide rows is an error.
    pub async fn read_part(
        &self,
        probe: &Probe,
        part: &Part,
        statement: &str,
        time: Duration,
    ) -> Result<Vec<Vec<Cell>>, ProbeError> {
        let index = if probe.without_indexes { "off" } else { "on" };
        self.watch.set_limit(Some(time));
        self.execute(&format!(
            "set statement_timeout = {}; set row_security = off; set enable_indexscan = {index}; \
             set enable_indexonlyscan = {index}; set enable_bitmapscan = {index}",
            time.as_millis().max(1),
        ))
        .await?;
        let missing: Vec<&Column> =
            probe.shape.columns.iter().filter(|column| !probe.known.contains(&column.name)).collect();
        let rows = self.cells(statement, &missing).await?;
        let named = |cells: Vec<Cell>| -> Vec<(&str, Cell)> {
            missing.iter().map(|column| column.name.as_str()).zip(cells).collect()
        };
        Ok(rows.into_iter().map(|cells| part.row(probe, &named(cells))).collect())
    }
}

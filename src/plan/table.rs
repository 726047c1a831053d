//! Tables to copy: which columns, in which format, in how many parts.

use serde::{Deserialize, Serialize};

use crate::pg::{ident, literal, qualified};

/// A column that is copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceColumn {
    /// Its name.
    pub name: String,
    /// Its type as `format_type` without modifier gives it, schema-qualified outside pg_catalog.
    pub type_name: String,
    /// Whether values travel safely in binary: a type of PostgreSQL itself whose binary form is the same in every
    /// supported version and holds no object numbers.
    pub binary: bool,
}

/// A table whose rows are copied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceTable {
    /// Its number in the catalog of the source.
    pub oid: u32,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// The size of its heap in bytes.
    pub bytes: i64,
    /// Its pages.
    pub pages: i64,
    /// Columns that are copied, in order; generated columns are not among them.
    pub columns: Vec<SourceColumn>,
    /// The rows of a configuration table of an extension that are the user's: `WHERE …`, or empty for all.
    pub condition: Option<String>,
    /// The partitions whose rows are loaded through this table, since on the target they may belong to other partitions.
    /// They are copied and compared as one. Empty for a table that has its own rows.
    pub partitions: Vec<SourceTable>,
}

impl SourceTable {
    /// `schema.name`, for people.
    pub fn title(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    /// `"schema"."name"`.
    pub fn sql(&self) -> String {
        qualified(&self.schema, &self.name)
    }

    /// What its rows are read from in SQL: the table without its children, or with its partitions.
    pub fn rows_sql(&self) -> String {
        if self.partitions.is_empty() { format!("only {}", self.sql()) } else { self.sql() }
    }

    /// Leaves out rows of partitions that are loaded through this table, by a condition that both servers understand.
    pub(crate) fn leave_out_partitions(&mut self, is_left_out: impl Fn(&SourceTable) -> bool) {
        let out: Vec<String> = self
            .partitions
            .extract_if(.., |partition| is_left_out(partition))
            .map(|p| format!("tableoid is distinct from pg_catalog.to_regclass({})", literal(&p.sql())))
            .collect();
        if !out.is_empty() {
            self.condition = Some(format!("where {}", out.join(" and ")));
        }
    }

    /// The numbers of the table and of the partitions that are loaded through it.
    pub(crate) fn oids(&self) -> impl Iterator<Item = u32> {
        std::iter::once(self.oid).chain(self.partitions.iter().map(|partition| partition.oid))
    }

    /// The names of its columns for SQL.
    pub fn column_list(&self) -> String {
        self.columns.iter().map(|c| ident(&c.name)).collect::<Vec<_>>().join(", ")
    }
}

/// How rows travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyFormat {
    /// Binary: cheaper on both servers.
    Binary,
    /// Text: always right.
    Text,
}

impl CopyFormat {
    /// `binary` or `text`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Text => "text",
        }
    }
}

/// Binary where every column allows it and no bytes of unknown encoding are about.
pub fn copy_format(table: &SourceTable, source_encoding: &str) -> CopyFormat {
    // Binary text goes through the conversion of the client encoding; SQL_ASCII bytes would be checked and refused.
    if source_encoding != "SQL_ASCII" && table.columns.iter().all(|c| c.binary) {
        CopyFormat::Binary
    } else {
        CopyFormat::Text
    }
}

/// A range of pages of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyPart {
    /// The first page.
    pub from: i64,
    /// The page behind the last; `None` for the last part, which has no end.
    pub to: Option<i64>,
}

/// Splits a large table into ranges of pages; `None` when it is copied whole. Servers before 14 would read the whole
/// table for each part, so nothing is split there.
pub fn parts(
    table: &SourceTable,
    total_bytes: i64,
    jobs: usize,
    source_version_num: i64,
) -> Option<Vec<CopyPart>> {
    const PART_BYTES_MIN: i64 = 256 * 1024 * 1024;
    if source_version_num < 140_000 || jobs < 2 || table.condition.is_some() || !table.partitions.is_empty() {
        return None;
    }
    let jobs = i64::try_from(jobs).unwrap_or(1);
    let part_bytes = PART_BYTES_MIN.max(total_bytes / (4 * jobs));
    let count = table.bytes / part_bytes;
    if count < 2 {
        return None;
    }
    let step = table.pages / count + 1;
    let ranges =
        (0..count).map(|n| CopyPart { from: n * step, to: (n + 1 < count).then_some((n + 1) * step) });
    Some(ranges.collect())
}

#[cfg(test)]
mod tests {
    use super::{CopyPart, SourceTable, parts};

    fn table(bytes: i64) -> SourceTable {
        SourceTable { bytes, pages: bytes / 8192, ..SourceTable::default() }
    }

    #[test]
    fn parts_cover_all_pages_and_the_last_has_no_end() {
        let gib = 1024 * 1024 * 1024;
        let found = parts(&table(gib), gib, 4, 160_000).unwrap();
        assert_eq!(found.first().map(|p| p.from), Some(0));
        assert!(found.windows(2).all(|pair| pair[0].to == Some(pair[1].from)));
        assert_eq!(found.last(), Some(&CopyPart { from: found.last().unwrap().from, to: None }));
        assert_eq!(parts(&table(gib), gib, 4, 130_000), None);
        assert_eq!(parts(&table(1000), 1000, 4, 160_000), None);
    }
}

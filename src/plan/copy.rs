//! The statements that copy a table, or a part of it.

use crate::pg::ident;
use crate::plan::table::{CopyFormat, CopyPart, SourceColumn, SourceTable, copy_format};

/// The size in bytes from which a table is emptied and copied frozen.
const FROZEN_BYTES_MIN: i64 = 1024 * 1024;

/// What is run on each side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyStatements {
    /// How rows travel.
    pub format: CopyFormat,
    /// Reads the rows on the source.
    pub out: String,
    /// What comes before on the target, with the transaction that `into` needs then.
    pub empty: Option<String>,
    /// Takes the rows on the target.
    pub into: String,
}

/// A value of type `"char"` as text that 16 and later read: older servers write one beyond ASCII as the byte itself, which is
/// no text in UTF-8, newer ones as `\\ooo` (<https://www.postgresql.org/docs/release/16.0/>).
fn octal(column: &str) -> String {
    let byte = format!("pg_catalog.get_byte(pg_catalog.charsend({column}), 0)");
    format!(
        "case when {byte} > 127 then pg_catalog.concat(E'\\\\', {byte} >> 6, ({byte} >> 3) & 7, {byte} & 7) \
              else pg_catalog.textin(pg_catalog.charout({column})) end"
    )
}

/// Makes the statements, for these versions of source and target.
pub fn copy_statements(
    table: &SourceTable,
    range: Option<CopyPart>,
    source_encoding: &str,
    versions: (i64, i64),
) -> CopyStatements {
    let format = copy_format(table, source_encoding);
    let escaped = format == CopyFormat::Text && versions.0 < 160_000 && versions.1 >= 160_000;
    let is_char = |column: &&SourceColumn| escaped && column.type_name == "\"char\"";
    let mut options = match format {
        CopyFormat::Binary => "format binary".to_owned(),
        CopyFormat::Text => "format text".to_owned(),
    };
    if source_encoding == "SQL_ASCII" {
        options.push_str(", encoding 'SQL_ASCII'");
    }
    let (name, rows, columns) = (table.sql(), table.rows_sql(), table.column_list());
    let read: Vec<String> = table
        .columns
        .iter()
        .map(|column| if is_char(&column) { octal(&ident(&column.name)) } else { ident(&column.name) })
        .collect();
    let (read, has_char) = (read.join(", "), table.columns.iter().any(|column| is_char(&column)));
    let list = if columns.is_empty() { String::new() } else { format!(" ({columns})") };
    let out = match (range, &table.condition) {
        (Some(CopyPart { from, to }), _) => {
            let to = to.map(|to| format!(" and ctid < '({to},0)'::pg_catalog.tid")).unwrap_or_default();
            format!(
                "copy (select {read} from {rows} where ctid >= '({from},0)'::pg_catalog.tid{to}) to stdout ({options})"
            )
        }
        (None, Some(condition)) => {
            format!("copy (select {read} from {rows} {condition}) to stdout ({options})")
        }
        // COPY of a partitioned table itself would be refused.
        (None, None) if !table.partitions.is_empty() || has_char => {
            format!("copy (select {read} from {rows}) to stdout ({options})")
        }
        (None, None) => format!("copy {name}{list} to stdout ({options})"),
    };
    // A table that is copied whole is emptied first and copied frozen, all in one transaction; with wal_level=minimal
    // that needs no WAL. Where there is little to copy, the new files of TRUNCATE would cost more than they save. The
    // rows an extension has put into its own table stay.
    let is_plain = range.is_none() && table.condition.is_none() && table.partitions.is_empty();
    let whole = is_plain && table.bytes >= FROZEN_BYTES_MIN;
    if whole {
        options.push_str(", freeze");
    }
    CopyStatements {
        format,
        out,
        empty: whole.then(|| format!("begin; truncate only {name}")),
        into: format!("copy {name}{list} from stdin ({options})"),
    }
}

#[cfg(test)]
mod tests {
    use super::copy_statements;
    use crate::plan::{CopyPart, SourceColumn, SourceTable};

    #[test]
    fn only_a_table_that_is_copied_whole_is_frozen() {
        let table =
            SourceTable { schema: "s".into(), name: "t".into(), bytes: 1 << 30, ..SourceTable::default() };
        let whole = copy_statements(&table, None, "UTF8", (130_000, 180_000));
        assert_eq!(whole.into, r#"copy "s"."t" from stdin (format binary, freeze)"#);
        assert_eq!(whole.empty.as_deref(), Some(r#"begin; truncate only "s"."t""#));
        let part = copy_statements(&table, Some(CopyPart { from: 3, to: None }), "UTF8", (130_000, 180_000));
        assert_eq!((part.empty, part.into.contains("freeze")), (None, false));
    }

    #[test]
    fn a_char_beyond_ascii_is_escaped_for_servers_that_read_that() {
        let column = |name: &str, type_name: &str, binary| SourceColumn {
            name: name.into(),
            type_name: type_name.into(),
            binary,
        };
        let columns = vec![column("c", "\"char\"", true), column("x", "xml", false)];
        let table = SourceTable { schema: "s".into(), name: "t".into(), columns, ..SourceTable::default() };
        let out = |versions| copy_statements(&table, None, "UTF8", versions).out;
        assert!(out((150_000, 160_000)).contains("charsend(\"c\")"));
        assert_eq!(out((160_000, 180_000)), r#"copy "s"."t" ("c", "x") to stdout (format text)"#);
    }
}

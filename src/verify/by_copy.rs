//! Rows of tables that are read by COPY and hashed here.
//!
//! Planning a query over a table looks into the expressions of its indexes: a function of a user would run with the rights of
//! whoever verifies, and one that fails would keep a right copy from being compared. COPY of a table plans nothing. It does not
//! give what is generated: that is computed on the target, by an expression that is compared.

use sha2::{Digest as _, Sha256};

use crate::pg::qualified;
use crate::plan::CopyFormat;
use crate::server::{ProbeError, Session, read_copy};
use crate::verify::values::{ReadTable, Shapes, prints_name_of_object, prints_otherwise};

/// How a table is read, the same on both sides.
#[derive(Debug)]
pub(crate) struct Reading {
    format: CopyFormat,
    /// Without quotation marks, which each version puts around names by its own list of reserved words.
    without_quotes: bool,
    statements: Vec<String>,
}

impl Reading {
    /// How to read a table on servers of these versions, or why its values cannot be compared in this way.
    pub(crate) fn of(
        ReadTable { table, columns }: &ReadTable<'_>,
        shapes: &Shapes,
        versions: (i64, i64),
    ) -> Result<Reading, String> {
        let copied = columns.iter().filter(|(name, _)| table.columns.iter().any(|c| c.name == *name));
        let oids: Vec<u32> = copied.map(|(_, oid)| *oid).collect();
        let is_alike = !oids.iter().any(|oid| prints_otherwise(shapes, *oid, versions));
        let format = if is_alike {
            CopyFormat::Text
        } else if table.columns.iter().all(|column| column.binary) {
            CopyFormat::Binary
        } else {
            return Err("a query over it would run functions of users, and COPY prints its values otherwise on the two versions".to_owned());
        };
        let relations =
            if table.partitions.is_empty() { std::slice::from_ref(*table) } else { &table.partitions };
        let list = table.column_list();
        let list = if list.is_empty() { list } else { format!(" ({list})") };
        let options = match format {
            // The bytes of the database, in its own encoding.
            CopyFormat::Text => "format text, encoding 'SQL_ASCII'",
            CopyFormat::Binary => "format binary",
        };
        let statement = |relation: &crate::plan::SourceTable| {
            format!("copy {}{list} to stdout ({options})", qualified(&relation.schema, &relation.name))
        };
        Ok(Reading {
            format,
            without_quotes: oids.iter().any(|oid| prints_name_of_object(shapes, *oid)),
            statements: relations.iter().map(statement).collect(),
        })
    }

    /// The number of rows and their digest.
    pub(crate) async fn read(&self, session: &Session) -> Result<(String, String), ProbeError> {
        let mut sum = Sum::default();
        for statement in &self.statements {
            let mut rows = Rows { format: self.format, open: Vec::new(), is_begun: false };
            read_copy(session, statement, |block| {
                rows.take(block, |row| sum.add(row, self.without_quotes));
            })
            .await?;
            if !rows.open.is_empty() {
                let text = format!("the {} ended a COPY in the middle of a row", session.side);
                return Err(ProbeError::Server { text, sqlstate: Some("08P01".to_owned()) });
            }
        }
        Ok((sum.rows.to_string(), format!("{:032x}", sum.hashes)))
    }
}

/// Rows of a table in any order.
#[derive(Debug, Default)]
struct Sum {
    rows: u64,
    hashes: u128,
}

impl Sum {
    fn add(&mut self, row: &[u8], without_quotes: bool) {
        let hash = if without_quotes {
            Sha256::digest(row.iter().copied().filter(|byte| *byte != b'"').collect::<Vec<u8>>())
        } else {
            Sha256::digest(row)
        };
        let half = hash.iter().take(16).fold(0_u128, |half, byte| (half << 8) | u128::from(*byte));
        self.rows += 1;
        self.hashes = self.hashes.wrapping_add(half);
    }
}

/// What came of a COPY, cut into rows.
#[derive(Debug)]
struct Rows {
    format: CopyFormat,
    /// What is not a whole row yet.
    open: Vec<u8>,
    /// Whether the header of the binary format is behind us.
    is_begun: bool,
}

impl Rows {
    fn take(&mut self, block: &[u8], mut each: impl FnMut(&[u8])) {
        self.open.extend_from_slice(block);
        let mut at = 0;
        while let Some((length, is_row)) = self.next(&self.open[at..]) {
            if is_row {
                each(&self.open[at..at + length]);
            }
            self.is_begun = true;
            at += length;
        }
        self.open.drain(..at);
    }

    /// The length of what comes next, and whether it is a row.
    fn next(&self, bytes: &[u8]) -> Option<(usize, bool)> {
        match self.format {
            CopyFormat::Text => bytes.iter().position(|byte| *byte == b'\n').map(|at| (at + 1, true)),
            CopyFormat::Binary if !self.is_begun => header(bytes).map(|length| (length, false)),
            CopyFormat::Binary => tuple(bytes),
        }
    }
}

/// The length of the header of the binary format: signature, flags, and an extension with its length.
/// Source: <https://www.postgresql.org/docs/18/sql-copy.html>, "Binary Format".
fn header(bytes: &[u8]) -> Option<usize> {
    const BEFORE_EXTENSION: usize = 11 + 4;
    let extension = length_at(bytes, BEFORE_EXTENSION)?;
    let length = BEFORE_EXTENSION + 4 + extension;
    (bytes.len() >= length).then_some(length)
}

/// The length of a tuple, or of the trailer, which is none: the number of fields, then each with its length.
fn tuple(bytes: &[u8]) -> Option<(usize, bool)> {
    let fields = i16::from_be_bytes(bytes.get(..2)?.try_into().ok()?);
    let mut length = 2;
    for _ in 0..fields {
        length += 4 + length_at(bytes, length)?;
    }
    (bytes.len() >= length).then_some((length, fields >= 0))
}

/// A length of four bytes. That of a null is -1, and no bytes follow.
fn length_at(bytes: &[u8], at: usize) -> Option<usize> {
    let length = i32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?);
    usize::try_from(length.max(0)).ok()
}

#[cfg(test)]
mod tests {
    use super::{Rows, Sum};
    use crate::plan::CopyFormat;

    /// The rows of a stream that comes in blocks of some bytes.
    fn rows(format: CopyFormat, stream: &[u8], block_bytes: usize) -> Vec<Vec<u8>> {
        let (mut rows, mut found) = (Rows { format, open: Vec::new(), is_begun: false }, Vec::new());
        for block in stream.chunks(block_bytes) {
            rows.take(block, |row| found.push(row.to_vec()));
        }
        assert!(rows.open.is_empty());
        found
    }

    #[test]
    fn rows_are_cut_wherever_blocks_end() {
        let text = b"1\tx\\ny\n\n2\t\\N\n";
        let mut binary = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\x02ab".to_vec();
        let first = b"\0\x02\0\0\0\x01\n\xff\xff\xff\xff";
        binary.extend_from_slice(first);
        binary.extend_from_slice(b"\0\0\xff\xff");
        for block_bytes in 1..binary.len() {
            assert_eq!(rows(CopyFormat::Text, text, block_bytes), [&b"1\tx\\ny\n"[..], b"\n", b"2\t\\N\n"]);
            assert_eq!(rows(CopyFormat::Binary, &binary, block_bytes), [&first[..], b"\0\0"]);
        }
    }

    #[test]
    fn the_order_of_rows_is_no_part_of_the_sum() {
        let of = |rows: &[&str], without_quotes| {
            let mut sum = Sum::default();
            for row in rows {
                sum.add(row.as_bytes(), without_quotes);
            }
            (sum.rows, sum.hashes)
        };
        assert_eq!(of(&["a", "b"], false), of(&["b", "a"], false));
        assert_ne!(of(&["a", "b"], false), of(&["a", "a"], false));
        assert_ne!(of(&["a"], false), of(&["\"a\""], false));
        assert_eq!(of(&["a"], true), of(&["\"a\""], true));
    }
}

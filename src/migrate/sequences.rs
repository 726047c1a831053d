//! The values of sequences.

use std::collections::BTreeSet;

use crate::migrate::error::MigrateError;
use crate::pg::literal;
use crate::server::{Session, doing, list_sequences};

/// Sets every sequence, and returns how many there are.
pub(crate) async fn copy(source: &Session, target: &Session) -> Result<usize, MigrateError> {
    let there: BTreeSet<String> = list_sequences(target).await?.into_iter().collect();
    // One that a filter leaves out is not there; one that is missing for another reason shows in the verification.
    let names: Vec<String> =
        list_sequences(source).await?.into_iter().filter(|name| there.contains(name)).collect();
    // Many at a time, but no statement of unlimited length.
    for batch in names.chunks(200) {
        let reads: Vec<String> = batch
            .iter()
            .map(|name| format!("select {}, last_value::text, is_called::text from {name}", literal(name)))
            .collect();
        let values = source
            .rows(&reads.join(" union all "))
            .await
            .map_err(doing("read the sequences of the source"))?;
        let sets: Vec<String> = values
            .iter()
            .map(|row| {
                let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
                format!("pg_catalog.setval({}, {}, {})", literal(&text(0)), text(1), text(2))
            })
            .collect();
        target
            .execute(&format!("select {}", sets.join(", ")))
            .await
            .map_err(doing("set the sequences of the target"))?;
    }
    Ok(names.len())
}

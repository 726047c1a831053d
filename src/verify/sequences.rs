//! Last value and state of every sequence on both sides.

use std::collections::BTreeSet;

use crate::outcome::{Difference, Verification};
use crate::pg::literal;
use crate::server::{Session, SnapshotHolder, WorkError, cell_text, doing, list_sequences};

/// Compares last value and state of every sequence.
pub(crate) async fn compare_sequences(
    snapshot: &SnapshotHolder,
    target: &Session,
    found: &mut Verification,
) -> Result<(), WorkError> {
    let source = snapshot.open().await?;
    let there: BTreeSet<String> = list_sequences(target).await?.into_iter().collect();
    // One that is missing on the target is told by the comparison of objects.
    let both: Vec<String> =
        list_sequences(&source).await?.into_iter().filter(|name| there.contains(name)).collect();
    for batch in both.chunks(200) {
        let reads: Vec<String> = batch
            .iter()
            .map(|name| {
                format!("select {}, pg_catalog.concat(last_value, ' ', is_called) from {name}", literal(name))
            })
            .collect();
        let sql = format!("select * from ({}) s order by 1", reads.join(" union all "));
        let (a, b) = tokio::join!(source.rows(&sql), target.rows(&sql));
        let a = a.map_err(doing("read the sequences of the source"))?;
        let b = b.map_err(doing("read the sequences of the target"))?;
        for (a, b) in a.iter().zip(&b) {
            found.sequences += 1;
            if a != b {
                found.differences.push(Difference {
                    subject: format!("sequence {}", cell_text(a, 0)),
                    what: "last value and whether it was used".to_owned(),
                    source: Some(cell_text(a, 1)),
                    target: Some(cell_text(b, 1)),
                    rows: Vec::new(),
                });
            }
        }
    }
    Ok(())
}

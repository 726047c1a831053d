//! Taking up an interrupted migration: what of it counts, and whether the source is still what it was.

use sha2::{Digest, Sha256};

use crate::migrate::error::MigrateError;
use crate::migrate::event::{DoneDatabase, SourceSeen};
use crate::pg::hex;
use crate::plan::Entry;
use crate::server::{Session, SnapshotHolder, answered_number, doing};

/// How the migration of a database starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// From nothing.
    Anew,
    /// From nothing, once the database that the interrupted migration had made is dropped.
    DropFirst,
    /// With the schema, in a database that was there before: some of it may have been made.
    Schema,
    /// With the data: the schema is there.
    Data,
}

/// The database of the target as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Existing {
    /// Its number.
    pub(crate) oid: u32,
    /// Tables, views and sequences of users in it.
    pub(crate) objects: i64,
}

/// Decides where to start. `restart` is the wish to copy everything again.
pub(crate) fn decide(
    before: &DoneDatabase,
    existing: Option<Existing>,
    seen: &SourceSeen,
    restart: bool,
) -> Result<Start, String> {
    let Some(existing) = existing else { return Ok(Start::Anew) };
    let ours = before.made == Some(existing.oid)
        // It was made, but the program died before that was written down: it is as empty as it was made.
        || (before.intended && before.made.is_none() && existing.objects == 0);
    let found = before.found == Some(existing.oid);
    if !ours && !found {
        return if before.made.is_some() || before.found.is_some() {
            Err("is not the one that the interrupted run filled: somebody has made it anew".to_owned())
        } else {
            Ok(Start::Anew)
        };
    }
    let same_schema = before.seen.as_ref().is_some_and(|b| b.schema_digest == seen.schema_digest);
    match (before.schema.is_some(), ours) {
        (true, _) if same_schema && !(restart && before.finishing) => Ok(Start::Data),
        (_, true) if restart || before.schema.is_none() => Ok(Start::DropFirst),
        (false, false) if same_schema => Ok(Start::Schema),
        (_, true) => Err("cannot be gone on with: the schema of the source has changed since \
                          (--restart-tables starts it over)"
            .to_owned()),
        (_, false) => {
            let why = if same_schema {
                "it has its triggers already"
            } else {
                "the schema of the source has changed since"
            };
            Err(format!(
                "cannot be filled again: {why}, and the database was not made by the run, so it is not dropped: \
                 empty it and start a new run"
            ))
        }
    }
}

/// A look at the source, inside the snapshot of the copy.
pub(crate) async fn look(
    snapshot: &SnapshotHolder,
    target: &Session,
    entries: &[Entry],
) -> Result<SourceSeen, MigrateError> {
    let sql = "select pg_catalog.txid_snapshot_xmin(s), pg_catalog.txid_snapshot_xmax(s) from pg_catalog.txid_current_snapshot() s";
    let action = "read the transactions of the source";
    let rows = snapshot.session.rows(sql).await.map_err(doing(action))?;
    let started = target.single_text("select pg_catalog.pg_postmaster_start_time()").await;
    Ok(SourceSeen {
        schema_digest: digest(entries),
        transaction_min: answered_number(&rows, 0, action)?,
        transaction_max: answered_number(&rows, 1, action)?,
        target_started_at: started.map_err(doing("ask when the target was started"))?.unwrap_or_default(),
    })
}

/// A digest of all entries, in order, with their numbers.
fn digest(entries: &[Entry]) -> String {
    let mut hash = Sha256::new();
    for entry in entries {
        let id = entry.id.to_string();
        let schema = entry.schema.as_deref().unwrap_or("");
        let owner = entry.owner.as_deref().unwrap_or("");
        for part in [&id, entry.kind.as_str(), schema, &entry.tag, owner, &entry.definition] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
    }
    hex(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::{Existing, Start, decide};
    use crate::migrate::event::{DoneDatabase, SourceSeen};

    fn seen(digest: &str) -> SourceSeen {
        SourceSeen { schema_digest: digest.to_owned(), ..SourceSeen::default() }
    }

    #[test]
    fn only_what_the_run_made_itself_is_dropped() {
        let now = seen("a");
        let existing = |oid, objects| Some(Existing { oid, objects });
        let made =
            DoneDatabase { intended: true, made: Some(7), seen: Some(seen("a")), ..DoneDatabase::default() };
        assert_eq!(decide(&made, None, &now, false), Ok(Start::Anew));
        assert_eq!(decide(&made, existing(7, 3), &now, false), Ok(Start::DropFirst));
        assert!(decide(&made, existing(8, 3), &now, true).is_err(), "another database of the same name");
        let intended = DoneDatabase { intended: true, ..DoneDatabase::default() };
        assert_eq!(decide(&intended, existing(7, 0), &now, false), Ok(Start::DropFirst));
        assert_eq!(
            decide(&intended, existing(7, 1), &now, false),
            Ok(Start::Anew),
            "which refuses what is not empty"
        );
        let filled = DoneDatabase { schema: Some(1), ..made };
        assert_eq!(decide(&filled, existing(7, 3), &now, false), Ok(Start::Data));
        assert!(decide(&filled, existing(7, 3), &seen("b"), false).is_err());
        assert_eq!(decide(&filled, existing(7, 3), &seen("b"), true), Ok(Start::DropFirst));
    }

    #[test]
    fn a_database_that_was_there_before_is_never_dropped() {
        let existing = Some(Existing { oid: 7, objects: 3 });
        let found = DoneDatabase { found: Some(7), seen: Some(seen("a")), ..DoneDatabase::default() };
        assert_eq!(decide(&found, existing, &seen("a"), false), Ok(Start::Schema));
        assert!(decide(&found, existing, &seen("b"), true).is_err());
    }
}

//! Archive entries restored one after the other, where one that fails does not end the work: what needs it is not
//! tried, everything else is, so that one run names all that fails.

use std::collections::{BTreeMap, BTreeSet};

use crate::migrate::error::MigrateError;
use crate::migrate::refusal::{self, RefusedPiece};
use crate::migrate::schema::{self, GrantedRights, SchemaTarget};
use crate::plan::Entry;
use crate::server::Session;

/// Archive entries restored in one transaction: few enough for any lock table.
const BATCH_ENTRIES: usize = 50;

/// What became of an entry.
#[derive(Debug)]
pub(crate) enum Restored {
    /// It is there.
    Worked,
    /// The target refused all or some of it, and nothing that carries rows: what is not there.
    Listed(Vec<RefusedPiece>),
    /// It is not, and why: always [`MigrateError::Entry`].
    Failed(MigrateError),
    /// It was not tried, since the entry of this title failed.
    NotTried(String),
}

/// Restores entries into the database of a session.
#[derive(Debug, Default)]
pub(crate) struct Restorer {
    /// Rights that owners have for the time being.
    pub(crate) rights: GrantedRights,
    /// Whether some may be there already, from an interrupted run: an entry is restored whole or not at all.
    resumed: bool,
    /// By entry that is not there, the title of the one that failed.
    missing: BTreeMap<i32, String>,
    /// Entries of which the target refused the object: what is about them is listed too.
    refused: BTreeSet<i32>,
}

impl Restorer {
    /// One that knows whether an interrupted run was here before.
    pub(crate) fn new(resumed: bool) -> Restorer {
        Restorer { resumed, ..Restorer::default() }
    }

    /// Says that an entry cannot be restored, because of something outside of the archive.
    pub(crate) fn exclude(&mut self, entry: &Entry, because_of: &str) {
        self.missing.insert(entry.id, because_of.to_owned());
    }

    /// Restores entries in this order, and calls `told` with what became of each. Only a lost connection, or a statement
    /// that was canceled, is an error.
    pub(crate) async fn restore(
        &mut self,
        session: &Session,
        target: &SchemaTarget,
        entries: &[&Entry],
        told: &mut (dyn FnMut(&Entry, Restored) + Send),
    ) -> Result<(), MigrateError> {
        let mut rest = entries;
        while !rest.is_empty() {
            let (batch, after) = rest.split_at(batch_length(rest, target));
            rest = after;
            if self.batch(session, target, batch).await {
                for entry in batch {
                    told(entry, Restored::Worked);
                }
                continue;
            }
            // None of them is there; one by one they show which fails.
            for entry in batch {
                let restored = self.one(session, target, entry).await?;
                told(entry, restored);
            }
        }
        Ok(())
    }

    /// The title of what failed, if this entry was excluded or needs something that is not there.
    fn cause(&self, entry: &Entry) -> Option<String> {
        let own = self.missing.get(&entry.id);
        own.or_else(|| entry.needs.iter().find_map(|id| self.missing.get(id))).cloned()
    }

    /// Whether all of these could be restored in one transaction. If not, none of them is there.
    async fn batch(&mut self, session: &Session, target: &SchemaTarget, entries: &[&Entry]) -> bool {
        let alone = |entry: &&Entry| self.cause(entry).is_some() || refusal::is_uncertain(entry, target);
        if entries.len() < 2 || entries.iter().any(alone) {
            return false;
        }
        for entry in entries {
            if self.rights.grant_for(session, entry, target).await.is_err() {
                return false;
            }
        }
        schema::create_batch(session, entries, target).await
    }

    /// Restores one entry, unless something that it needs is not there.
    pub(crate) async fn one(
        &mut self,
        session: &Session,
        target: &SchemaTarget,
        entry: &Entry,
    ) -> Result<Restored, MigrateError> {
        if let Some(title) = self.cause(entry) {
            self.missing.insert(entry.id, title.clone());
            return Ok(Restored::NotTried(title));
        }
        if entry.is_optional() && entry.needs.iter().any(|id| self.refused.contains(id)) {
            return Ok(self.listed(refusal::without_object(entry, target)));
        }
        if refusal::is_uncertain(entry, target) {
            return self.in_pieces(session, target, entry).await;
        }
        match schema::create_granting(session, entry, target, &mut self.rights).await {
            Ok(()) => Ok(Restored::Worked),
            Err(error) if self.resumed && error.is_duplicate() => Ok(Restored::Worked),
            Err(error) if target.lists_refusals && error.is_refusal() => {
                self.in_pieces(session, target, entry).await
            }
            Err(error) => self.failed(entry, error),
        }
    }

    fn failed(&mut self, entry: &Entry, error: MigrateError) -> Result<Restored, MigrateError> {
        if error.ends_session() {
            return Err(error);
        }
        self.missing.insert(entry.id, entry.title());
        Ok(Restored::Failed(error.of_entry(entry)))
    }

    /// Restores what of an entry the target does not refuse.
    async fn in_pieces(
        &mut self,
        session: &Session,
        target: &SchemaTarget,
        entry: &Entry,
    ) -> Result<Restored, MigrateError> {
        match refusal::restore_in_pieces(session, target, entry, &mut self.rights).await {
            Ok(refused) => Ok(self.listed(refused)),
            Err(error) if self.resumed && error.is_duplicate() => Ok(Restored::Worked),
            Err(error) => self.failed(entry, error),
        }
    }

    fn listed(&mut self, refused: Vec<RefusedPiece>) -> Restored {
        if refused.is_empty() {
            return Restored::Worked;
        }
        for piece in &refused {
            self.note_refused(piece);
        }
        Restored::Listed(refused)
    }

    /// Takes note of what was refused, now or in an interrupted run.
    pub(crate) fn note_refused(&mut self, refused: &RefusedPiece) {
        if refused.object_refused {
            self.refused.insert(refused.entry);
        }
    }
}

/// How many entries make the next batch. What is in a schema may need rights on it, which can only be granted when it is
/// there.
fn batch_length(entries: &[&Entry], target: &SchemaTarget) -> usize {
    let length = entries.len().min(BATCH_ENTRIES);
    if target.superuser {
        return length;
    }
    entries[..length].iter().rposition(|entry| entry.kind == "SCHEMA").map_or(length, |at| at + 1)
}

/// Everything that failed while a stage of the schema was restored, and what was not tried because of it.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    failed: Vec<MigrateError>,
    not_tried: Vec<String>,
}

impl Failures {
    /// Takes note of what became of an entry.
    pub(crate) fn note(&mut self, entry: &Entry, restored: Restored) {
        match restored {
            Restored::Worked | Restored::Listed(_) => {}
            Restored::Failed(error) => self.failed.push(error),
            Restored::NotTried(because_of) => {
                self.not_tried.push(format!("{} (because of {because_of})", entry.title()));
            }
        }
    }

    /// All of it as one error, if anything failed.
    pub(crate) fn into_result(mut self) -> Result<(), MigrateError> {
        match self.failed.len() {
            0 => Ok(()),
            1 if self.not_tried.is_empty() => Err(self.failed.remove(0)),
            _ => Err(MigrateError::Entries { failed: self.failed, not_tried: self.not_tried }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Failures, Restored};
    use crate::migrate::error::MigrateError;
    use crate::plan::Entry;

    #[test]
    fn every_failure_is_named_with_what_was_not_tried() {
        let entry = |tag: &str| Entry {
            kind: "VIEW".to_owned(),
            schema: Some("s".to_owned()),
            tag: tag.to_owned(),
            ..Entry::default()
        };
        let failed = |tag: &str| {
            Restored::Failed(MigrateError::Entry {
                object: entry(tag).title(),
                reason: "no such function".to_owned(),
                sqlstate: Some("42883".to_owned()),
                statement: format!("CREATE VIEW s.{tag} …"),
            })
        };
        let mut failures = Failures::default();
        failures.note(&entry("good"), Restored::Worked);
        failures.note(&entry("a"), failed("a"));
        failures.note(&entry("b"), failed("b"));
        failures.note(&entry("on_a"), Restored::NotTried("view s.a".to_owned()));
        let text = failures.into_result().expect_err("two have failed").to_string();
        assert_eq!(
            text,
            "2 objects cannot be created\n\
             create view s.a: no such function\nstatement: CREATE VIEW s.a …\n\
             create view s.b: no such function\nstatement: CREATE VIEW s.b …\n\
             not tried: view s.on_a (because of view s.a)"
        );
        assert!(Failures::default().into_result().is_ok());
    }
}

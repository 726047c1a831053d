//! What a migration tells while it runs. The same events feed the progress on the terminal, the state of a run and its
//! journal, and from the journal an interrupted migration is taken up again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::migrate::refusal::RefusedPiece;
use crate::outcome::{DatabaseOutcome, DatabaseRunState, Deviation, TableOutcome, Verification};

/// Something happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A sentence for people.
    Message {
        /// The database it is about, if it is about one.
        database: Option<String>,
        /// The sentence.
        text: String,
    },
    /// All roles are there.
    RolesCarried {
        /// What of them deviates from the source.
        deviations: Vec<Deviation>,
    },
    /// The source was read inside the snapshot of the copy.
    SourceRead {
        /// The database.
        database: String,
        /// Its tables.
        tables: usize,
        /// The size of their heaps, in bytes.
        bytes: i64,
        /// Archive entries to make: indexes, constraints, functions and everything else.
        objects: usize,
    },
    /// Roles whose membership is lent to the user of the target, to be taken back.
    RolesLent {
        /// The database.
        database: String,
        /// The roles.
        roles: Vec<String>,
    },
    /// The database is about to be made; it is not there.
    DatabaseIntended {
        /// The database.
        database: String,
    },
    /// The database was made.
    DatabaseMade {
        /// The database.
        database: String,
        /// Its number on the target.
        oid: u32,
    },
    /// An empty database was there and is filled.
    DatabaseFound {
        /// The database.
        database: String,
        /// Its number on the target.
        oid: u32,
    },
    /// What the source looks like in the snapshot from which everything is carried that counts as done from here on.
    SourceSeen {
        /// The database.
        database: String,
        /// What it looks like.
        seen: SourceSeen,
    },
    /// Everything before the data is there.
    SchemaMade {
        /// The database.
        database: String,
        /// Archive entries made so far.
        objects: usize,
    },
    /// A table is about to be emptied, to be copied again: nothing of it counts any more.
    TableEmptied {
        /// The database.
        database: String,
        /// `schema.name`.
        table: String,
    },
    /// A table, or a part of it, is being copied.
    CopyStarted {
        /// The database.
        database: String,
        /// `schema.name`.
        table: String,
        /// Which part, from 0.
        part: usize,
        /// How many parts there are.
        parts: usize,
    },
    /// Bytes crossed, in a copy that goes on.
    Copying {
        /// The database.
        database: String,
        /// How many since the last such event.
        bytes: u64,
    },
    /// A table, or a part of it, is on the target for good.
    Copied {
        /// The database.
        database: String,
        /// What was copied; its `parts` is 1.
        outcome: TableOutcome,
        /// Which part, from 0.
        part: usize,
        /// How many parts there are.
        parts: usize,
        /// The size of the part on the source, in bytes.
        weight: i64,
    },
    /// An index, a constraint or the like is being made.
    EntryStarted {
        /// The database.
        database: String,
        /// Its number in the archive.
        entry: i32,
        /// What it is.
        title: String,
    },
    /// An archive entry is there for good.
    EntryMade {
        /// The database.
        database: String,
        /// Its number in the archive.
        entry: i32,
        /// What it is.
        title: String,
        /// How long it took, in seconds.
        seconds: f64,
    },
    /// All tables, and what only waits for tables, are there.
    DataMade {
        /// The database.
        database: String,
    },
    /// What follows the data is being made.
    Finishing {
        /// The database.
        database: String,
    },
    /// The comparison has begun.
    Verifying {
        /// The database.
        database: String,
    },
    /// The target refused something that carries no rows.
    Refused {
        /// The database.
        database: String,
        /// What.
        refused: RefusedPiece,
    },
    /// The database came to an end, good or bad.
    DatabaseEnded {
        /// The database.
        database: String,
        /// What came of it.
        outcome: Box<DatabaseOutcome>,
        /// What was compared.
        verification: Option<Box<Verification>>,
    },
}

/// What a source database looked like, to know later whether it is still the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceSeen {
    /// A digest of every statement of its schema.
    pub schema_digest: String,
    /// The oldest transaction that still ran, of the whole server.
    pub transaction_min: i64,
    /// The next transaction, of the whole server. When both are the same, nothing was under way; when they are still the
    /// same later, nothing was written since.
    pub transaction_max: i64,
    /// When the target was started: after a restart its last commits may be gone.
    pub target_started_at: String,
}

impl SourceSeen {
    /// Whether nothing can have been written between the two looks.
    pub fn is_unchanged_since(&self, before: &SourceSeen) -> bool {
        before.transaction_min == before.transaction_max && before.transaction_max == self.transaction_max
    }
}

/// What an interrupted migration had done, from its journal.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Done {
    /// The deviations of the roles, when all roles were carried.
    pub roles: Option<Vec<Deviation>>,
    /// Each database.
    pub databases: BTreeMap<String, DoneDatabase>,
}

/// What was done of one database.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DoneDatabase {
    /// What the source looked like.
    pub seen: Option<SourceSeen>,
    /// Roles whose membership was lent.
    pub lent: BTreeSet<String>,
    /// Whether the database was about to be made by the migration.
    pub intended: bool,
    /// Its number on the target, when it was made by the migration.
    pub made: Option<u32>,
    /// Its number on the target, when it was there before.
    pub found: Option<u32>,
    /// Archive entries made before the data, when all of them are there.
    pub schema: Option<usize>,
    /// Tables of which every part is there.
    pub tables: BTreeMap<String, TableOutcome>,
    /// Parts that are there, of tables that are not complete.
    pub parts: BTreeMap<String, BTreeMap<usize, TableOutcome>>,
    /// Archive entries after the data that are there.
    pub entries: BTreeSet<i32>,
    /// What the target refused, as far as it carries no rows.
    pub refused: Vec<RefusedPiece>,
    /// Whether triggers and the like may be there.
    pub finishing: bool,
    /// The end, when it was a good one and the comparison, if there was one, has passed.
    pub ended: Option<(DatabaseOutcome, Option<Verification>)>,
}

impl Done {
    /// Takes in one event of the journal.
    pub fn add(&mut self, event: Event) {
        match event {
            Event::RolesCarried { deviations } => self.roles = Some(deviations),
            Event::SourceSeen { database, seen } => self.of(database).seen = Some(seen),
            Event::RolesLent { database, roles } => self.of(database).lent.extend(roles),
            // Made anew: nothing that was there before counts.
            Event::DatabaseIntended { database } => {
                let of = self.of(database);
                *of = DoneDatabase {
                    lent: std::mem::take(&mut of.lent),
                    intended: true,
                    ..DoneDatabase::default()
                };
            }
            Event::DatabaseMade { database, oid } => self.of(database).made = Some(oid),
            Event::DatabaseFound { database, oid } => self.of(database).found = Some(oid),
            Event::SchemaMade { database, objects } => self.of(database).schema = Some(objects),
            Event::Copied { database, outcome, part, parts, .. } => {
                self.of(database).copied(outcome, part, parts);
            }
            Event::TableEmptied { database, table } => self.of(database).emptied(&table),
            Event::EntryMade { database, entry, .. } => {
                self.of(database).entries.insert(entry);
            }
            Event::Refused { database, refused } => self.of(database).refused.push(refused),
            Event::Finishing { database } => self.of(database).finishing = true,
            // Where the comparison did not pass, it is not known what is missing: it is done again.
            Event::DatabaseEnded { database, outcome, verification }
                if outcome.state == DatabaseRunState::Succeeded
                    && verification.as_ref().is_none_or(|found| found.passed) =>
            {
                self.of(database).ended = Some((*outcome, verification.map(|v| *v)));
            }
            Event::DatabaseEnded { .. }
            | Event::SourceRead { .. }
            | Event::CopyStarted { .. }
            | Event::Message { .. }
            | Event::Copying { .. }
            | Event::EntryStarted { .. }
            | Event::DataMade { .. }
            | Event::Verifying { .. } => {}
        }
    }

    fn of(&mut self, database: String) -> &mut DoneDatabase {
        self.databases.entry(database).or_default()
    }
}

impl DoneDatabase {
    fn copied(&mut self, outcome: TableOutcome, part: usize, parts: usize) {
        let name = outcome.name.clone();
        let found = self.parts.entry(name.clone()).or_default();
        found.insert(part, outcome);
        if found.len() < parts {
            return;
        }
        if let Some(all) = self.parts.remove(&name) {
            let whole = all.into_values().reduce(|mut whole, part| {
                whole.add(&part);
                whole
            });
            self.tables.extend(whole.map(|whole| (name, whole)));
        }
    }

    fn emptied(&mut self, table: &str) {
        self.tables.remove(table);
        self.parts.remove(table);
    }
}

#[cfg(test)]
mod tests {
    use super::{Done, Event, SourceSeen};
    use crate::outcome::{DatabaseOutcome, DatabaseRunState, TableOutcome, Verification};

    fn copied(part: usize) -> Event {
        let outcome = TableOutcome {
            name: "s.t".into(),
            rows: 5,
            bytes: 50,
            format: "text".into(),
            parts: 1,
            ..TableOutcome::default()
        };
        Event::Copied { database: "d".into(), outcome, part, parts: 2, weight: 1 }
    }

    #[test]
    fn a_table_is_done_when_all_its_parts_are() {
        let mut done = Done::default();
        done.add(copied(1));
        assert!(done.databases["d"].tables.is_empty());
        done.add(copied(0));
        let table = &done.databases["d"].tables["s.t"];
        assert_eq!((table.rows, table.parts), (10, 2));
        done.add(Event::TableEmptied { database: "d".into(), table: "s.t".into() });
        assert!(done.databases["d"].tables.is_empty(), "what is copied again is not done");
        done.add(Event::DatabaseIntended { database: "d".into() });
        assert!(done.databases["d"].intended && done.databases["d"].entries.is_empty());
    }

    #[test]
    fn a_database_has_ended_when_its_comparison_has_passed() {
        let ended = |passed| {
            let outcome =
                DatabaseOutcome { state: DatabaseRunState::Succeeded, ..DatabaseOutcome::default() };
            let verification = Verification { passed, ..Verification::default() };
            let mut done = Done::default();
            done.add(Event::DatabaseEnded {
                database: "d".into(),
                outcome: Box::new(outcome),
                verification: Some(Box::new(verification)),
            });
            done.databases.contains_key("d")
        };
        assert!(ended(true) && !ended(false));
    }

    #[test]
    fn a_source_with_transactions_under_way_cannot_be_told_to_be_unchanged() {
        let seen =
            |min, max| SourceSeen { transaction_min: min, transaction_max: max, ..SourceSeen::default() };
        assert!(seen(7, 7).is_unchanged_since(&seen(7, 7)));
        assert!(!seen(8, 8).is_unchanged_since(&seen(7, 7)));
        assert!(!seen(8, 8).is_unchanged_since(&seen(7, 8)), "transaction 7 may have committed since");
    }
}

//! What the phases of one database work with: what was read of the source, the sessions, and what came of it so far.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use crate::facts::DatabasePair;
use crate::migrate::database::DatabaseFacts;
use crate::migrate::error::MigrateError;
use crate::migrate::event::{DoneDatabase, Event, SourceSeen};
use crate::migrate::refusal::RefusedPiece;
use crate::migrate::restore::{Failures, Restored, Restorer};
use crate::migrate::resume::Start;
use crate::migrate::run::{Events, Run};
use crate::migrate::schema::SchemaTarget;
use crate::outcome::{DatabaseOutcome, ObjectOutcome, Verification};
use crate::plan::{Entry, GrantsChoice, Graph, Relations, SourceTable, Stage};
use crate::server::{Session, SnapshotHolder};
use crate::verify::{ArchivePlan, VerifyLevel, VerifyPlan};

/// What was read of a source database, all inside one snapshot.
pub(crate) struct Source {
    pub(crate) snapshot: SnapshotHolder,
    pub(crate) facts: DatabaseFacts,
    /// Entries that are restored; what is left out is not among them.
    pub(crate) entries: Vec<Entry>,
    /// The numbers of what was left out.
    pub(crate) left_out: BTreeSet<u32>,
    pub(crate) tables: Vec<SourceTable>,
    /// What the order of steps depends on besides entries and tables.
    pub(crate) relations: Relations,
    pub(crate) seen: SourceSeen,
    /// How much had been written when the snapshot was taken.
    pub(crate) writes: (i64, i64),
}

/// One database on its way.
pub(crate) struct Context<'a> {
    pub(crate) run: &'a Run<'a>,
    pub(crate) pair: &'a DatabasePair,
    /// A session of the target's server, outside the database.
    pub(crate) control: &'a Session,
    pub(crate) source: Arc<Source>,
    /// The session of the target database for what is not done side by side.
    pub(crate) session: Session,
    /// Which entries are restored when.
    pub(crate) graph: Graph,
    /// How they are restored.
    pub(crate) target: SchemaTarget,
    pub(crate) restorer: Restorer,
    pub(crate) start: Start,
    /// Whether the database was there before the run.
    pub(crate) was_there: bool,
    /// What an interrupted run had done, and still counts.
    pub(crate) before: DoneDatabase,
    /// When the migration of the database began.
    pub(crate) started: Instant,
    /// What came of it so far.
    pub(crate) outcome: &'a mut DatabaseOutcome,
    pub(crate) verification: Option<Verification>,
    /// Whether the target refused properties of the database.
    pub(crate) properties_refused: bool,
    /// What the target refused, as far as it carries no rows.
    pub(crate) refused: Vec<RefusedPiece>,
    /// The same as the verification names it, object and property, when it is about to begin.
    pub(crate) refused_properties: BTreeSet<(String, String)>,
}

impl Context<'_> {
    pub(crate) fn say(&self, text: impl Into<String>) {
        self.run.say(self.pair, text);
    }

    pub(crate) fn tell(&self, event: Event) {
        (self.run.events)(event);
    }

    /// The name of the database on the source, under which events are told.
    pub(crate) fn database(&self) -> String {
        self.pair.source.clone()
    }

    /// Whether some of the objects may be there already, from an interrupted run.
    pub(crate) fn is_resumed(&self) -> bool {
        matches!(self.start, Start::Schema | Start::Data)
    }

    /// From here on, what is done is done from the source as it is now: not before what was done otherwise is undone.
    pub(crate) fn note_source(&self) {
        self.tell(Event::SourceSeen { database: self.database(), seen: self.source.seen.clone() });
    }

    /// How the copy is compared with the source, if it is.
    pub(crate) fn verify_plan(&self) -> Option<VerifyPlan<'_>> {
        let plan = self.run.plan;
        (plan.verify != VerifyLevel::None).then_some(VerifyPlan {
            target: &plan.target,
            pair: self.pair,
            home: plan.home.as_deref(),
            level: plan.verify,
            jobs: self.run.workers,
            // The archive of a copy without what was refused is another one: then the catalogs alone are compared.
            archive: (self.refused.is_empty() && plan.grants == GrantsChoice::All)
                .then_some(ArchivePlan { pg_dump: &plan.pg_dump, entries: &self.source.entries }),
            left_out: &self.source.left_out,
            database: !self.properties_refused,
            refused: &self.refused_properties,
            partial: !plan.filters.is_empty(),
            owners: plan.keep_owners && plan.grants == GrantsChoice::All,
            role_map: &plan.role_map,
        })
    }

    /// Restores all entries of a stage, one by one in the order of the archive. Those that may take their time are told.
    /// One that fails does not end it: the error names all.
    pub(crate) async fn restore_stage(&mut self, stage: Stage) -> Result<(), MigrateError> {
        let source = Arc::clone(&self.source);
        let mut failures = Failures::default();
        for position in self.graph.stages.positions(stage).to_vec() {
            let entry = &source.entries[position];
            if self.before.entries.contains(&entry.id) {
                self.outcome.objects += 1;
                continue;
            }
            let (database, title) = (self.database(), entry.title());
            self.tell(Event::EntryStarted {
                database: database.clone(),
                entry: entry.id,
                title: title.clone(),
            });
            let began = Instant::now();
            let restored = self.restorer.one(&self.session, &self.target, entry).await?;
            tell_refused(&self.run.events, &self.pair.source, &restored);
            if !note(self.outcome, &mut self.refused, &mut failures, entry, restored) {
                continue;
            }
            let seconds = began.elapsed().as_secs_f64();
            if entry.kind == "MATERIALIZED VIEW DATA" || entry.kind == "INDEX" {
                let started_s = began.duration_since(self.started).as_secs_f64();
                self.outcome.slow_objects.push(ObjectOutcome { name: title.clone(), started_s, seconds });
            }
            self.tell(Event::EntryMade { database, entry: entry.id, title, seconds });
        }
        failures.into_result()
    }

    /// Restores everything that comes before the data, many entries at a time: that spares round trips and commits. One
    /// that fails does not end it: the error names all.
    pub(crate) async fn restore_pre_data(&mut self) -> Result<(), MigrateError> {
        let source = Arc::clone(&self.source);
        let entries: Vec<&Entry> = self
            .graph
            .stages
            .positions(Stage::PreData)
            .iter()
            .map(|position| &source.entries[*position])
            .collect();
        self.say(format!("creating {} objects", entries.len()));
        let mut failures = Failures::default();
        let (events, database) = (&self.run.events, self.pair.source.clone());
        let (outcome, refused) = (&mut *self.outcome, &mut self.refused);
        let mut told = |entry: &Entry, restored: Restored| {
            tell_refused(events, &database, &restored);
            note(outcome, refused, &mut failures, entry, restored);
        };
        self.restorer.restore(&self.session, &self.target, &entries, &mut told).await?;
        failures.into_result()
    }
}

/// Tells what of an entry was refused, so that an interrupted run does not forget it.
fn tell_refused(events: &Events, database: &str, restored: &Restored) {
    if let Restored::Listed(pieces) = restored {
        for refused in pieces {
            events(Event::Refused { database: database.to_owned(), refused: refused.clone() });
        }
    }
}

/// Counts an entry that is there, lists what of it was refused, and says whether it is there.
fn note(
    outcome: &mut DatabaseOutcome,
    refused: &mut Vec<RefusedPiece>,
    failures: &mut Failures,
    entry: &Entry,
    restored: Restored,
) -> bool {
    match restored {
        Restored::Worked => outcome.objects += 1,
        Restored::Listed(pieces) => {
            outcome.objects += usize::from(!pieces.iter().any(|piece| piece.object_refused));
            outcome.deviations.extend(pieces.iter().map(|piece| piece.deviation.clone()));
            refused.extend(pieces);
        }
        restored => {
            failures.note(entry, restored);
            return false;
        }
    }
    true
}

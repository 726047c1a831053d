//! What the phases of one database work with: what was read of the source, the sessions, and what came of it so far.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use crate::facts::DatabasePair;
use crate::migrate::database::DatabaseFacts;
use crate::migrate::error::MigrateError;
use crate::migrate::event::{DoneDatabase, Event, SourceSeen};
use crate::migrate::resume::Start;
use crate::migrate::run::Run;
use crate::migrate::schema::{self, LentRights, SchemaTarget};
use crate::outcome::{DatabaseOutcome, Deviation, DeviationKind, ObjectOutcome, Verification};
use crate::plan::{Entry, Graph, SourceTable, Stage};
use crate::server::{Session, SnapshotHolder};
use crate::verify::{VerifyLevel, VerifyPlan};

/// What was read of a source database, all inside one snapshot.
pub(crate) struct Source {
    pub(crate) snapshot: SnapshotHolder,
    pub(crate) facts: DatabaseFacts,
    /// Entries that are restored; what is left out is not among them.
    pub(crate) entries: Vec<Entry>,
    /// The titles of what was left out.
    pub(crate) left_out: BTreeSet<String>,
    pub(crate) tables: Vec<SourceTable>,
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
    pub(crate) rights: LentRights,
    pub(crate) start: Start,
    /// What an interrupted run had done, and still counts.
    pub(crate) before: DoneDatabase,
    /// When the migration of the database began.
    pub(crate) started: Instant,
    /// What came of it so far.
    pub(crate) outcome: &'a mut DatabaseOutcome,
    pub(crate) verification: Option<Verification>,
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
            left_out: &self.source.left_out,
            partial: !plan.filters.is_empty(),
            owners: plan.keep_owners,
            role_map: &plan.role_map,
        })
    }

    /// Restores all entries of a stage, one by one in the order of the archive. Those that may take their time are told.
    pub(crate) async fn restore_stage(&mut self, stage: Stage) -> Result<(), MigrateError> {
        let source = Arc::clone(&self.source);
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
            self.restore(entry).await?;
            let seconds = began.elapsed().as_secs_f64();
            if entry.kind == "MATERIALIZED VIEW DATA" || entry.kind == "INDEX" {
                let started_s = began.duration_since(self.started).as_secs_f64();
                self.outcome.slow_objects.push(ObjectOutcome { name: title.clone(), started_s, seconds });
            }
            self.tell(Event::EntryMade { database, entry: entry.id, title, seconds });
        }
        Ok(())
    }

    /// Restores an entry, and counts it. A comment on an extension that belongs to somebody else is the only refusal that
    /// is left to the end: who owns the extension shows when it is there. What is there already is the work of the
    /// interrupted run: an entry is restored whole or not at all.
    pub(crate) async fn restore(&mut self, entry: &Entry) -> Result<(), MigrateError> {
        match schema::create_lending(&self.session, entry, &self.target, &mut self.rights).await {
            Err(MigrateError::Entry { object, reason, sqlstate, .. })
                if sqlstate.as_deref() == Some("42501")
                    && entry.kind == "COMMENT"
                    && entry.tag.starts_with("EXTENSION ") =>
            {
                self.outcome.deviations.push(
                    Deviation { kind: DeviationKind::Refused, ..Deviation::left_out(object, reason) }
                        .with_sql(entry.definition.clone(), "the owner of the extension"),
                );
                return Ok(());
            }
            Err(error) if self.is_resumed() && error.is_duplicate() => {}
            result => result?,
        }
        self.outcome.objects += 1;
        Ok(())
    }
}

//! One database: read inside a snapshot, made or taken up again on the target, filled, finished, compared.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use crate::facts::DatabasePair;
use crate::migrate::data::{self, DataPlan};
use crate::migrate::error::MigrateError;
use crate::migrate::event::{DoneDatabase, Event, SourceSeen};
use crate::migrate::resume::{self, Existing, Start};
use crate::migrate::run::Run;
use crate::migrate::schema::{self, LentRights, SchemaTarget, left_out};
use crate::migrate::{database, large_objects, roles};
use crate::outcome::{DatabaseOutcome, Deviation, DeviationKind, ObjectOutcome, Verification};
use crate::pg::{ident, literal};
use crate::plan::{Entry, Section, SourceTable, Work, build_graph};
use crate::server::{Session, SnapshotHolder, connect, doing, dump_schema, list_tables, search_path};
use crate::verify::{VerifyLevel, VerifyPlan, unlike_tables, verify_contents, verify_objects};

/// Archive entries made in one transaction: few enough for any lock table.
const BATCH_ENTRIES: usize = 50;

/// Indexes and constraints that are named with their times.
const SLOW_OBJECTS: usize = 200;

/// What was read of a source database, all inside one snapshot.
struct Source {
    snapshot: SnapshotHolder,
    facts: database::DatabaseFacts,
    /// Entries that are made; what is left out is not among them.
    entries: Vec<Entry>,
    /// The titles of what was left out.
    left_out: BTreeSet<String>,
    tables: Vec<SourceTable>,
    seen: SourceSeen,
    /// How much had been written when the snapshot was taken.
    writes: (i64, i64),
}

/// The target database, as it is to be filled.
struct Made {
    start: Start,
    target: SchemaTarget,
    /// What an interrupted run had done of it, and still counts.
    before: DoneDatabase,
}

/// The next transaction of the session's server, and the rows of its database that were ever written, as the server
/// counts them. The counts may arrive late, the transactions do not: only when both have grown was there a write.
async fn writes(session: &Session) -> Result<(i64, i64), MigrateError> {
    let sql = "select pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()), \
               (select coalesce(pg_catalog.sum(n_tup_ins + n_tup_upd + n_tup_del), 0) from pg_catalog.pg_stat_user_tables)";
    let rows = session.rows(sql).await.map_err(doing("look for writes to the source"))?;
    let number = |at: usize| rows.first().and_then(|row| row.get(at)?.as_ref()?.parse().ok()).unwrap_or(0);
    Ok((number(0), number(1)))
}

impl Run<'_> {
    pub(crate) async fn database(
        &self,
        pair: &DatabasePair,
        control: &Session,
        started: Instant,
        done: &mut DatabaseOutcome,
    ) -> Result<Option<Verification>, MigrateError> {
        let target = SchemaTarget {
            version_num: self.target_version,
            user: self.user.name.clone(),
            superuser: self.user.superuser,
        };
        // Everything is read from the source before anything is dropped on the target.
        let source = self.unless_canceled(self.read(pair, control, &target, done)).await?;
        (self.events)(Event::SourceRead {
            database: pair.source.clone(),
            tables: source.tables.len(),
            bytes: source.tables.iter().map(|t| t.bytes).sum(),
            objects: source.entries.len(),
        });
        let lent = self.lend(pair, control, &source).await?;
        let made = self.make_database(pair, control, &source, target, done).await;
        let was_there = made.as_ref().is_ok_and(|(_, was_there)| *was_there);
        let touched = made.is_ok();
        let result = match made {
            Ok((made, _)) => self.fill(pair, control, &source, made, started, done).await,
            Err(error) => Err(error),
        };
        done.deviations.extend(roles::give_back(control, &self.user, &lent).await);
        match self.written_since(pair, source.writes).await {
            Ok(false) => {}
            Ok(true) => done.deviations.push(Deviation::new(
                DeviationKind::LeftOut,
                "the source",
                "was written to during the migration: what came after the snapshot is not on the target",
            )),
            Err(error) => done.deviations.push(Deviation::new(
                DeviationKind::Note,
                "whether the source was written to",
                format!("is not known: {error}"),
            )),
        }
        if result.is_err() && touched {
            let which =
                if was_there { ", which existed before, with a part of the objects" } else { ", incomplete" };
            done.left_on_target = Some(format!("database {}{which}: it must not be used", pair.target));
            done.cleanup = Some(format!("DROP DATABASE {}", ident(&pair.target)));
        }
        result
    }

    async fn read(
        &self,
        pair: &DatabasePair,
        control: &Session,
        target: &SchemaTarget,
        done: &mut DatabaseOutcome,
    ) -> Result<Source, MigrateError> {
        let plan = self.plan;
        let snapshot = SnapshotHolder::take(&plan.source, &pair.source, plan.home.as_deref()).await?;
        // At once: the server counts rows at the first look, not when the snapshot was taken.
        let writes = writes(&snapshot.session).await?;
        let mut facts = database::read(&snapshot.session, self.source_version).await?;
        self.say(pair, "reading the schema");
        let (entries, tables) = tokio::join!(
            dump_schema(&plan.pg_dump, &plan.source, &snapshot.session, &snapshot.name),
            list_tables(&snapshot.session, self.source_version)
        );
        let (entries, tables) = (entries?, tables?);
        let seen = resume::look(&snapshot, control, &entries).await?;
        let all: BTreeMap<i32, String> = entries.iter().map(|e| (e.id, e.title())).collect();
        let search_path = if plan.filters.is_empty() {
            Vec::new()
        } else {
            search_path(&plan.source, &pair.source, plan.home.as_deref()).await?
        };
        let mut selected =
            plan.filters.apply(entries, tables, &search_path).map_err(MigrateError::Refused)?;
        done.deviations.append(&mut selected.notes);
        facts.apply(&plan.role_map);
        for entry in &mut selected.entries {
            plan.role_map.apply(entry);
        }
        let mut skipped = HashSet::new();
        if !plan.keep_owners {
            facts.owner.clone_from(&target.user);
            for entry in &mut selected.entries {
                entry.owner = None;
            }
            done.deviations
                .push(Deviation::changed("everything", format!("belongs to {}, as asked for", target.user)));
        }
        for entry in &selected.entries {
            // Default privileges are those of a role, and this one makes nothing here.
            let of_other_role = !plan.keep_owners && entry.kind == "DEFAULT ACL";
            let why = if of_other_role {
                Some("it is about objects of another role".to_owned())
            } else {
                left_out(entry, target)
            };
            if let Some(why) = why {
                skipped.insert(entry.id);
                if !why.is_empty() {
                    done.deviations.push(Deviation::left_out(entry.title(), why));
                }
            }
        }
        let entries: Vec<Entry> = selected.entries.into_iter().filter(|e| !skipped.contains(&e.id)).collect();
        let made: BTreeSet<i32> = entries.iter().map(|e| e.id).collect();
        let left_out = all.into_iter().filter(|(id, _)| !made.contains(id)).map(|(_, title)| title).collect();
        Ok(Source { snapshot, facts, entries, left_out, tables: selected.tables, seen, writes })
    }

    /// Makes the user a member of the roles that will own something, where it is not. Roles that an interrupted run has
    /// lent are among the answer, since they are to be given back too.
    async fn lend(
        &self,
        pair: &DatabasePair,
        control: &Session,
        source: &Source,
    ) -> Result<Vec<String>, MigrateError> {
        let mut owners: BTreeSet<String> = source
            .entries
            .iter()
            .filter_map(|e| e.owner.clone().filter(|owner| e.owner_statement(owner).is_some()))
            .collect();
        owners.insert(source.facts.owner.clone());
        let missing = roles::cannot_own(control, &self.user, &owners, self.target_version).await?;
        let mut lent = self.before(pair).map(|before| before.lent.clone()).unwrap_or_default();
        lent.extend(missing.iter().cloned());
        if !missing.is_empty() {
            (self.events)(Event::RolesLent { database: pair.source.clone(), roles: missing.clone() });
            roles::become_able_to_own(control, &self.user, &missing).await?;
        }
        Ok(lent.into_iter().collect())
    }

    /// Whether the source was written to. Asked on a session of its own: the snapshot does not see what came after it.
    async fn written_since(&self, pair: &DatabasePair, before: (i64, i64)) -> Result<bool, MigrateError> {
        let session = connect(&self.plan.source, &pair.source, self.plan.home.as_deref()).await?;
        let (transactions, rows) = writes(&session).await?;
        Ok(transactions > before.0 && rows > before.1)
    }

    /// Makes the database, finds that an empty one is there, or takes up what an interrupted run has left. Whether it was
    /// there before the run is part of the answer.
    async fn make_database(
        &self,
        pair: &DatabasePair,
        control: &Session,
        source: &Source,
        target: SchemaTarget,
        done: &mut DatabaseOutcome,
    ) -> Result<(Made, bool), MigrateError> {
        let name = &pair.target;
        let existing = self.existing(pair, control).await?;
        let restart = self.plan.resumed.as_ref().is_some_and(|r| r.restart_tables);
        let mut before = self.before(pair).cloned().unwrap_or_default();
        let start = resume::decide(&before, existing, &source.seen, restart)
            .map_err(|why| MigrateError::Refused(format!("database {name} of the target {why}")))?;
        if matches!(start, Start::Schema | Start::Data) {
            self.say(pair, "going on with what is on the target");
            let was_there = before.found.is_some();
            return Ok((Made { start, target, before }, was_there));
        }
        before = DoneDatabase::default();
        let drop = start == Start::DropFirst || (existing.is_some() && self.plan.overwrite);
        if drop {
            self.say(pair, "dropping the database on the target");
            let force = if self.target_version >= 130_000 { " WITH (FORCE)" } else { "" };
            let sql = format!("DROP DATABASE {}{force}", ident(name));
            control.execute(&sql).await.map_err(doing(format!("drop database {name} on the target")))?;
        } else if let Some(existing) = existing {
            if existing.objects > 0 {
                return Err(MigrateError::Refused(format!(
                    "database {name} exists on the target and holds {} tables, views or sequences: drop it, rename the copy with \
                     --map-database, or replace it with --if-exists overwrite",
                    existing.objects
                )));
            }
            done.deviations.push(Deviation::changed(
                format!("database {name}"),
                "existed and was empty: its encoding and locale were left as they are",
            ));
            (self.events)(Event::DatabaseFound { database: pair.source.clone(), oid: existing.oid });
            return Ok((Made { start, target, before }, true));
        }
        (self.events)(Event::DatabaseIntended { database: pair.source.clone() });
        let sql = source.facts.create_statement(name, self.target_version);
        control.execute(&sql).await.map_err(doing(format!("create database {name} ({sql})")))?;
        if let Some(existing) = self.existing(pair, control).await? {
            (self.events)(Event::DatabaseMade { database: pair.source.clone(), oid: existing.oid });
        }
        Ok((Made { start, target, before }, false))
    }

    /// The database of the target, if it is there.
    async fn existing(
        &self,
        pair: &DatabasePair,
        control: &Session,
    ) -> Result<Option<Existing>, MigrateError> {
        let sql = format!("select oid from pg_catalog.pg_database where datname = {}", literal(&pair.target));
        let oid = control.single_text(&sql).await.map_err(doing("look for the database on the target"))?;
        let Some(oid) = oid.and_then(|oid| oid.parse().ok()) else { return Ok(None) };
        // One that is to be dropped need not be looked into, and may refuse connections.
        if self.plan.overwrite && self.before(pair).is_none() {
            return Ok(Some(Existing { oid, objects: 0 }));
        }
        let session = connect(&self.plan.target, &pair.target, self.plan.home.as_deref()).await?;
        let sql = "select pg_catalog.count(*) from pg_catalog.pg_class c where c.oid >= 16384 and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')";
        let objects =
            session.single_text(sql).await.map_err(doing("look into the database on the target"))?;
        Ok(Some(Existing { oid, objects: objects.and_then(|n| n.parse().ok()).unwrap_or(i64::MAX) }))
    }

    async fn fill(
        &self,
        pair: &DatabasePair,
        control: &Session,
        source: &Source,
        made: Made,
        started: Instant,
        done: &mut DatabaseOutcome,
    ) -> Result<Option<Verification>, MigrateError> {
        let plan = self.plan;
        let Made { start, target, mut before } = made;
        let session = self.target_session(pair).await?;
        // What an interrupted run has made may be there already.
        let again = matches!(start, Start::Schema | Start::Data);
        let mut maker = Maker { target: &target, rights: LentRights::default(), again };
        if start == Start::Data {
            done.objects = before.schema.unwrap_or(0);
            self.check_against_source(pair, &session, source, &mut before).await?;
        } else {
            self.note_source(pair, source);
            self.unless_canceled(self.make_schema(pair, &session, source, &mut maker, done)).await?;
        }
        let graph = build_graph(&source.entries, &source.tables, self.workers, self.source_version);
        let bytes: i64 = source.tables.iter().map(|t| t.bytes).sum();
        self.say(pair, format!("copying {} tables, {} MiB", source.tables.len(), bytes / 1024 / 1024));
        let data = Arc::new(DataPlan {
            database: pair.source.clone(),
            entries: source.entries.clone(),
            tables: source.tables.clone(),
            graph,
            target: target.clone(),
            encoding: source.facts.encoding.clone(),
            before,
            again,
            started,
            copied: Mutex::default(),
        });
        if again {
            data::empty_unfinished(&data, &session, &self.events).await?;
            self.note_source(pair, source);
        }
        let ends = self.data(pair, &data, &source.snapshot).await;
        // Also after a failure: the report says what is on the target.
        done.tables = data.whole_tables();
        done.slow_objects = ends?;
        done.slow_objects.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
        done.slow_objects.truncate(SLOW_OBJECTS);
        done.objects += data.graph.steps.iter().filter(|s| matches!(s.work, Work::Entry(_))).count();
        (self.events)(Event::DataMade { database: pair.source.clone() });
        done.sequences = data::sequences(&source.snapshot.session, &session).await?;
        let large = large_objects::copy(
            &source.snapshot.session,
            &session,
            plan.keep_owners.then_some(self.user.name.as_str()),
            &plan.role_map,
            data.again,
        );
        done.large_objects = self.unless_canceled(large).await?;

        self.say(pair, "creating the rest");
        (self.events)(Event::Finishing { database: pair.source.clone() });
        let graph = &data.graph;
        for position in graph.after.iter().chain(&graph.refresh).chain(&graph.after_refresh) {
            self.check_canceled()?;
            if data.before.entries.contains(&data.entries[*position].id) {
                done.objects += 1;
                continue;
            }
            self.make_timed(pair, &session, &data.entries[*position], &mut maker, started, done).await?;
        }
        done.deviations
            .extend(data::not_carried(&source.snapshot.session, self.source_version, &data.entries).await?);
        let verify_plan = (plan.verify != VerifyLevel::None).then_some(VerifyPlan {
            target: &plan.target,
            pair,
            home: plan.home.as_deref(),
            level: plan.verify,
            jobs: self.workers,
            left_out: &source.left_out,
            partial: !plan.filters.is_empty(),
            owners: plan.keep_owners,
            role_map: &plan.role_map,
        });
        let mut verification = None;
        if let Some(verify_plan) = &verify_plan {
            (self.events)(Event::Verifying { database: pair.source.clone() });
            self.say(pair, "verifying");
            let contents = verify_contents(&source.snapshot, &data.tables, verify_plan);
            verification = Some(self.unless_canceled(contents).await?);
        }
        for position in &graph.policies {
            self.make(&session, &data.entries[*position], &mut maker, done).await?;
        }
        self.say(pair, "analyzing");
        self.unless_canceled(self.analyze(pair, &session)).await?;
        for position in &data.graph.last {
            self.make(&session, &data.entries[*position], &mut maker, done).await?;
        }
        done.deviations
            .extend(maker.rights.take_back(&source.snapshot.session, &session, &plan.role_map).await);
        if let (Some(verify_plan), Some(verification)) = (&verify_plan, &mut verification) {
            verify_objects(&source.snapshot, verify_plan, verification).await?;
        }
        for statement in source.facts.finish_statements(&pair.target) {
            if let Err(error) = control.execute(&statement).await {
                if self.user.superuser || !error.is_refusal() {
                    return Err(doing(format!("finish database {} ({statement})", pair.target))(error).into());
                }
                let object = format!("a setting or grant of database {}", pair.target);
                let refused = format!("was refused by the target: {statement}: {error}");
                done.deviations.push(
                    Deviation::new(DeviationKind::Refused, object, refused)
                        .with_sql(statement, "a superuser of the target"),
                );
            }
        }
        Ok(verification)
    }

    /// From here on, what is done is done from the source as it is now: not before what was done otherwise is undone.
    fn note_source(&self, pair: &DatabasePair, source: &Source) {
        (self.events)(Event::SourceSeen { database: pair.source.clone(), seen: source.seen.clone() });
    }

    /// Makes everything that comes before the data.
    async fn make_schema(
        &self,
        pair: &DatabasePair,
        session: &Session,
        source: &Source,
        maker: &mut Maker<'_>,
        done: &mut DatabaseOutcome,
    ) -> Result<(), MigrateError> {
        let first: Vec<&Entry> = source.entries.iter().filter(|e| e.section == Section::PreData).collect();
        self.say(pair, format!("creating {} objects", first.len()));
        for batch in first.chunks(BATCH_ENTRIES) {
            self.check_canceled()?;
            // Many entries in one transaction spare round trips and commits. If one fails, none of them is there, and
            // they are made one by one to find which.
            if maker.target.superuser && schema::create_batch(session, batch, maker.target).await {
                done.objects += batch.len();
                continue;
            }
            for entry in batch {
                self.make(session, entry, maker, done).await?;
            }
        }
        (self.events)(Event::SchemaMade { database: pair.source.clone(), objects: done.objects });
        Ok(())
    }

    /// Finds what of an interrupted run still counts. Either nothing was written to the source since, or every finished
    /// table is compared with the source as it is now, and copied again if it differs.
    async fn check_against_source(
        &self,
        pair: &DatabasePair,
        session: &Session,
        source: &Source,
        before: &mut DoneDatabase,
    ) -> Result<(), MigrateError> {
        let restart = self.plan.resumed.as_ref().is_some_and(|r| r.restart_tables);
        let seen = before.seen.clone().unwrap_or_default();
        let same_target = seen.target_started_at == source.seen.target_started_at;
        if !same_target {
            // The last commits may be gone with the restart, so all entries are made again where they are not there.
            // A materialized view was filled before there were policies, which would keep rows from it now: where a
            // policy is there, so is what was committed before it.
            let sql = "select 1 from pg_catalog.pg_class where relrowsecurity union all select 1 from pg_catalog.pg_policy limit 1";
            let policies =
                session.single_text(sql).await.map_err(doing("look for policies on the target"))?.is_some();
            let filled = |e: &Entry| policies && e.kind == "MATERIALIZED VIEW DATA";
            before.entries = source
                .entries
                .iter()
                .filter(|e| before.entries.contains(&e.id) && filled(e))
                .map(|e| e.id)
                .collect();
        }
        let finished: Vec<SourceTable> =
            source.tables.iter().filter(|t| before.tables.contains_key(&t.title())).cloned().collect();
        let unlike: Vec<String> = if restart {
            self.say(pair, "copying all tables again, as asked for");
            finished.iter().map(SourceTable::title).collect()
        } else if same_target && source.seen.is_unchanged_since(&seen) {
            self.say(
                pair,
                format!(
                    "nothing was written to the source since: its next transaction is still {}; {} finished tables stay",
                    seen.transaction_max,
                    finished.len()
                ),
            );
            return Ok(());
        } else {
            self.say(
                pair,
                format!(
                    "the source may have changed: comparing the contents of {} finished tables",
                    finished.len()
                ),
            );
            let left_out = BTreeSet::new();
            let verify_plan = VerifyPlan {
                target: &self.plan.target,
                pair,
                home: self.plan.home.as_deref(),
                level: VerifyLevel::Full,
                jobs: self.workers,
                left_out: &left_out,
                partial: false,
                owners: false,
                role_map: &self.plan.role_map,
            };
            let compared = unlike_tables(&source.snapshot, &finished, &verify_plan);
            let unlike = self.unless_canceled(compared).await?;
            self.say(pair, format!("{} of them differ and are copied again", unlike.len()));
            unlike
        };
        if unlike.is_empty() {
            return Ok(());
        }
        if before.finishing {
            return Err(MigrateError::Refused(format!(
                "database {} of the target already has its triggers, and these tables differ from the source now: {} \
                 (--restart-tables starts the database over, if the run has made it)",
                pair.target,
                unlike.join(", ")
            )));
        }
        // Foreign keys would keep a table from being emptied.
        for entry in source.entries.iter().filter(|e| e.kind == "FK CONSTRAINT") {
            // One that was made last may not be in the journal.
            let sql = entry.drop.trim().replacen(" DROP CONSTRAINT ", " DROP CONSTRAINT IF EXISTS ", 1);
            session
                .execute(&sql)
                .await
                .map_err(doing(format!("drop {} to copy its tables again", entry.title())))?;
            before.entries.remove(&entry.id);
        }
        for table in &unlike {
            before.tables.remove(table);
        }
        Ok(())
    }

    /// Makes an entry that may take its time, and says so.
    async fn make_timed(
        &self,
        pair: &DatabasePair,
        session: &Session,
        entry: &Entry,
        maker: &mut Maker<'_>,
        started: Instant,
        done: &mut DatabaseOutcome,
    ) -> Result<(), MigrateError> {
        let (database, title) = (pair.source.clone(), entry.title());
        (self.events)(Event::EntryStarted {
            database: database.clone(),
            entry: entry.id,
            title: title.clone(),
        });
        let began = Instant::now();
        self.unless_canceled(self.make(session, entry, maker, done)).await?;
        let seconds = began.elapsed().as_secs_f64();
        if entry.kind == "MATERIALIZED VIEW DATA" || entry.kind == "INDEX" {
            let started_s = began.duration_since(started).as_secs_f64();
            done.slow_objects.push(ObjectOutcome { name: title.clone(), started_s, seconds });
        }
        (self.events)(Event::EntryMade { database, entry: entry.id, title, seconds });
        Ok(())
    }

    /// Makes an entry, and counts it. A comment on an extension that belongs to somebody else is the only refusal that
    /// is left to the end: who owns the extension shows when it is there. What is there already is the work of the
    /// interrupted run: an entry is made whole or not at all.
    async fn make(
        &self,
        session: &Session,
        entry: &Entry,
        maker: &mut Maker<'_>,
        done: &mut DatabaseOutcome,
    ) -> Result<(), MigrateError> {
        match schema::create_lending(session, entry, maker.target, &mut maker.rights).await {
            Err(MigrateError::Entry { object, reason, sqlstate, .. })
                if sqlstate.as_deref() == Some("42501")
                    && entry.kind == "COMMENT"
                    && entry.tag.starts_with("EXTENSION ") =>
            {
                done.deviations.push(
                    Deviation { kind: DeviationKind::Refused, ..Deviation::left_out(object, reason) }
                        .with_sql(entry.definition.clone(), "the owner of the extension"),
                );
                return Ok(());
            }
            Err(error) if maker.again && error.is_duplicate() => {}
            result => result?,
        }
        done.objects += 1;
        Ok(())
    }
}

/// How entries are made.
struct Maker<'a> {
    target: &'a SchemaTarget,
    rights: LentRights,
    /// Whether some may be there already, from an interrupted run.
    again: bool,
}

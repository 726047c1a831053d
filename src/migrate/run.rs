//! The story of a migration: roles, then each database with its schema, data and verification.

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use futures_util::stream::{self, StreamExt};
use tokio::sync::watch;

use crate::facts::{DatabasePair, Side};
use crate::migrate::data::{self, DataPlan, Pair};
use crate::migrate::error::MigrateError;
use crate::migrate::roles::{self, TargetUser};
use crate::migrate::schema::{self, LentRights, SchemaTarget, left_out};
use crate::migrate::{database, large_objects};
use crate::pg::{ident, literal};
use crate::plan::{Entry, Section, SourceTable, Work, build_graph};
use crate::report::{DatabaseOutcome, MigrationOutcome, TableOutcome, Verification};
use crate::server::{
    Endpoint, Session, SnapshotHolder, connect, connect_any, doing, dump_schema, list_tables,
};
use crate::verify::{VerifyLevel, VerifyPlan, verify_contents, verify_objects};

/// Which roles are carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RolesChoice {
    /// All that are missing on the target.
    All,
    /// Those that own something or are named in grants, with what they are members of.
    Needed,
    /// None.
    None,
}

/// What to migrate, from where to where.
#[derive(Debug, Clone)]
pub struct MigratePlan {
    /// Where the data is.
    pub source: Endpoint,
    /// Where it goes.
    pub target: Endpoint,
    /// Where libpq's default certificate files are.
    pub home: Option<PathBuf>,
    /// The `pg_dump` to use.
    pub pg_dump: PathBuf,
    /// The databases.
    pub databases: Vec<DatabasePair>,
    /// Whether an existing database of the target is dropped and made anew.
    pub overwrite: bool,
    /// Connections per side.
    pub jobs: usize,
    /// Which roles are carried.
    pub roles: RolesChoice,
    /// How much is verified afterwards.
    pub verify: VerifyLevel,
}

/// Tells the caller what is going on, in one line.
pub(crate) type Progress<'a> = &'a (dyn Fn(String) + Send + Sync);

/// Archive entries made in one transaction: few enough for any lock table.
const BATCH_ENTRIES: usize = 50;

struct Run<'a> {
    plan: &'a MigratePlan,
    progress: Progress<'a>,
    cancel: watch::Receiver<bool>,
    user: TargetUser,
    source_version: i64,
    target_version: i64,
    /// Connections per side for each database.
    workers: usize,
}

/// Migrates. An error of the whole ends everything; that of one database is in its outcome, and the others go on.
/// `cancel` turns true when the user wants to stop.
pub async fn migrate(
    plan: &MigratePlan,
    progress: Progress<'_>,
    cancel: watch::Receiver<bool>,
) -> Result<(MigrationOutcome, Vec<Verification>), MigrateError> {
    let source = control(&plan.source, plan).await?;
    let target = control(&plan.target, plan).await?;
    let source_version = source.version().await.map_err(doing("read the version of the source"))?.0;
    let target_version = target.version().await.map_err(doing("read the version of the target"))?.0;
    let user = roles::target_user(&target).await?;
    let mut outcome = MigrationOutcome::default();
    if plan.roles != RolesChoice::None {
        progress("carrying roles".to_owned());
        let needed = if plan.roles == RolesChoice::Needed { Some(needed_roles(plan).await?) } else { None };
        outcome.role_deviations =
            roles::carry(&source, &target, &user, (source_version, target_version), needed.as_ref()).await?;
    }
    // Side by side within the connections that were chosen. Without superuser rights one after the other: what is lent
    // to the user for one database must not be taken back while another needs it.
    let side_by_side = if user.superuser { plan.databases.len().min(plan.jobs / 2).max(1) } else { 1 };
    let workers = (plan.jobs / side_by_side).max(1);
    let run = Run { plan, progress, cancel, user, source_version, target_version, workers };
    let mut done: Vec<(usize, DatabaseOutcome, Option<Verification>)> =
        stream::iter(plan.databases.iter().enumerate())
            .map(|(number, pair)| {
                let (run, target) = (&run, &target);
                async move {
                    let (outcome, verification) = run.outcome(pair, target).await;
                    (number, outcome, verification)
                }
            })
            .buffer_unordered(side_by_side)
            .collect()
            .await;
    done.sort_by_key(|(number, ..)| *number);
    let mut verifications = Vec::new();
    for (_, database, verification) in done {
        outcome.databases.push(database);
        verifications.extend(verification);
    }
    Ok((outcome, verifications))
}

async fn control(endpoint: &Endpoint, plan: &MigratePlan) -> Result<Session, MigrateError> {
    let session = connect_any(endpoint, plan.home.as_deref()).await?;
    session.prepare_migration().await.map_err(doing(format!("set up a session on the {}", endpoint.side)))?;
    Ok(session)
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

/// Roles that something in the databases depends on.
async fn needed_roles(plan: &MigratePlan) -> Result<BTreeSet<String>, MigrateError> {
    let mut needed = BTreeSet::new();
    for pair in &plan.databases {
        let session = connect(&plan.source, &pair.source, plan.home.as_deref()).await?;
        let sql = "select distinct r.rolname from pg_catalog.pg_shdepend s join pg_catalog.pg_roles r on r.oid = s.refobjid \
                   where s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass and r.rolname !~ '^pg_' \
                     and (s.dbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()) \
                          or s.classid = 'pg_catalog.pg_database'::pg_catalog.regclass \
                             and s.objid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()))";
        let rows = session.rows(sql).await.map_err(doing("list the roles the databases need"))?;
        needed.extend(rows.into_iter().filter_map(|mut row| row.pop().flatten()));
    }
    Ok(needed)
}

impl Run<'_> {
    fn say(&self, pair: &DatabasePair, text: &str) {
        (self.progress)(format!("{}: {text}", pair.source));
    }

    fn check_canceled(&self) -> Result<(), MigrateError> {
        if *self.cancel.borrow() { Err(MigrateError::Canceled) } else { Ok(()) }
    }

    /// Migrates one database, and says what came of it.
    async fn outcome(
        &self,
        pair: &DatabasePair,
        control: &Session,
    ) -> (DatabaseOutcome, Option<Verification>) {
        let mut done = DatabaseOutcome {
            name: pair.source.clone(),
            target_name: pair.target.clone(),
            ..DatabaseOutcome::default()
        };
        let started = Instant::now();
        let result = match self.check_canceled() {
            Ok(()) => self.database(pair, control, &mut done).await,
            Err(error) => Err(error),
        };
        done.seconds = started.elapsed().as_secs_f64();
        let (state, verification) = match result {
            Ok(verification) => ("Succeeded", verification),
            Err(error) => {
                done.error = Some(error.to_string());
                (if matches!(error, MigrateError::Canceled) { "Canceled" } else { "Failed" }, None)
            }
        };
        state.clone_into(&mut done.state);
        (done, verification)
    }

    async fn database(
        &self,
        pair: &DatabasePair,
        control: &Session,
        done: &mut DatabaseOutcome,
    ) -> Result<Option<Verification>, MigrateError> {
        let plan = self.plan;
        // Everything is read from the source before anything is dropped on the target.
        let snapshot = SnapshotHolder::take(&plan.source, &pair.source, plan.home.as_deref()).await?;
        let facts = database::read(&snapshot.session, self.source_version).await?;
        let writes = writes(&snapshot.session).await?;
        self.say(pair, "reading the schema");
        let entries = dump_schema(&plan.pg_dump, &plan.source, &snapshot.session, &snapshot.name).await?;
        let tables = list_tables(&snapshot.session, self.source_version).await?;
        self.check_canceled()?;

        let target = SchemaTarget {
            version_num: self.target_version,
            user: self.user.name.clone(),
            superuser: self.user.superuser,
        };
        let given = entries.iter().filter(|e| left_out(e, &target).is_none());
        let mut owners: BTreeSet<String> = given
            .filter_map(|e| e.owner.clone().filter(|owner| e.owner_statement(owner).is_some()))
            .collect();
        owners.insert(facts.owner.clone());
        let granted = roles::become_able_to_own(control, &self.user, &owners, self.target_version).await?;
        let made = match self.make_database(pair, control, &facts, done).await {
            Ok(made) => made,
            Err(error) => {
                done.deviations.extend(roles::give_back(control, &self.user, &granted).await);
                return Err(error);
            }
        };
        let result = self.fill(pair, control, &snapshot, facts, entries, tables, target, done).await;
        done.deviations.extend(roles::give_back(control, &self.user, &granted).await);
        match self.written_since(pair, writes).await {
            Ok(false) => {}
            Ok(true) => done.deviations.push(
                "the source was written to during the migration: what came after the snapshot is not on the target".to_owned(),
            ),
            Err(error) => done.deviations.push(format!("whether the source was written to is not known: {error}")),
        }
        if result.is_err() {
            done.left_on_target = Some(if made {
                format!("database {}, incomplete: it must not be used", pair.target)
            } else {
                format!(
                    "database {}, which existed before, with a part of the objects: it must not be used",
                    pair.target
                )
            });
            done.cleanup = Some(format!("DROP DATABASE {}", ident(&pair.target)));
        }
        result
    }

    /// Whether the source was written to. Asked on a session of its own: the snapshot does not see what came after it.
    async fn written_since(&self, pair: &DatabasePair, before: (i64, i64)) -> Result<bool, MigrateError> {
        let session = connect(&self.plan.source, &pair.source, self.plan.home.as_deref()).await?;
        let (transactions, rows) = writes(&session).await?;
        Ok(transactions > before.0 && rows > before.1)
    }

    /// Makes the database, or finds that an empty one is there. Whether it was made is the answer.
    async fn make_database(
        &self,
        pair: &DatabasePair,
        control: &Session,
        facts: &database::DatabaseFacts,
        done: &mut DatabaseOutcome,
    ) -> Result<bool, MigrateError> {
        let name = &pair.target;
        let exists = control
            .single_text(&format!("select 1 from pg_catalog.pg_database where datname = {}", literal(name)))
            .await
            .map_err(doing("look for the database on the target"))?
            .is_some();
        if exists && self.plan.overwrite {
            self.say(pair, "dropping the database on the target");
            let force = if self.target_version >= 130_000 { " WITH (FORCE)" } else { "" };
            let sql = format!("DROP DATABASE {}{force}", ident(name));
            control.execute(&sql).await.map_err(doing(format!("drop database {name} on the target")))?;
        } else if exists {
            let session = connect(&self.plan.target, name, self.plan.home.as_deref()).await?;
            let sql = "select pg_catalog.count(*) from pg_catalog.pg_class c where c.oid >= 16384 and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')";
            let objects =
                session.single_text(sql).await.map_err(doing("look into the database on the target"))?;
            if objects.as_deref() != Some("0") {
                return Err(MigrateError::Refused(format!(
                    "database {name} exists on the target and holds {} tables, views or sequences: drop it, rename the copy with \
                     --map-database, or replace it with --if-exists overwrite",
                    objects.unwrap_or_default()
                )));
            }
            done.deviations.push(format!(
                "database {name} existed and was empty: its encoding and locale were left as they are"
            ));
            return Ok(false);
        }
        let sql = facts.create_statement(name, self.target_version);
        control.execute(&sql).await.map_err(doing(format!("create database {name} ({sql})")))?;
        Ok(true)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "all of it is read before the database is made, and used after"
    )]
    async fn fill(
        &self,
        pair: &DatabasePair,
        control: &Session,
        snapshot: &SnapshotHolder,
        facts: database::DatabaseFacts,
        entries: Vec<Entry>,
        tables: Vec<SourceTable>,
        target: SchemaTarget,
        done: &mut DatabaseOutcome,
    ) -> Result<Option<Verification>, MigrateError> {
        let plan = self.plan;
        let session = self.target_session(pair).await?;
        let mut rights = LentRights::default();
        let mut skipped = HashSet::new();
        let mut left_out_titles = BTreeSet::new();
        for entry in &entries {
            if let Some(why) = left_out(entry, &target) {
                skipped.insert(entry.id);
                if !why.is_empty() {
                    left_out_titles.insert(entry.title());
                    done.deviations.push(format!("{} was left out: {why}", entry.title()));
                }
            }
        }
        self.say(
            pair,
            &format!("creating {} objects", entries.iter().filter(|e| e.section == Section::PreData).count()),
        );
        let first: Vec<&Entry> =
            entries.iter().filter(|e| e.section == Section::PreData && !skipped.contains(&e.id)).collect();
        for batch in first.chunks(BATCH_ENTRIES) {
            self.check_canceled()?;
            // Many entries in one transaction spare round trips and commits. If one fails, none of them is there, and
            // they are made one by one to find which.
            if target.superuser && schema::create_batch(&session, batch, &target).await {
                done.objects += batch.len();
                continue;
            }
            for entry in batch {
                self.make(&session, entry, &target, &mut rights, done).await?;
            }
        }

        let kept: Vec<Entry> = entries.into_iter().filter(|e| !skipped.contains(&e.id)).collect();
        let graph = build_graph(&kept, &tables, self.workers, self.source_version);
        let bytes: i64 = tables.iter().map(|t| t.bytes).sum();
        self.say(pair, &format!("copying {} tables, {} MiB", tables.len(), bytes / 1024 / 1024));
        let data =
            Arc::new(DataPlan { entries: kept, tables, graph, target, encoding: facts.encoding.clone() });
        done.tables = self.data(pair, &data, snapshot).await?;
        done.objects += data.graph.steps.len()
            - data.graph.steps.iter().filter(|s| matches!(s.work, Work::Copy { .. })).count();
        done.sequences = data::sequences(&snapshot.session, &session).await?;
        done.large_objects = large_objects::copy(&snapshot.session, &session, &self.user.name).await?;

        self.say(pair, "creating the rest");
        let graph = &data.graph;
        for position in graph.after.iter().chain(&graph.refresh).chain(&graph.after_refresh) {
            self.check_canceled()?;
            self.make(&session, &data.entries[*position], &data.target, &mut rights, done).await?;
        }
        done.deviations
            .extend(data::not_carried(&snapshot.session, self.source_version, &data.entries).await?);
        let verify_plan = (plan.verify != VerifyLevel::None).then_some(VerifyPlan {
            target: &plan.target,
            pair,
            home: plan.home.as_deref(),
            level: plan.verify,
            jobs: self.workers,
            left_out: &left_out_titles,
        });
        let mut verification = None;
        if let Some(verify_plan) = &verify_plan {
            self.say(pair, "verifying");
            verification = Some(verify_contents(snapshot, &data.tables, verify_plan).await?);
        }
        for position in &graph.policies {
            self.make(&session, &data.entries[*position], &data.target, &mut rights, done).await?;
        }
        self.say(pair, "analyzing");
        session.execute("analyze").await.map_err(doing("analyze the target"))?;
        for position in &data.graph.last {
            self.make(&session, &data.entries[*position], &data.target, &mut rights, done).await?;
        }
        done.deviations.extend(rights.take_back(&snapshot.session, &session).await);
        if let (Some(verify_plan), Some(verification)) = (&verify_plan, &mut verification) {
            verify_objects(snapshot, verify_plan, verification).await?;
        }
        for statement in facts.finish_statements(&pair.target) {
            if let Err(error) = control.execute(&statement).await {
                let reason = error.to_string();
                if self.user.superuser || !reason.contains("42501") {
                    return Err(MigrateError::statement(
                        format!("finish database {} ({statement})", pair.target),
                        reason,
                    ));
                }
                done.deviations.push(format!("refused by the target: {statement}: {reason}"));
            }
        }
        Ok(verification)
    }

    /// Makes an entry, and counts it. A comment on an extension that belongs to somebody else is the only refusal that
    /// is left to the end: who owns the extension shows when it is there.
    async fn make(
        &self,
        session: &Session,
        entry: &Entry,
        target: &SchemaTarget,
        rights: &mut LentRights,
        done: &mut DatabaseOutcome,
    ) -> Result<(), MigrateError> {
        match schema::create_lending(session, entry, target, rights).await {
            Err(MigrateError::Entry { object, reason, .. })
                if reason.contains("42501")
                    && entry.kind == "COMMENT"
                    && entry.tag.starts_with("EXTENSION ") =>
            {
                done.deviations.push(format!("{object} was left out: {reason}"));
                Ok(())
            }
            result => result.map(|()| done.objects += 1),
        }
    }

    async fn target_session(&self, pair: &DatabasePair) -> Result<Session, MigrateError> {
        let session = connect(&self.plan.target, &pair.target, self.plan.home.as_deref()).await?;
        session.prepare_migration().await.map_err(doing("set up a session on the target"))?;
        Ok(session)
    }

    /// Copies the data with a number of workers. When that fails or is canceled, what still runs on the servers is
    /// canceled there too.
    async fn data(
        &self,
        pair: &DatabasePair,
        data: &Arc<DataPlan>,
        snapshot: &SnapshotHolder,
    ) -> Result<Vec<TableOutcome>, MigrateError> {
        let workers = self.workers.min(data.graph.steps.len()).max(1);
        let mut pairs = Vec::with_capacity(workers);
        let mut pids: [Vec<String>; 2] = [Vec::new(), Vec::new()];
        for _ in 0..workers {
            let (source, target) = tokio::join!(snapshot.join(), self.target_session(pair));
            let worker = Pair { source: source?, target: target? };
            for (side, session) in [(Side::Source, &worker.source), (Side::Target, &worker.target)] {
                let pid = session.single_text("select pg_catalog.pg_backend_pid()").await;
                pids[side as usize].extend(pid.map_err(doing("ask for the number of a session"))?);
            }
            pairs.push(worker);
        }
        let mut cancel = self.cancel.clone();
        let result = tokio::select! {
            result = data::run(data, &mut pairs) => result,
            _ = cancel.wait_for(|canceled| *canceled) => Err(MigrateError::Canceled),
        };
        if result.is_err() {
            for (endpoint, pids) in [&self.plan.source, &self.plan.target].into_iter().zip(&pids) {
                // Best effort: a server that cannot be reached has ended the sessions itself.
                if let Ok(session) = control(endpoint, self.plan).await {
                    let calls: Vec<String> =
                        pids.iter().map(|pid| format!("pg_catalog.pg_cancel_backend({pid})")).collect();
                    let _ = session.execute(&format!("select {}", calls.join(", "))).await;
                }
            }
        }
        result
    }
}

//! The story of a migration: the target is locked, roles are carried, then each database.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use futures_util::stream::{self, StreamExt};
use tokio_util::sync::CancellationToken;

use crate::facts::DatabasePair;
use crate::migrate::error::MigrateError;
use crate::migrate::event::{Done, DoneDatabase, Event};
use crate::migrate::lock::{self, TargetLock};
use crate::migrate::phases;
use crate::migrate::roles::{self, TargetUser};
use crate::outcome::{DatabaseOutcome, DatabaseRunState, MigrationOutcome, Verification};
use crate::pg::NAME_BYTES_MAX;
use crate::plan::{ExistingRoles, Filters, GrantsChoice, OnRefused, RoleMap, RolesChoice, VerifyLevel};
use crate::server::{Endpoint, Session, connect, connect_any, connect_reading, doing};

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
    /// What becomes of roles that the target has already.
    pub existing_roles: ExistingRoles,
    /// Which grants are restored.
    pub grants: GrantsChoice,
    /// What becomes of what the target refuses.
    pub on_refused: OnRefused,
    /// Whether objects keep their owners; else everything belongs to the user of the target.
    pub keep_owners: bool,
    /// Roles that get another name on the target.
    pub role_map: RoleMap,
    /// How much is verified afterwards.
    pub verify: VerifyLevel,
    /// What is left out.
    pub filters: Filters,
    /// The machine this runs on, for whoever finds the target locked.
    pub host: String,
    /// What an interrupted run had done already, when this one goes on with it.
    pub resumed: Option<Resumed>,
}

/// An interrupted run that is taken up again.
#[derive(Debug, Clone)]
pub struct Resumed {
    /// What it had done.
    pub done: Done,
    /// Whether all tables are copied again, whatever is known of the source.
    pub restart_tables: bool,
}

/// Takes what happens, as it happens.
pub type Events = Arc<dyn Fn(Event) + Send + Sync>;

/// What the migration of every database needs to know.
pub(crate) struct Run<'a> {
    pub(crate) plan: &'a MigratePlan,
    pub(crate) events: Events,
    pub(crate) cancel: CancellationToken,
    pub(crate) user: TargetUser,
    pub(crate) source_version: i64,
    pub(crate) target_version: i64,
    /// Connections per side for each database.
    pub(crate) workers: usize,
}

/// Migrates. An error of the whole ends everything; that of one database is in its outcome, and the others go on.
/// `cancel` is canceled when the user wants to stop.
pub async fn migrate(
    plan: &MigratePlan,
    events: Events,
    cancel: CancellationToken,
) -> Result<(MigrationOutcome, Vec<Verification>), MigrateError> {
    check_names(&plan.databases)?;
    let source = control(&plan.source, plan).await?;
    let target = control(&plan.target, plan).await?;
    let _lock = TargetLock::take(&plan.target, plan.home.as_deref(), &plan.databases, &plan.host).await?;
    if plan.resumed.is_some() {
        lock::end_stale_sessions(&source).await?;
        lock::end_stale_sessions(&target).await?;
    }
    let source_version = source.version().await.map_err(doing("read the version of the source"))?.0;
    let target_version = target.version().await.map_err(doing("read the version of the target"))?.0;
    let user = roles::target_user(&target).await?;
    let role_deviations = roles::mapped(&source, &plan.role_map).await?;
    let mut outcome = MigrationOutcome { role_deviations, ..MigrationOutcome::default() };
    if let Some(deviations) = plan.resumed.as_ref().and_then(|r| r.done.roles.clone()) {
        outcome.role_deviations.extend(deviations);
    } else if plan.roles != RolesChoice::None {
        events(Event::Message { database: None, text: "carrying roles".to_owned() });
        let needed = if plan.roles == RolesChoice::Needed { Some(needed_roles(plan).await?) } else { None };
        let carry = roles::Carry {
            source: &source,
            target: &target,
            user: &user,
            versions: (source_version, target_version),
            needed: needed.as_ref(),
            map: &plan.role_map,
            temporary: None,
            existing: plan.existing_roles,
        };
        let deviations = carry.run().await?;
        events(Event::RolesCarried { deviations: deviations.clone() });
        outcome.role_deviations.extend(deviations);
    }
    outcome.role_deviations.extend(phases::of_server(&source, source_version).await?);
    // Side by side within the connections that were chosen. Without superuser rights one after the other: what is lent
    // to the user for one database must not be taken back while another needs it.
    let side_by_side = if user.superuser { plan.databases.len().min(plan.jobs / 2).max(1) } else { 1 };
    let workers = (plan.jobs / side_by_side).max(1);
    let run = Run { plan, events, cancel, user, source_version, target_version, workers };
    let mut done: Vec<(usize, DatabaseOutcome, Option<Verification>)> =
        stream::iter(plan.databases.iter().enumerate())
            .map(|(number, pair)| {
                let (run, source, target) = (&run, &source, &target);
                async move {
                    let (outcome, verification) = run.outcome(pair, target).await;
                    if outcome.state == DatabaseRunState::Canceled {
                        lock::cancel_statements(source).await;
                        lock::cancel_statements(target).await;
                    }
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

/// Refuses names under which databases would not arrive, or meet in one.
fn check_names(databases: &[DatabasePair]) -> Result<(), MigrateError> {
    let mut names = BTreeSet::new();
    for DatabasePair { source, target } in databases {
        if target.len() > NAME_BYTES_MAX {
            return Err(MigrateError::Refused(format!(
                "the name {target} for database {source} is longer than {NAME_BYTES_MAX} bytes, the server would cut it off"
            )));
        }
        if !names.insert(target) {
            return Err(MigrateError::Refused(format!(
                "two databases would get the name {target}: give one another name with --map-database"
            )));
        }
    }
    Ok(())
}

/// A session for what concerns a whole server.
pub(crate) async fn control(endpoint: &Endpoint, plan: &MigratePlan) -> Result<Session, MigrateError> {
    let session = connect_any(endpoint, plan.home.as_deref()).await?;
    session.prepare_migration().await.map_err(doing(format!("set up a session on the {}", endpoint.side)))?;
    Ok(session)
}

/// Roles that something in the databases depends on.
pub(crate) async fn needed_roles(plan: &MigratePlan) -> Result<BTreeSet<String>, MigrateError> {
    let mut needed = BTreeSet::new();
    for pair in &plan.databases {
        let session = connect_reading(&plan.source, &pair.source, plan.home.as_deref()).await?;
        let sql = "select distinct r.rolname from pg_catalog.pg_shdepend s join pg_catalog.pg_roles r on r.oid = s.refobjid \
                   where s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass and r.rolname !~ '^pg_' \
                     and (s.dbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()) \
                          or s.classid = 'pg_catalog.pg_database'::pg_catalog.regclass \
                             and s.objid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())) \
                   union select r.rolname from pg_catalog.pg_db_role_setting s join pg_catalog.pg_roles r on r.oid = s.setrole \
                   where r.rolname !~ '^pg_' and s.setdatabase = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())";
        let rows = session.rows(sql).await.map_err(doing("list the roles the databases need"))?;
        needed.extend(rows.into_iter().filter_map(|mut row| row.pop().flatten()));
    }
    Ok(needed)
}

impl Run<'_> {
    /// A session in the target database.
    pub(crate) async fn target_session(&self, pair: &DatabasePair) -> Result<Session, MigrateError> {
        let session = connect(&self.plan.target, &pair.target, self.plan.home.as_deref()).await?;
        session.prepare_migration().await.map_err(doing("set up a session on the target"))?;
        Ok(session)
    }

    pub(crate) fn say(&self, pair: &DatabasePair, text: impl Into<String>) {
        (self.events)(Event::Message { database: Some(pair.source.clone()), text: text.into() });
    }

    pub(crate) fn check_canceled(&self) -> Result<(), MigrateError> {
        if self.cancel.is_cancelled() { Err(MigrateError::Canceled) } else { Ok(()) }
    }

    /// Waits for work, but no longer than until the user wants to stop.
    pub(crate) async fn unless_canceled<T, E: Into<MigrateError>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, MigrateError> {
        tokio::select! {
            result = work => result.map_err(Into::into),
            () = self.cancel.cancelled() => Err(MigrateError::Canceled),
        }
    }

    /// What an interrupted run had done of this database.
    pub(crate) fn before(&self, pair: &DatabasePair) -> Option<&DoneDatabase> {
        self.plan.resumed.as_ref()?.done.databases.get(&pair.source)
    }

    /// Migrates one database, and says what came of it.
    async fn outcome(
        &self,
        pair: &DatabasePair,
        control: &Session,
    ) -> (DatabaseOutcome, Option<Verification>) {
        if let Some((outcome, verification)) = self.before(pair).and_then(|before| before.ended.clone()) {
            self.say(pair, "was migrated before the interruption");
            return (outcome, verification);
        }
        let mut done = DatabaseOutcome {
            name: pair.source.clone(),
            target_name: pair.target.clone(),
            ..DatabaseOutcome::default()
        };
        let started = Instant::now();
        let result = match self.check_canceled() {
            Ok(()) => phases::migrate_database(self, pair, control, started, &mut done).await,
            Err(error) => Err(error),
        };
        done.seconds = started.elapsed().as_secs_f64();
        let (state, verification) = match result {
            Ok(verification) => (DatabaseRunState::Succeeded, verification),
            Err(error) => {
                done.error = Some(error.to_string());
                let canceled = matches!(error, MigrateError::Canceled);
                (if canceled { DatabaseRunState::Canceled } else { DatabaseRunState::Failed }, None)
            }
        };
        done.state = state;
        (self.events)(Event::DatabaseEnded {
            database: pair.source.clone(),
            outcome: Box::new(done.clone()),
            verification: verification.clone().map(Box::new),
        });
        (done, verification)
    }
}

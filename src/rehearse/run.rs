//! The story of a rehearsal: what a crash has left is dropped, roles are created for the time being, then each database.

use std::time::Instant;

use tokio_util::sync::CancellationToken;

use crate::facts::DatabasePair;
use crate::migrate::roles::{self, Carry, TargetUser};
use crate::migrate::run::{control, needed_roles};
use crate::migrate::{MigrateError, MigratePlan, RolesChoice};
use crate::outcome::{DatabaseRehearsal, RehearsalFailure, RehearsalReport, RehearsalStage};
use crate::pg::{ident, literal};
use crate::plan::ExistingRoles;
use crate::rehearse::statements::Statements;
use crate::server::{Session, cell_text, doing, throwaway};

/// What is rehearsed.
#[derive(Debug, Clone)]
pub struct RehearsePlan {
    /// The migration.
    pub migrate: MigratePlan,
    /// How many rows of each table are tried too; none when not given.
    pub sample_rows: Option<u32>,
    /// The statements of applications that are prepared in the copy.
    pub statements: Option<Statements>,
}

/// Takes what is being done: the database it is about, and a few words.
pub type Say<'a> = &'a (dyn Fn(Option<&str>, &str) + Send + Sync);

/// What the rehearsal of every database needs to know.
pub(super) struct Rehearsal<'a> {
    pub(super) plan: &'a RehearsePlan,
    pub(super) say: Say<'a>,
    pub(super) cancel: CancellationToken,
    pub(super) target: Session,
    pub(super) user: TargetUser,
    pub(super) source_version: i64,
    pub(super) target_version: i64,
}

/// Rehearses the migration of every database. What fails is in the report; an error means that nothing could be
/// rehearsed. Whatever happens, nothing is left on the target; after a crash the next rehearsal sees to that.
/// `cancel` is canceled when the user wants to stop.
pub async fn rehearse(
    plan: &RehearsePlan,
    say: Say<'_>,
    cancel: CancellationToken,
) -> Result<RehearsalReport, MigrateError> {
    let migrate = &plan.migrate;
    let source = control(&migrate.source, migrate).await?;
    let target = control(&migrate.target, migrate).await?;
    let source_version = source.version().await.map_err(doing("read the version of the source"))?.0;
    let target_version = target.version().await.map_err(doing("read the version of the target"))?.0;
    let user = roles::target_user(&target).await?;
    let rehearsal = Rehearsal { plan, say, cancel, target, user, source_version, target_version };
    for pair in &migrate.databases {
        if let Some(holder) = throwaway::lock(&rehearsal.target, &pair.target).await? {
            return Err(MigrateError::Refused(format!(
                "a rehearsal for database {} of the target is in progress: {holder}",
                pair.target
            )));
        }
    }
    let mut report =
        RehearsalReport { notes: throwaway::sweep(&rehearsal.target).await?, ..RehearsalReport::default() };
    let mut role_failure = None;
    if migrate.roles != RolesChoice::None {
        role_failure = rehearsal.create_roles(&source).await?;
    }
    let result = Box::pin(rehearsal.databases(&mut report, role_failure)).await;
    report.notes.extend(rehearsal.drop_roles().await?);
    for pair in &migrate.databases {
        throwaway::unlock(&rehearsal.target, &pair.target).await?;
    }
    result?;
    report.passed = report.databases.iter().all(DatabaseRehearsal::passed);
    Ok(report)
}

impl Rehearsal<'_> {
    /// Waits for work, but no longer than until the user wants to stop.
    pub(super) async fn unless_canceled<T>(
        &self,
        work: impl Future<Output = Result<T, MigrateError>>,
    ) -> Result<T, MigrateError> {
        tokio::select! {
            result = work => result,
            () = self.cancel.cancelled() => Err(MigrateError::Canceled),
        }
    }

    async fn databases(
        &self,
        report: &mut RehearsalReport,
        role_failure: Option<RehearsalFailure>,
    ) -> Result<(), MigrateError> {
        for pair in &self.plan.migrate.databases {
            let started = Instant::now();
            let mut done = DatabaseRehearsal {
                name: pair.source.clone(),
                target_name: pair.target.clone(),
                failures: role_failure.iter().cloned().collect(),
                ..DatabaseRehearsal::default()
            };
            match self.database(pair, &mut done).await {
                Ok(()) => {}
                Err(MigrateError::Canceled) => return Err(MigrateError::Canceled),
                Err(error) => done.could_not_rehearse = Some(error.to_string()),
            }
            done.seconds = started.elapsed().as_secs_f64();
            report.databases.push(done);
        }
        Ok(())
    }

    /// The mark of the roles of this rehearsal.
    fn role_mark(&self) -> String {
        let first: Option<&DatabasePair> = self.plan.migrate.databases.first();
        throwaway::role_mark(first.map(|pair| pair.target.as_str()).unwrap_or_default())
    }

    /// Creates the roles that the databases need and the target does not have, as the migration would, but so that nobody
    /// can log in as one of them. Returns why it failed, if it did: the migration would end with that.
    async fn create_roles(&self, source: &Session) -> Result<Option<RehearsalFailure>, MigrateError> {
        let plan = &self.plan.migrate;
        let needed = needed_roles(plan).await?;
        let mark = self.role_mark();
        let carry = Carry {
            source,
            target: &self.target,
            user: &self.user,
            versions: (self.source_version, self.target_version),
            needed: (plan.roles == RolesChoice::Needed).then_some(&needed),
            map: &plan.role_map,
            temporary: None,
            // Those are tried by the migration itself: nothing of a role that stays is touched here.
            existing: ExistingRoles::Keep,
        };
        let tried = carry.try_out().await;
        let created = Carry { needed: Some(&needed), temporary: Some(&mark), ..carry }.run().await;
        let Err(error) = tried.and(created.map(drop)) else { return Ok(None) };
        Ok(Some(RehearsalFailure {
            stage: RehearsalStage::Roles,
            object: "roles".to_owned(),
            sqlstate: error.sqlstate().map(str::to_owned),
            message: error.to_string(),
            statement: String::new(),
        }))
    }

    /// Drops the roles that were created for the time being. Says what could not be dropped.
    async fn drop_roles(&self) -> Result<Vec<String>, MigrateError> {
        let sql = format!(
            "select r.rolname from pg_catalog.pg_roles r where pg_catalog.shobj_description(r.oid, 'pg_authid') = {}",
            literal(&self.role_mark())
        );
        let rows = self.target.rows(&sql).await.map_err(doing("list the roles of the rehearsal"))?;
        let mut left = Vec::new();
        for row in rows {
            let name = cell_text(&row, 0);
            if let Err(error) = self.target.execute(&format!("drop role {}", ident(&name))).await {
                left.push(format!("role {name}, created for the rehearsal, is still there: {error}"));
            }
        }
        Ok(left)
    }
}

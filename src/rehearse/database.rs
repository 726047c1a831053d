//! One database: read inside a snapshot, restored into a throw-away database, which is dropped whatever happens.

use std::collections::BTreeMap;

use crate::facts::DatabasePair;
use crate::migrate::MigrateError;
use crate::migrate::database::DatabaseFacts;
use crate::migrate::restore::{Restored, Restorer};
use crate::migrate::schema::SchemaTarget;
use crate::migrate::source_schema::{self, SourceSchema};
use crate::migrate::{database, memberships};
use crate::outcome::{
    DatabaseRehearsal, NotTried, ObjectResult, RehearsalFailure, RehearsalStage, RehearsedObject,
};
use crate::pg::literal;
use crate::plan::{Entry, OnRefused, Stage, Stages};
use crate::rehearse::run::Rehearsal;
use crate::rehearse::{functions, sample};
use crate::server::throwaway::Throwaway;
use crate::server::{Session, SnapshotHolder, WorkError, connect, doing, search_path};

/// What was read of the source, for this target.
#[derive(Clone, Copy)]
struct Read<'a> {
    pair: &'a DatabasePair,
    snapshot: &'a SnapshotHolder,
    source: &'a SourceSchema,
    target: &'a SchemaTarget,
}

impl Rehearsal<'_> {
    pub(super) async fn database(
        &self,
        pair: &DatabasePair,
        done: &mut DatabaseRehearsal,
    ) -> Result<(), MigrateError> {
        let plan = &self.plan.migrate;
        if !self.user.superuser && !self.user.createdb {
            return Err(MigrateError::Refused(format!(
                "{user} may not create databases on the target, and a rehearsal needs one that is dropped afterwards; \
                 hint: alter role {user} createdb",
                user = self.user.name
            )));
        }
        let target = SchemaTarget {
            version_num: self.target_version,
            user: self.user.name.clone(),
            superuser: self.user.superuser,
            lists_refusals: plan.on_refused == OnRefused::List,
        };
        (self.say)(Some(&pair.source), "reading the schema");
        let snapshot = SnapshotHolder::take(&plan.source, &pair.source, plan.home.as_deref()).await?;
        let read = async {
            let schema = source_schema::read(plan, &snapshot, self.source_version).await?;
            schema.apply(plan, pair, &target, &self.target).await
        };
        let source = self.unless_canceled(read).await?;
        let existing = if plan.overwrite { None } else { self.existing(pair, done).await? };
        let facts = existing.as_ref().unwrap_or(&source.facts);
        let create = |name: &str| facts.create_statement(name, self.target_version);
        let mut throwaway = match Throwaway::create(&self.target, &pair.target, create).await {
            Ok(throwaway) => throwaway,
            Err(WorkError::Statement { reason, sqlstate: Some(sqlstate), .. }) => {
                done.failures.push(RehearsalFailure {
                    stage: RehearsalStage::Database,
                    object: format!("database {}", pair.target),
                    sqlstate: Some(sqlstate),
                    message: reason,
                    statement: create(&pair.target),
                });
                done.notes
                    .push("nothing of the schema was tried, since there was no database for it".to_owned());
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let read = Read { pair, snapshot: &snapshot, source: &source, target: &target };
        let used = self.use_database(&read, &mut throwaway, done).await;
        throwaway.drop(&self.target).await?;
        used
    }

    /// Makes the user able to give objects away, restores the schema, and takes back what was granted.
    async fn use_database(
        &self,
        read: &Read<'_>,
        throwaway: &mut Throwaway,
        done: &mut DatabaseRehearsal,
    ) -> Result<(), MigrateError> {
        let source = read.source;
        let mut roles = memberships::acting_roles(&source.entries);
        roles.insert(source.facts.owner.clone());
        let missing =
            memberships::missing(&self.target, &self.user, self.target_version, &roles, None).await?;
        if !missing.is_empty() {
            throwaway.remember_granted(&self.target, &missing).await?;
        }
        let mut granted = Vec::new();
        let mut refused = BTreeMap::new();
        for role in missing {
            match memberships::grant(&self.target, &self.user, &role).await {
                Ok(()) => granted.push(role),
                // As in the migration: what needs the membership is refused and listed, with its reason.
                Err(error) if read.target.lists_refusals && error.is_refusal() => {}
                Err(error) => {
                    refused.insert(role, error);
                }
            }
        }
        let restored = self.unless_canceled(self.restore(read, throwaway, &refused, done)).await;
        done.notes.extend(
            memberships::revoke(&self.target, &self.user, &granted).await.iter().map(ToString::to_string),
        );
        restored
    }

    async fn restore(
        &self,
        read: &Read<'_>,
        throwaway: &Throwaway,
        refused: &BTreeMap<String, MigrateError>,
        done: &mut DatabaseRehearsal,
    ) -> Result<(), MigrateError> {
        let plan = &self.plan.migrate;
        let Read { pair, snapshot, source, target } = *read;
        let session = connect(&plan.target, &throwaway.name, plan.home.as_deref()).await?;
        session.prepare_migration().await.map_err(doing("set up a session of the throw-away database"))?;
        let mut restorer = Restorer::default();
        for (role, error) in refused {
            let object = format!("role {role}");
            for entry in source.entries.iter().filter(|e| e.owner.as_ref() == Some(role)) {
                restorer.exclude(entry, &object);
            }
            done.failures.push(RehearsalFailure {
                stage: RehearsalStage::Roles,
                object,
                sqlstate: error.sqlstate().map(str::to_owned),
                message: error.to_string(),
                statement: String::new(),
            });
        }
        (self.say)(
            Some(&pair.source),
            &format!("restoring {} objects into a throw-away database", source.entries.len()),
        );
        let stages = Stages::of(&source.entries);
        for stage in Stage::ALL {
            let entries: Vec<&Entry> =
                stages.positions(stage).iter().map(|position| &source.entries[*position]).collect();
            restorer
                .restore(&session, target, &entries, &mut |entry, restored| note(entry, restored, done))
                .await?;
            if let (Stage::PreData, Some(rows)) = (stage, self.plan.sample_rows) {
                (self.say)(Some(&pair.source), "copying some rows of each table");
                let encoding = &source.facts.encoding;
                sample::copy(&snapshot.session, &session, encoding, &source.tables, rows, done).await?;
            }
        }
        let path = search_path(&plan.source, &pair.source, plan.home.as_deref()).await?;
        functions::check(&session, &snapshot.session, &source.entries, &path, done).await?;
        if let Some(statements) = &self.plan.statements {
            (self.say)(Some(&pair.source), "preparing the statements of applications");
            self.prepare_queries(pair, &session, statements, done).await?;
        }
        self.finish(pair, &session, throwaway, &source.facts, done).await
    }

    /// Tries the comment, settings, owner and grants of the database, and undoes them: they may name the whole cluster's
    /// roles, and the comment is our mark.
    async fn finish(
        &self,
        pair: &DatabasePair,
        session: &Session,
        throwaway: &Throwaway,
        facts: &DatabaseFacts,
        done: &mut DatabaseRehearsal,
    ) -> Result<(), MigrateError> {
        let failed = || doing("try the settings of the database");
        session.execute("begin").await.map_err(failed())?;
        let shown = facts.finish_statements(&pair.target);
        for ((what, sql), (_, shown)) in facts.finish_statements(&throwaway.name).iter().zip(shown) {
            session.execute("savepoint finish").await.map_err(failed())?;
            let Err(error) = session.execute(sql).await else { continue };
            session.execute("rollback to savepoint finish").await.map_err(failed())?;
            let preposition = if what.contains(" of role ") { "in" } else { "of" };
            let object = format!("{what} {preposition} database {}", pair.source);
            // As in the migration: what is refused is listed, and does not end it.
            if self.plan.migrate.on_refused == OnRefused::List && error.is_refusal() {
                done.notes.push(format!("refused by the target: {object}: {error}"));
                continue;
            }
            done.failures.push(RehearsalFailure {
                stage: RehearsalStage::Database,
                object,
                sqlstate: error.sqlstate().map(str::to_owned),
                message: error.to_string(),
                // A setting of an application may be a secret.
                statement: shown.split(" TO '").next().unwrap_or_default().to_owned(),
            });
        }
        session.execute("rollback").await.map_err(failed())?;
        Ok(())
    }

    /// The database of the target that will be filled, if it is there: its encoding and locale stay. Whether objects may
    /// be created in it is tried in a transaction that is undone.
    async fn existing(
        &self,
        pair: &DatabasePair,
        done: &mut DatabaseRehearsal,
    ) -> Result<Option<DatabaseFacts>, MigrateError> {
        let plan = &self.plan.migrate;
        let sql = format!("select 1 from pg_catalog.pg_database where datname = {}", literal(&pair.target));
        let there =
            self.target.single_text(&sql).await.map_err(doing("look for the database on the target"))?;
        if there.is_none() {
            return Ok(None);
        }
        let session = connect(&plan.target, &pair.target, plan.home.as_deref()).await?;
        session.prepare_migration().await.map_err(doing("set up a session on the target"))?;
        let facts = database::read(&session, self.target_version).await?;
        let statement = "create schema pgpassage_rehearsal";
        let tried = session.execute(&format!("begin; {statement}; rollback")).await;
        if let Err(error) = tried {
            done.failures.push(RehearsalFailure {
                stage: RehearsalStage::Database,
                object: format!("database {}", pair.target),
                sqlstate: error.sqlstate().map(str::to_owned),
                message: format!("no schema can be created in it: {error}"),
                statement: statement.to_owned(),
            });
        }
        Ok(Some(facts))
    }
}

/// Notes what became of an entry.
fn note(entry: &Entry, restored: Restored, done: &mut DatabaseRehearsal) {
    let result = match restored {
        Restored::Worked => {
            done.worked += 1;
            ObjectResult::Worked
        }
        Restored::NotTried(because_of) => {
            done.not_tried.push(NotTried { object: entry.title(), because_of });
            ObjectResult::NotTried
        }
        Restored::Listed(refused) => {
            done.notes.extend(refused.iter().map(|piece| piece.deviation.to_string()));
            if refused.iter().any(|piece| piece.object_refused) {
                return;
            }
            done.worked += 1;
            ObjectResult::Worked
        }
        Restored::Failed(MigrateError::Entry { object, reason, sqlstate, statement }) => {
            let stage = RehearsalStage::Schema;
            done.failures.push(RehearsalFailure { stage, object, sqlstate, message: reason, statement });
            ObjectResult::Failed
        }
        Restored::Failed(error) => {
            done.failures.push(RehearsalFailure {
                stage: RehearsalStage::Schema,
                object: entry.title(),
                sqlstate: None,
                message: error.to_string(),
                statement: String::new(),
            });
            ObjectResult::Failed
        }
    };
    done.objects.push(RehearsedObject {
        kind: entry.kind.clone(),
        schema: entry.schema.clone(),
        tag: entry.tag.clone(),
        owner: entry.owner.clone(),
        result,
        title: entry.title(),
    });
}

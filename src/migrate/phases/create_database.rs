//! The database on the target: created, found empty, or left by an interrupted run.

use std::time::{Duration, Instant};

use crate::facts::DatabasePair;
use crate::migrate::context::Source;
use crate::migrate::database::MAINTENANCE_DATABASE;
use crate::migrate::error::MigrateError;
use crate::migrate::event::{DoneDatabase, Event};
use crate::migrate::phases::empty;
use crate::migrate::resume::{self, Existing, Start};
use crate::migrate::run::Run;
use crate::outcome::{DatabaseOutcome, Deviation};
use crate::pg::{ident, literal};
use crate::server::{Session, cell_text, connect_reading, doing};

/// The target database, as it is to be filled.
pub(super) struct Created {
    pub(super) start: Start,
    /// What an interrupted run had done of it, and still counts.
    pub(super) before: DoneDatabase,
    /// Whether it was there before the run.
    pub(super) was_there: bool,
}

/// Creates the database, finds that an empty one is there, or resumes with what an interrupted run has left.
pub(super) async fn create(
    run: &Run<'_>,
    pair: &DatabasePair,
    control: &Session,
    source: &Source,
    outcome: &mut DatabaseOutcome,
) -> Result<Created, MigrateError> {
    let name = &pair.target;
    let existing = existing_database(run, pair, control).await?;
    let restart = run.plan.resumed.as_ref().is_some_and(|r| r.restart_tables);
    let mut before = run.before(pair).cloned().unwrap_or_default();
    let start = resume::decide(&before, existing, &source.seen, restart)
        .map_err(|why| MigrateError::Refused(format!("database {name} of the target {why}")))?;
    if matches!(start, Start::Schema | Start::Data) {
        run.say(pair, "going on with what is on the target");
        let was_there = before.found.is_some();
        return Ok(Created { start, before, was_there });
    }
    before = DoneDatabase::default();
    if let Some(existing) = existing.filter(|_| *name == MAINTENANCE_DATABASE && run.plan.overwrite) {
        check_encoding(run, pair, source).await?;
        outcome.deviations.extend(empty::empty(run, pair, source).await?);
        outcome.deviations.push(Deviation::changed(
            format!("database {name}"),
            "cannot be dropped, and was emptied instead: its encoding and locale were left as they are",
        ));
        (run.events)(Event::DatabaseFound { database: pair.source.clone(), oid: existing.oid });
        return Ok(Created { start, before, was_there: true });
    }
    let drop = start == Start::DropFirst || (existing.is_some() && run.plan.overwrite);
    if drop {
        if *name == control.dbname {
            return Err(MigrateError::Refused(format!(
                "database {name} of the target cannot be replaced: the migration is connected to it; name another one in the \
                 connection string of the target, or give the copy another name with --map-database"
            )));
        }
        run.say(pair, "dropping the database on the target");
        drop_database(run, control, name).await?;
    } else if let Some(existing) = existing {
        if existing.objects > 0 {
            return Err(MigrateError::Refused(format!(
                "database {name} exists on the target and holds {} objects: drop it, rename the copy with \
                     --map-database, or replace it with --if-exists overwrite",
                existing.objects
            )));
        }
        check_empty(run, pair, source).await?;
        outcome.deviations.push(Deviation::changed(
            format!("database {name}"),
            "existed and was empty: its encoding and locale were left as they are",
        ));
        (run.events)(Event::DatabaseFound { database: pair.source.clone(), oid: existing.oid });
        return Ok(Created { start, before, was_there: true });
    }
    (run.events)(Event::DatabaseIntended { database: pair.source.clone() });
    let sql = source.facts.create_statement(name, run.target_version);
    control.execute(&sql).await.map_err(doing(format!("create database {name} ({sql})")))?;
    if let Some(existing) = existing_database(run, pair, control).await? {
        (run.events)(Event::DatabaseMade { database: pair.source.clone(), oid: existing.oid });
    }
    Ok(Created { start, before, was_there: false })
}

/// The database of the target, if it is there.
async fn existing_database(
    run: &Run<'_>,
    pair: &DatabasePair,
    control: &Session,
) -> Result<Option<Existing>, MigrateError> {
    let sql = format!("select oid from pg_catalog.pg_database where datname = {}", literal(&pair.target));
    let oid = control.single_text(&sql).await.map_err(doing("look for the database on the target"))?;
    let Some(oid) = oid.and_then(|oid| oid.parse().ok()) else { return Ok(None) };
    // One that is to be dropped need not be looked into, and may refuse connections.
    if run.plan.overwrite && run.before(pair).is_none() {
        return Ok(Some(Existing { oid, objects: 0 }));
    }
    let session = connect_reading(&run.plan.target, &pair.target, run.plan.home.as_deref()).await?;
    let objects =
        session.single_text(OBJECTS).await.map_err(doing("look into the database on the target"))?;
    Ok(Some(Existing { oid, objects: objects.and_then(|n| n.parse().ok()).unwrap_or(i64::MAX) }))
}

/// Objects of users that are no members of extensions, and default privileges, as the validation counts them.
const OBJECTS: &str = "with members as ( \
       select d.classid, d.objid from pg_catalog.pg_depend d where d.deptype = 'e' and d.objid >= 16384), \
     objects as ( \
       select 'pg_catalog.pg_class'::pg_catalog.regclass as class, c.oid from pg_catalog.pg_class c \
        where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and c.relpersistence <> 't' \
       union all select 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid from pg_catalog.pg_proc p \
       union all select 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid from pg_catalog.pg_type t where t.typtype in ('e', 'd', 'r') \
       union all select 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid from pg_catalog.pg_namespace n where n.nspname !~ '^pg_') \
     select (select pg_catalog.count(*) from objects o where o.oid >= 16384 \
                and not exists (select from members m where m.classid = o.class and m.objid = o.oid)) \
          + (select pg_catalog.count(*) from pg_catalog.pg_largeobject_metadata) \
          + (select pg_catalog.count(*) from pg_catalog.pg_default_acl)";

/// Refuses an existing database without objects in which the copy would still be another than in a new one.
async fn check_empty(run: &Run<'_>, pair: &DatabasePair, source: &Source) -> Result<(), MigrateError> {
    let target = connect_reading(&run.plan.target, &pair.target, run.plan.home.as_deref()).await?;
    let looking = || doing("look into the database on the target");
    let extensions = "select pg_catalog.format('extension %I in schema %I', e.extname, n.nspname) from pg_catalog.pg_extension e \
                        join pg_catalog.pg_namespace n on n.oid = e.extnamespace";
    let there = target.rows(extensions).await.map_err(looking())?;
    let wanted =
        source.snapshot.session.rows(extensions).await.map_err(doing("list the extensions of the source"))?;
    let names = there.iter().filter(|row| !wanted.contains(row)).map(|row| cell_text(row, 0));
    let mut unlike: Vec<String> = names.collect();
    unlike.extend(other_encoding(&target, source).await?);
    if unlike.is_empty() {
        return Ok(());
    }
    Err(MigrateError::Refused(format!(
        "database {} exists on the target without objects, but a copy in it would differ from the source, since it has {}: drop it, \
         rename the copy with --map-database, or replace it with --if-exists overwrite",
        pair.target,
        unlike.join(", ")
    )))
}

/// Refuses to fill a database that cannot be dropped, and has another encoding than the source.
async fn check_encoding(run: &Run<'_>, pair: &DatabasePair, source: &Source) -> Result<(), MigrateError> {
    let target = connect_reading(&run.plan.target, &pair.target, run.plan.home.as_deref()).await?;
    other_encoding(&target, source).await?.map_or(Ok(()), |encoding| {
        Err(MigrateError::Refused(format!(
            "database {} of the target cannot be dropped, and has {encoding}: give the copy another name with --map-database",
            pair.target
        )))
    })
}

/// The encoding of a database of the target, if it is not that of the source.
async fn other_encoding(target: &Session, source: &Source) -> Result<Option<String>, MigrateError> {
    let encoding = target.single_text("select pg_catalog.getdatabaseencoding()").await;
    let encoding = encoding.map_err(doing("look into the database on the target"))?.unwrap_or_default();
    let wanted = &source.facts.encoding;
    Ok((encoding != *wanted).then(|| format!("encoding {encoding} instead of {wanted}")))
}

/// How long a database is tried to be dropped that somebody is in.
const DROP_PATIENCE: Duration = Duration::from_secs(30);
const DROP_PAUSE: Duration = Duration::from_millis(200);

/// Drops a database. With FORCE the server ends the sessions in it, but refuses a user that is no superuser while a worker
/// of autovacuum is there (42501); without it, it ends such workers, but waits for sessions in vain (55006). So both are
/// tried in turn. Source: `TerminateOtherDBBackends` and `CountOtherDBBackends` in `src/backend/storage/ipc/procarray.c`.
async fn drop_database(run: &Run<'_>, control: &Session, name: &str) -> Result<(), MigrateError> {
    let has_force = run.target_version >= 130_000;
    let mut force = has_force;
    let began = Instant::now();
    loop {
        let how = if force { " WITH (FORCE)" } else { "" };
        let Err(error) = control.execute(&format!("DROP DATABASE {}{how}", ident(name))).await else {
            return Ok(());
        };
        let in_use = error.sqlstate() == Some("55006") || (force && error.is_refusal());
        if !in_use || began.elapsed() >= DROP_PATIENCE {
            return Err(doing(format!("drop database {name} on the target"))(error).into());
        }
        force = has_force && !force;
        tokio::time::sleep(DROP_PAUSE).await;
    }
}

//! The database on the target: created, found empty, or left by an interrupted run.

use crate::facts::DatabasePair;
use crate::migrate::context::Source;
use crate::migrate::database::MAINTENANCE_DATABASE;
use crate::migrate::error::MigrateError;
use crate::migrate::event::{DoneDatabase, Event};
use crate::migrate::phases::clean;
use crate::migrate::resume::{self, Existing, Start};
use crate::migrate::run::Run;
use crate::outcome::{DatabaseOutcome, Deviation};
use crate::pg::{ident, literal};
use crate::server::{Session, connect_reading, doing};

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
        clean::clean(run, pair, source).await?;
        (run.events)(Event::DatabaseFound { database: pair.source.clone(), oid: existing.oid });
        return Ok(Created { start, before, was_there: true });
    }
    let drop = start == Start::DropFirst || (existing.is_some() && run.plan.overwrite);
    if drop {
        run.say(pair, "dropping the database on the target");
        let force = if run.target_version >= 130_000 { " WITH (FORCE)" } else { "" };
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
    let sql = "select pg_catalog.count(*) from pg_catalog.pg_class c where c.oid >= 16384 and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')";
    let objects = session.single_text(sql).await.map_err(doing("look into the database on the target"))?;
    Ok(Some(Existing { oid, objects: objects.and_then(|n| n.parse().ok()).unwrap_or(i64::MAX) }))
}

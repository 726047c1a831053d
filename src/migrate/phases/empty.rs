//! The database of the administrator cannot be dropped: to replace it means to drop what is in it.

use crate::facts::DatabasePair;
use crate::migrate::context::Source;
use crate::migrate::error::MigrateError;
use crate::migrate::run::Run;
use crate::outcome::{Deviation, DeviationKind};
use crate::pg::ident;
use crate::server::{Session, cell_text, doing};

/// Name and schema of every extension, and whether its schema is one that stays.
const EXTENSIONS: &str = "select e.extname, n.nspname, n.oid < 16384 or n.nspname = 'public' \
    from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace";

const LARGE_OBJECTS: &str =
    "select pg_catalog.count(pg_catalog.lo_unlink(l.oid)) from pg_catalog.pg_largeobject_metadata l";

/// Drops everything in a database. An extension that the source has in the same place stays. What the user of the target
/// may not drop stays too, and is returned: it may be the provider's.
pub(super) async fn empty(
    run: &Run<'_>,
    pair: &DatabasePair,
    source: &Source,
) -> Result<Vec<Deviation>, MigrateError> {
    run.say(pair, "dropping what is in the database of the target's administrator");
    let session = run.target_session(pair).await?;
    refuse_subscriptions(&session, pair).await?;
    let mut left = Vec::new();
    // Event triggers are the first among them: they would be run for all else.
    let objects = session.rows(include_str!("empty.sql")).await;
    for row in
        objects.map_err(doing(format!("list the objects of database {} of the target", pair.target)))?
    {
        left.extend(drop_object(&session, &cell_text(&row, 0), cell_text(&row, 1)).await?);
    }
    for (object, sql) in extensions(&session, source).await? {
        left.extend(drop_object(&session, &object, sql).await?);
    }
    left.extend(drop_object(&session, "large objects", LARGE_OBJECTS.to_owned()).await?);
    Ok(left)
}

/// A subscription that stays would fill the copy too, and one that is dropped takes its slot from another server.
async fn refuse_subscriptions(session: &Session, pair: &DatabasePair) -> Result<(), MigrateError> {
    let sql = "select pg_catalog.count(s.subname) from pg_catalog.pg_subscription s \
                 join pg_catalog.pg_database d on d.oid = s.subdbid where d.datname = pg_catalog.current_database()";
    let count = session.single_text(sql).await.map_err(doing("count the subscriptions of the target"))?;
    if count.as_deref() == Some("0") {
        return Ok(());
    }
    Err(MigrateError::Refused(format!(
        "database {} of the target has subscriptions: drop them before it is replaced",
        pair.target
    )))
}

/// The extensions to drop.
async fn extensions(session: &Session, source: &Source) -> Result<Vec<(String, String)>, MigrateError> {
    let there = session.rows(EXTENSIONS).await.map_err(doing("list the extensions of the target"))?;
    let wanted = source.snapshot.session.rows(EXTENSIONS).await;
    let wanted = wanted.map_err(doing("list the extensions of the source"))?;
    let stays = |row: &Vec<Option<String>>| cell_text(row, 2) == "t" && wanted.contains(row);
    let drop = |row: &Vec<Option<String>>| {
        let name = ident(&cell_text(row, 0));
        (format!("extension {name}"), format!("drop extension if exists {name} cascade"))
    };
    Ok(there.iter().filter(|row| !stays(row)).map(drop).collect())
}

/// Drops one object, or tells that it stays, since the user of the target may not drop it.
async fn drop_object(
    session: &Session,
    object: &str,
    sql: String,
) -> Result<Option<Deviation>, MigrateError> {
    let Err(error) = session.execute(&sql).await else { return Ok(None) };
    if !error.is_refusal() {
        return Err(doing(format!("drop {object} to replace it"))(error).into());
    }
    let reason = format!("was in the database before, and could not be dropped: {error}");
    let remains = Deviation::new(DeviationKind::Remains, object, reason);
    Ok(Some(remains.with_sql(sql, "its owner, or a superuser")))
}

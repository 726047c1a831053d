//! What the target refuses: the entry is restored in pieces, so that what carries rows arrives, and the rest is listed with
//! the statement that somebody else can run.

use serde::{Deserialize, Serialize};

use crate::migrate::error::MigrateError;
use crate::migrate::schema::{GrantedRights, SchemaTarget};
use crate::outcome::{Deviation, DeviationKind};
use crate::plan::{Entry, Piece};
use crate::server::{ProbeError, Session, doing};

/// Somebody who may do everything, as far as a target has such a user.
pub(crate) const SUPERUSER: &str = "a superuser; on a managed service its provider";

/// Something that the target refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedPiece {
    /// The number of its entry in the archive.
    pub entry: i32,
    /// Which property of the object it is, as the verification calls it.
    pub property: String,
    /// Whether the object itself was refused.
    pub object_refused: bool,
    /// What is said about it.
    pub deviation: Deviation,
}

impl RefusedPiece {
    fn new(entry: &Entry, piece: &Piece, kind: DeviationKind, reason: String, who: &str) -> RefusedPiece {
        let object = match piece.property {
            "owner" | "settings" | "leakproof" => format!("{} of {}", piece.property, entry.title()),
            _ => entry.title(),
        };
        let object_refused = piece.property == "exists";
        let mut deviation = Deviation::new(kind, object, reason);
        if entry.is_secret() && object_refused {
            deviation.who = Some(who.to_owned());
            deviation.reason.push_str("; its statement is not shown, it may hold a password");
        } else {
            deviation = deviation.with_sql(piece.as_grantor(), who);
        }
        RefusedPiece { entry: entry.id, property: piece.property.to_owned(), object_refused, deviation }
    }
}

/// An entry about an object that was refused: it could only fail.
pub(crate) fn without_object(entry: &Entry, target: &SchemaTarget) -> Vec<RefusedPiece> {
    let reason = || "was left out: its object was refused".to_owned();
    let listed = |piece| RefusedPiece::new(entry, piece, DeviationKind::Refused, reason(), SUPERUSER);
    entry.pieces(target.owner_statement(entry)).optional.iter().map(listed).collect()
}

/// Whether a refusal would show itself only afterwards: who has a right on an object of the system, but may not pass it on,
/// gets a warning, and nothing is granted.
pub(crate) fn is_uncertain(entry: &Entry, target: &SchemaTarget) -> bool {
    !target.superuser && entry.kind == "ACL" && entry.schema.as_deref() == Some("pg_catalog")
}

/// Restores an entry in pieces, in one transaction. What of it may be refused is the answer, if it is; anything else that
/// fails is an error.
pub(crate) async fn restore_in_pieces(
    session: &Session,
    target: &SchemaTarget,
    entry: &Entry,
    rights: &mut GrantedRights,
) -> Result<Vec<RefusedPiece>, MigrateError> {
    // What the owner would need may be refused too: then so is the owner.
    if let Err(error) = rights.grant_for(session, entry, target).await.map_err(MigrateError::from)
        && !error.is_refusal()
    {
        return Err(error);
    }
    let action = |what: &str| format!("{what} the transaction of {}", entry.title());
    session.execute("begin").await.map_err(doing(action("begin")))?;
    let restored = pieces_in_transaction(session, target, entry).await;
    let end = if restored.is_ok() { "commit" } else { "rollback" };
    session.execute(end).await.map_err(doing(action("end")))?;
    restored
}

async fn pieces_in_transaction(
    session: &Session,
    target: &SchemaTarget,
    entry: &Entry,
) -> Result<Vec<RefusedPiece>, MigrateError> {
    let pieces = entry.pieces(target.owner_statement(entry));
    if !pieces.base.trim().is_empty() {
        let sql = target.with_access_method(entry, &pieces.base);
        session.execute(&sql).await.map_err(|error| MigrateError::entry(entry, &error, sql))?;
    }
    let mut refused = Vec::new();
    let mut list = |piece, kind, reason, who: &str| {
        refused.push(RefusedPiece::new(entry, piece, kind, reason, who));
    };
    for piece in &pieces.optional {
        let looked_at = is_uncertain(entry, target) && piece.sql.starts_with("GRANT");
        let before = if looked_at { system_grants(session).await? } else { None };
        let Err(error) = attempt(session, &piece.as_grantor()).await? else {
            if looked_at && before == system_grants(session).await? {
                let reason = "changed nothing: the user of the target may not grant this right".to_owned();
                list(piece, DeviationKind::Refused, reason, SUPERUSER);
            }
            continue;
        };
        if !target.lists_refusals || !error.is_refusal() {
            return Err(MigrateError::entry(entry, &error, piece.sql.clone()));
        }
        if let Some(grantor) = &piece.grantor
            && attempt(session, &piece.sql).await?.is_ok()
        {
            let reason = format!("were given by the owner instead of {grantor}: {error}");
            list(piece, DeviationKind::Changed, reason, grantor);
            continue;
        }
        list(piece, DeviationKind::Refused, format!("was refused: {error}"), &who(piece, &error));
        if piece.property == "exists" {
            break;
        }
    }
    Ok(refused)
}

/// A digest of all grants on the objects of the system.
async fn system_grants(session: &Session) -> Result<Option<String>, MigrateError> {
    let acls = "select c.oid, c.relacl::text as acl from pg_catalog.pg_class c where c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace \
                union all select p.oid, p.proacl::text from pg_catalog.pg_proc p where p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace \
                union all select a.attrelid, a.attnum || a.attacl::text from pg_catalog.pg_attribute a where a.attacl is not null";
    let sql = format!(
        "select pg_catalog.md5(pg_catalog.string_agg(s.oid || s.acl, ' ' order by s.oid, s.acl)) from ({acls}) s where s.acl is not null"
    );
    Ok(session.single_text(&sql).await.map_err(doing("read the grants on objects of the system"))?)
}

/// Runs a statement that may be refused without harm to what came before it.
async fn attempt(session: &Session, sql: &str) -> Result<Result<(), ProbeError>, MigrateError> {
    let failed = || doing("set a savepoint on the target");
    session.execute("savepoint attempt").await.map_err(failed())?;
    let result = session.execute(sql).await;
    let end = if result.is_ok() { "release savepoint attempt" } else { "rollback to savepoint attempt" };
    session.execute(end).await.map_err(failed())?;
    Ok(result)
}

/// Who can run a statement that was refused.
fn who(piece: &Piece, error: &ProbeError) -> String {
    if error.to_string().contains("superuser") {
        return SUPERUSER.to_owned();
    }
    match (piece.property, &piece.grantor) {
        ("grants", Some(grantor)) => grantor.clone(),
        ("grants", None) => "who may grant it, or a superuser".to_owned(),
        ("owner", _) => "who can become both the old and the new owner, or a superuser".to_owned(),
        ("settings", _) => "who was granted SET on the parameter, or a superuser".to_owned(),
        _ => "the owner of the object, or a superuser".to_owned(),
    }
}

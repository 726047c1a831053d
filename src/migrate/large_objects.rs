//! Large objects, with their contents, owners, grants and comments.

use crate::migrate::acl::grant_statements;
use crate::migrate::database::read_grants;
use crate::migrate::error::MigrateError;
use crate::migrate::refusal::SUPERUSER;
use crate::outcome::{Deviation, DeviationKind};
use crate::pg::{ident, literal};
use crate::plan::{GrantsChoice, RoleMap};
use crate::server::{ProbeError, Session, cell_text, doing};

/// Bytes carried at a time of a large one.
const PIECE_BYTES: i32 = 1024 * 1024;

/// Large objects carried with one statement on each side.
const BATCH: usize = 200;

/// Up to this size a large object travels with its batch; what is larger follows in pieces.
const SMALL_BYTES: i64 = 8192;

/// Which properties are restored, and what becomes of those that are refused.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PropertyChoice {
    pub(crate) grants: GrantsChoice,
    /// Whether refusals are listed; else they are an error.
    pub(crate) lists_refusals: bool,
}

/// Copies all large objects, and returns how many there are, with what was refused. `keep_owners_for` is the user of the target, if objects are
/// given to their owners; `again` when an interrupted run may have left some.
pub(crate) async fn copy(
    source: &Session,
    target: &Session,
    keep_owners_for: Option<&str>,
    role_map: &RoleMap,
    again: bool,
    choice: &PropertyChoice,
) -> Result<(usize, Vec<Deviation>), MigrateError> {
    if again {
        let sql = "select pg_catalog.lo_unlink(m.oid) from pg_catalog.pg_largeobject_metadata m";
        target.execute(sql).await.map_err(doing("remove the large objects of the interrupted run"))?;
    }
    let sql = "select m.oid, pg_catalog.pg_get_userbyid(m.lomowner), m.lomacl is not null, \
                      pg_catalog.obj_description(m.oid, 'pg_largeobject') \
                 from pg_catalog.pg_largeobject_metadata m order by m.oid";
    let rows = source.rows(sql).await.map_err(doing("list the large objects of the source"))?;
    let mut refused = Vec::new();
    for batch in rows.chunks(BATCH) {
        let first = batch.first().map(|row| cell_text(row, 0)).unwrap_or_default();
        let action = || format!("carry {} large objects from {first} on", batch.len());
        // A byte more than is small tells that there is more.
        let reads: Vec<String> = batch
            .iter()
            .map(|row| cell_text(row, 0))
            .map(|oid| format!("select {oid}, pg_catalog.lo_get({oid}, 0, {})", SMALL_BYTES + 1))
            .collect();
        let heads = source.rows(&reads.join(" union all ")).await.map_err(doing(action()))?;
        let mut statements = Vec::new();
        let mut large = Vec::new();
        for head in &heads {
            let (oid, content) = (cell_text(head, 0), cell_text(head, 1));
            if hex_length(&content) > SMALL_BYTES {
                statements.push(format!("select pg_catalog.lo_create({oid})"));
                large.push(oid);
            } else {
                statements
                    .push(format!("select pg_catalog.lo_from_bytea({oid}, {}::bytea)", literal(&content)));
            }
        }
        target.execute(&statements.join("; ")).await.map_err(doing(action()))?;
        for oid in &large {
            copy_pieces(source, target, oid).await?;
        }
        let mut properties = Vec::new();
        for row in batch {
            properties.extend(properties_of(source, row, keep_owners_for, role_map, choice.grants).await?);
        }
        if !properties.is_empty() {
            let action =
                format!("give {} large objects from {first} on their owners and grants", batch.len());
            match target.execute(&properties.join("; ")).await {
                Err(error) if choice.lists_refusals && error.is_refusal() => {
                    refused.extend(one_by_one(target, &properties).await.map_err(doing(action))?);
                }
                result => result.map_err(doing(action))?,
            }
        }
    }
    Ok((rows.len(), refused))
}

/// Runs statements of which some are refused, and lists those.
async fn one_by_one(target: &Session, statements: &[String]) -> Result<Vec<Deviation>, ProbeError> {
    let mut refused = Vec::new();
    for sql in statements {
        match target.execute(sql).await {
            Err(error) if error.is_refusal() => refused.push(
                Deviation::new(
                    DeviationKind::Refused,
                    "a large object's property",
                    format!("was refused: {error}"),
                )
                .with_sql(sql, SUPERUSER),
            ),
            result => result?,
        }
    }
    Ok(refused)
}

/// The bytes of a value as the server prints it: `\x` and two digits for each.
fn hex_length(text: &str) -> i64 {
    i64::try_from(text.len().saturating_sub(2) / 2).unwrap_or(0)
}

/// Carries the contents of a large object of any size. While a piece is written the next one is read.
async fn copy_pieces(source: &Session, target: &Session, oid: &str) -> Result<(), MigrateError> {
    let action = || format!("carry large object {oid}");
    let number: u32 =
        oid.parse().map_err(|_| MigrateError::statement(action(), "its number is none".to_owned()))?;
    let mut offset: i64 = 0;
    let mut piece = source.read_piece(number, offset, PIECE_BYTES).await.map_err(doing(action()))?;
    while !piece.is_empty() {
        let next = offset + i64::try_from(piece.len()).unwrap_or(i64::MAX);
        let (written, read) = tokio::join!(
            target.write_piece(number, offset, &piece),
            source.read_piece(number, next, PIECE_BYTES)
        );
        written.map_err(doing(action()))?;
        piece = read.map_err(doing(action()))?;
        offset = next;
    }
    Ok(())
}

/// The statements that give a large object its comment, owner and grants.
async fn properties_of(
    source: &Session,
    row: &[Option<String>],
    keep_owners_for: Option<&str>,
    role_map: &RoleMap,
    grants: GrantsChoice,
) -> Result<Vec<String>, MigrateError> {
    let (oid, owner) = (cell_text(row, 0), role_map.name(&cell_text(row, 1)).to_owned());
    let mut statements = Vec::new();
    if let Some(comment) = row.get(3).cloned().flatten() {
        statements.push(format!("COMMENT ON LARGE OBJECT {oid} IS {}", literal(&comment)));
    }
    if keep_owners_for.is_some_and(|user| *user != owner) {
        statements.push(format!("ALTER LARGE OBJECT {oid} OWNER TO {}", ident(&owner)));
    }
    if grants != GrantsChoice::None && cell_text(row, 2) == "t" {
        let sql = format!(
            "select r.rolname, a.privilege_type, a.is_grantable from pg_catalog.pg_largeobject_metadata m, \
             pg_catalog.aclexplode(m.lomacl) a left join pg_catalog.pg_roles r on r.oid = a.grantee \
             where m.oid = {oid} and (a.grantee = 0 or r.oid is not null)"
        );
        let mut grants = read_grants(source, &sql).await?;
        for grant in &mut grants {
            grant.apply(role_map);
        }
        statements.extend(grant_statements(&format!("LARGE OBJECT {oid}"), &owner, &grants));
    }
    Ok(statements)
}

//! Large objects, with their contents, owners, grants and comments.

use crate::migrate::acl::grant_statements;
use crate::migrate::database::read_grants;
use crate::migrate::error::MigrateError;
use crate::pg::{ident, literal};
use crate::server::{Session, doing};

/// Bytes carried at a time; as text each takes two characters.
const PIECE_BYTES: i64 = 1024 * 1024;

/// Carries all large objects, and returns how many there were. `again` when an interrupted run may have left some.
pub(crate) async fn copy(
    source: &Session,
    target: &Session,
    target_user: &str,
    again: bool,
) -> Result<usize, MigrateError> {
    let sql = "select m.oid, pg_catalog.pg_get_userbyid(m.lomowner), m.lomacl is not null, \
                      pg_catalog.obj_description(m.oid, 'pg_largeobject') \
                 from pg_catalog.pg_largeobject_metadata m order by m.oid";
    let rows = source.rows(sql).await.map_err(doing("list the large objects of the source"))?;
    if again {
        let sql = "select pg_catalog.lo_unlink(m.oid) from pg_catalog.pg_largeobject_metadata m";
        target.execute(sql).await.map_err(doing("remove the large objects of the interrupted run"))?;
    }
    for row in &rows {
        let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
        let (oid, owner) = (text(0), text(1));
        let action = || format!("carry large object {oid}");
        target.execute(&format!("select pg_catalog.lo_create({oid})")).await.map_err(doing(action()))?;
        let mut offset: i64 = 0;
        loop {
            let sql = format!("select pg_catalog.lo_get({oid}, {offset}, {PIECE_BYTES})");
            let piece = source.single_text(&sql).await.map_err(doing(action()))?.unwrap_or_default();
            let length = i64::try_from(piece.len().saturating_sub(2) / 2).unwrap_or(0);
            if length > 0 {
                let sql = format!("select pg_catalog.lo_put({oid}, {offset}, {}::bytea)", literal(&piece));
                target.execute(&sql).await.map_err(doing(action()))?;
            }
            offset += length;
            if length < PIECE_BYTES {
                break;
            }
        }
        let mut statements = Vec::new();
        if let Some(comment) = row.get(3).cloned().flatten() {
            statements.push(format!("COMMENT ON LARGE OBJECT {oid} IS {}", literal(&comment)));
        }
        if owner != target_user {
            statements.push(format!("ALTER LARGE OBJECT {oid} OWNER TO {}", ident(&owner)));
        }
        if text(2) == "t" {
            let sql = format!(
                "select r.rolname, a.privilege_type, a.is_grantable from pg_catalog.pg_largeobject_metadata m, \
                 pg_catalog.aclexplode(m.lomacl) a left join pg_catalog.pg_roles r on r.oid = a.grantee \
                 where m.oid = {oid} and (a.grantee = 0 or r.oid is not null)"
            );
            let grants = read_grants(source, &sql).await?;
            statements.extend(grant_statements(&format!("LARGE OBJECT {oid}"), &owner, &grants));
        }
        if !statements.is_empty() {
            target.execute(&statements.join("; ")).await.map_err(doing(action()))?;
        }
    }
    Ok(rows.len())
}

//! Memberships that the user of the target has only for the time of a migration or a rehearsal: in the roles it acts for.

use std::collections::BTreeSet;

use crate::migrate::error::MigrateError;
use crate::migrate::roles::TargetUser;
use crate::outcome::{Deviation, DeviationKind};
use crate::pg::{ident, literal};
use crate::plan::Entry;
use crate::server::{Session, cell_text, doing};

/// The roles that entries are restored for: those that will own something, those that granted something, and those that
/// have default privileges.
pub(crate) fn acting_roles(entries: &[Entry]) -> BTreeSet<String> {
    let mut roles = BTreeSet::new();
    for entry in entries {
        roles.extend(entry.owner.clone().filter(|owner| entry.owner_statement(owner).is_some()));
        roles.extend(entry.grantors());
        roles.extend(entry.default_privileges_of());
    }
    roles
}

/// Those of the roles, and the owner of a database that is replaced, of which the user is no member, or one that cannot
/// act as they. A role that is not there fails with what belongs to it.
pub(crate) async fn missing(
    control: &Session,
    user: &TargetUser,
    target_version: i64,
    roles: &BTreeSet<String>,
    replaced: Option<&str>,
) -> Result<Vec<String>, MigrateError> {
    if user.superuser {
        return Ok(Vec::new());
    }
    let rights = if target_version >= 160_000 {
        "pg_catalog.pg_has_role(r.oid, 'SET') and pg_catalog.pg_has_role(r.oid, 'USAGE')"
    } else {
        "pg_catalog.pg_has_role(r.oid, 'MEMBER')"
    };
    let names: Vec<String> = roles.iter().map(|role| literal(role)).collect();
    let replaced = replaced.map_or_else(|| "null".to_owned(), literal);
    let sql = format!(
        "select r.rolname from pg_catalog.pg_roles r where not ({rights}) and (r.rolname = any (array[{}]::text[]) \
         or r.oid = (select d.datdba from pg_catalog.pg_database d where d.datname = {replaced})) order by 1",
        names.join(", ")
    );
    let rows =
        control.rows(&sql).await.map_err(doing("ask for the rights on the roles that own something"))?;
    Ok(rows.iter().map(|row| cell_text(row, 0)).collect())
}

/// Makes the user a member of a role: from 16 on that takes ADMIN OPTION, which who creates a role has; before, CREATEROLE.
pub(crate) async fn grant(control: &Session, user: &TargetUser, role: &str) -> Result<(), MigrateError> {
    let sql = format!("GRANT {} TO {}", ident(role), ident(&user.name));
    Ok(control.execute(&sql).await.map_err(doing(format!("become a member of role {role}")))?)
}

/// Revokes memberships. What could not be revoked is the answer.
pub(crate) async fn revoke(control: &Session, user: &TargetUser, granted: &[String]) -> Vec<Deviation> {
    let mut left = Vec::new();
    for role in granted {
        let sql = format!("REVOKE {} FROM {}", ident(role), ident(&user.name));
        if let Err(error) = control.execute(&sql).await {
            let reason = format!("is still a member of {role} on the target: {error}");
            left.push(
                Deviation::new(DeviationKind::Remains, &user.name, reason)
                    .with_sql(sql, format!("who may grant {role}")),
            );
        }
    }
    left
}

//! Archive entries on the target: made as the migration user, given to their owner, errors with object and statement.

use std::collections::BTreeSet;

use crate::migrate::error::MigrateError;
use crate::outcome::{Deviation, DeviationKind};
use crate::pg::{ident, literal};
use crate::plan::{Entry, RoleMap};
use crate::server::{Session, WorkError, doing};

/// How entries are made on this target.
#[derive(Debug, Clone)]
pub(crate) struct SchemaTarget {
    /// The target's version as a number.
    pub(crate) version_num: i64,
    /// The user of the connection.
    pub(crate) user: String,
    /// Whether that is a superuser.
    pub(crate) superuser: bool,
}

/// Entries that stand for the session, not for objects; sessions are set up by us.
const SESSION: &[&str] = &["ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE", "DATABASE PROPERTIES"];

/// Kinds whose statements may hold passwords of other servers.
const SECRET: &[&str] = &["SERVER", "SUBSCRIPTION", "USER MAPPING"];

/// Whether an entry is left out on this target, and why. `None`: it is made. The inner text is empty for what stands
/// for no object.
pub(crate) fn left_out(entry: &Entry, target: &SchemaTarget) -> Option<String> {
    // Comment and grants of the database itself are applied to it under the name it has on the target.
    let of_database = matches!(entry.kind.as_str(), "ACL" | "COMMENT") && entry.tag.starts_with("DATABASE ");
    if SESSION.contains(&entry.kind.as_str()) || of_database || entry.definition.trim().is_empty() {
        return Some(String::new());
    }
    if target.superuser {
        return None;
    }
    let why = match entry.kind.as_str() {
        "SCHEMA" if entry.tag == "public" => "schema public keeps the owner it has on the target",
        "EVENT TRIGGER" => "only a superuser can create an event trigger",
        "COMMENT" if entry.tag.starts_with("EVENT TRIGGER ") => "its event trigger was left out",
        "PUBLICATION" if entry.definition.contains(" FOR ALL TABLES") => {
            "only a superuser can publish all tables"
        }
        _ => return None,
    };
    Some(why.to_owned())
}

/// Rights that owners get on schemas only while objects are given to them: without a superuser, the new owner of an object
/// must be able to create in its schema.
#[derive(Debug, Default)]
pub(crate) struct LentRights {
    lent: BTreeSet<(Option<String>, String)>,
}

/// The question whether a role may create in a schema, or in the database when no schema is named.
fn may_create(schema: Option<&str>, owner: &str) -> String {
    let may = match schema {
        Some(schema) => {
            format!("pg_catalog.has_schema_privilege(r.oid, {}, 'CREATE')", literal(schema))
        }
        None => {
            "pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'CREATE')".to_owned()
        }
    };
    // Without an error where there is no such role: that would end the transaction of a snapshot.
    format!("select {may} from pg_catalog.pg_roles r where r.rolname = {}", literal(owner))
}

impl LentRights {
    /// Lends what an entry of this owner needs.
    async fn lend(&mut self, session: &Session, schema: Option<&str>, owner: &str) -> Result<(), WorkError> {
        let key = (schema.map(str::to_owned), owner.to_owned());
        if self.lent.contains(&key) {
            return Ok(());
        }
        let action =
            || format!("let role {owner} create in {} for the time being", schema.unwrap_or("the database"));
        let may = session.single_text(&may_create(schema, owner)).await.map_err(doing(action()))?;
        if may.as_deref() == Some("f") {
            let sql = format!("grant create on {} to {}", object(schema, &session.dbname), ident(owner));
            session.execute(&sql).await.map_err(doing(action()))?;
            self.lent.insert(key);
        }
        Ok(())
    }

    /// Lends what is needed to give an entry to its owner.
    pub(crate) async fn lend_for(
        &mut self,
        session: &Session,
        entry: &Entry,
        target: &SchemaTarget,
    ) -> Result<(), WorkError> {
        if let (false, Some(owner)) = (target.superuser, &entry.owner)
            && *owner != target.user
            && entry.owner_statement(owner).is_some()
        {
            if let Some(schema) = &entry.schema {
                self.lend(session, Some(schema), owner).await?;
            } else if entry.kind == "PUBLICATION" {
                self.lend(session, None, owner).await?;
            }
        }
        Ok(())
    }

    /// Takes back what the source does not have. What cannot be taken back is returned, as a deviation.
    pub(crate) async fn take_back(self, source: &Session, target: &Session, map: &RoleMap) -> Vec<Deviation> {
        let mut left = Vec::new();
        for (schema, owner) in self.lent {
            let mut has_it_there = false;
            for role in map.origins(&owner) {
                let may = source.single_text(&may_create(schema.as_deref(), role)).await;
                has_it_there |= may.ok().flatten().as_deref() == Some("t");
            }
            if has_it_there {
                continue;
            }
            let object = object(schema.as_deref(), &target.dbname);
            if let Err(error) =
                target.execute(&format!("revoke create on {object} from {}", ident(&owner))).await
            {
                let reason = format!("may still create in {object}: {error}");
                left.push(Deviation::new(DeviationKind::Remains, format!("role {owner}"), reason));
            }
        }
        left
    }
}

fn object(schema: Option<&str>, dbname: &str) -> String {
    schema.map_or_else(|| format!("database {}", ident(dbname)), |schema| format!("schema {}", ident(schema)))
}

/// Makes one entry as a user who may need to lend rights for it.
pub(crate) async fn create_lending(
    session: &Session,
    entry: &Entry,
    target: &SchemaTarget,
    rights: &mut LentRights,
) -> Result<(), MigrateError> {
    rights.lend_for(session, entry, target).await?;
    create(session, entry, target).await
}

/// Makes several entries in one transaction. Whether that went well is the answer; if not, none of them is there.
pub(crate) async fn create_batch(session: &Session, entries: &[&Entry], target: &SchemaTarget) -> bool {
    let statements: Vec<String> = entries.iter().map(|entry| statements(entry, target)).collect();
    session.execute(&statements.join("\n")).await.is_ok()
}

/// Makes one entry.
pub(crate) async fn create(
    session: &Session,
    entry: &Entry,
    target: &SchemaTarget,
) -> Result<(), MigrateError> {
    // All statements of an entry stand in one transaction: an object never stays with the wrong owner.
    let sql = statements(entry, target);
    session.execute(&sql).await.map_err(|error| MigrateError::Entry {
        object: entry.title(),
        reason: error.to_string(),
        sqlstate: error.sqlstate().map(str::to_owned),
        statement: shown(entry, sql),
    })
}

/// A statement as it may be shown.
fn shown(entry: &Entry, sql: String) -> String {
    if SECRET.contains(&entry.kind.as_str()) { "not shown, it may hold a password".to_owned() } else { sql }
}

/// The statements that make an entry and give it to its owner.
fn statements(entry: &Entry, target: &SchemaTarget) -> String {
    let mut sql = String::new();
    if let Some(method) = entry.access_method.as_ref().filter(|_| target.version_num >= 120_000) {
        sql.push_str(&format!("set default_table_access_method = {}; ", literal(method)));
    }
    sql.push_str(entry.definition.trim_end());
    if !sql.ends_with(';') {
        sql.push(';');
    }
    // What we make is ours already; schema public was there before.
    let ours = |owner: &String| *owner == target.user && !(entry.kind == "SCHEMA" && entry.tag == "public");
    if let Some(owner) = entry.owner.as_ref().filter(|owner| !ours(owner))
        && let Some(statement) = entry.owner_statement(owner)
    {
        sql.push_str(&format!("\n{statement};"));
    }
    sql
}

//! Archive entries on the target: made as the migration user, given to their owner, errors with object and statement.

use std::collections::BTreeSet;

use crate::migrate::error::MigrateError;
use crate::outcome::{Deviation, DeviationKind};
use crate::pg::{ident, literal, tokens};
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
    /// Whether what the target refuses and carries no rows is listed; else it ends the migration.
    pub(crate) lists_refusals: bool,
}

/// Entries that stand for the session, not for objects; sessions are set up by us.
const SESSION: &[&str] = &["ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE", "DATABASE PROPERTIES"];

/// Whether an entry stands for no object in the database, so that there is nothing to restore. What is about the database
/// itself names it as it is called on the source; it is read from the catalog.
pub(crate) fn is_no_object(entry: &Entry) -> bool {
    SESSION.contains(&entry.kind.as_str())
        || entry.definition.trim().is_empty()
        || (matches!(entry.kind.as_str(), "ACL" | "COMMENT") && entry.tag.starts_with("DATABASE "))
}

/// What the new owner of an object needs while it is given to it, when it is not a superuser who gives it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Right {
    /// To create in a schema.
    CreateIn(String),
    /// To create in the database.
    Create,
    /// To use a foreign-data wrapper.
    UseWrapper(String),
}

impl Right {
    fn needed_for(entry: &Entry) -> Option<Right> {
        match (&entry.schema, entry.kind.as_str()) {
            (Some(schema), _) => Some(Right::CreateIn(schema.clone())),
            (None, "PUBLICATION") => Some(Right::Create),
            (None, "SERVER") => {
                let found = tokens(&entry.definition);
                let wrapper = found.iter().position(|token| token.is("WRAPPER"))?;
                found.get(wrapper + 1)?.name().map(Right::UseWrapper)
            }
            _ => None,
        }
    }

    /// The question whether a role has it.
    fn question(&self, role: &str) -> String {
        let role = literal(role);
        match self {
            Right::CreateIn(schema) => {
                format!("select pg_catalog.has_schema_privilege({role}, {}, 'CREATE')", literal(schema))
            }
            Right::Create => format!(
                "select pg_catalog.has_database_privilege({role}, pg_catalog.current_database(), 'CREATE')"
            ),
            Right::UseWrapper(wrapper) => format!(
                "select pg_catalog.has_foreign_data_wrapper_privilege({role}, {}, 'USAGE')",
                literal(wrapper)
            ),
        }
    }

    /// The question whether it was granted to this very role, or is its own as the owner: what a superuser may anyway is
    /// no grant.
    fn grant_question(&self, role: &str) -> String {
        let (catalog, name, privilege, kind, owner, acl) = match self {
            Right::CreateIn(schema) => (
                "pg_namespace",
                format!("o.nspname = {}", literal(schema)),
                "CREATE",
                'n',
                "nspowner",
                "nspacl",
            ),
            Right::Create => {
                let name = "o.datname = pg_catalog.current_database()".to_owned();
                ("pg_database", name, "CREATE", 'd', "datdba", "datacl")
            }
            Right::UseWrapper(wrapper) => (
                "pg_foreign_data_wrapper",
                format!("o.fdwname = {}", literal(wrapper)),
                "USAGE",
                'F',
                "fdwowner",
                "fdwacl",
            ),
        };
        format!(
            "select exists (select from pg_catalog.{catalog} o, \
             pg_catalog.aclexplode(coalesce(o.{acl}, pg_catalog.acldefault('{kind}', o.{owner}))) a \
             join pg_catalog.pg_roles r on r.oid = a.grantee \
             where {name} and a.privilege_type = '{privilege}' and r.rolname = {})",
            literal(role)
        )
    }

    /// The right and the object, as GRANT and REVOKE name them.
    fn sql(&self, dbname: &str) -> String {
        match self {
            Right::CreateIn(schema) => format!("CREATE ON SCHEMA {}", ident(schema)),
            Right::Create => format!("CREATE ON DATABASE {}", ident(dbname)),
            Right::UseWrapper(wrapper) => format!("USAGE ON FOREIGN DATA WRAPPER {}", ident(wrapper)),
        }
    }
}

/// Rights that owners get only while objects are given to them, and that are revoked afterwards.
#[derive(Debug, Default)]
pub(crate) struct GrantedRights {
    granted: BTreeSet<(Right, String)>,
}

impl GrantedRights {
    /// Grants what an entry of this owner needs.
    async fn grant(&mut self, session: &Session, right: Right, owner: &str) -> Result<(), WorkError> {
        let key = (right, owner.to_owned());
        if self.granted.contains(&key) {
            return Ok(());
        }
        let sql = format!("GRANT {} TO {}", key.0.sql(&session.dbname), ident(owner));
        let action = || format!("{sql}, for the time of the migration");
        let has_it = session.single_text(&key.0.question(owner)).await.map_err(doing(action()))?;
        if has_it.as_deref() == Some("f") {
            session.execute(&sql).await.map_err(doing(action()))?;
            self.granted.insert(key);
        }
        Ok(())
    }

    /// Grants the owner of an entry what it needs to be given the object.
    pub(crate) async fn grant_for(
        &mut self,
        session: &Session,
        entry: &Entry,
        target: &SchemaTarget,
    ) -> Result<(), WorkError> {
        if !target.superuser
            && target.owner_statement(entry).is_some()
            && let Some(owner) = &entry.owner
            && let Some(right) = Right::needed_for(entry)
        {
            self.grant(session, right, owner).await?;
        }
        Ok(())
    }

    /// Revokes what the source does not have. What cannot be revoked is returned, as a deviation.
    pub(crate) async fn revoke(self, source: &Session, target: &Session, map: &RoleMap) -> Vec<Deviation> {
        let mut left = Vec::new();
        for (right, owner) in self.granted {
            let mut has_it_there = false;
            for role in map.origins(&owner) {
                let has_it = source.single_text(&right.grant_question(role)).await;
                has_it_there |= has_it.ok().flatten().as_deref() == Some("t");
            }
            if has_it_there {
                continue;
            }
            let right = right.sql(&target.dbname);
            let sql = format!("REVOKE {right} FROM {}", ident(&owner));
            if let Err(error) = target.execute(&sql).await {
                let reason = format!("still has {right}: {error}");
                left.push(
                    Deviation::new(DeviationKind::Remains, format!("role {owner}"), reason)
                        .with_sql(sql, "who granted it, or a superuser"),
                );
            }
        }
        left
    }
}

/// Restores one entry as a user who may need to grant its owner a right for it.
pub(crate) async fn create_granting(
    session: &Session,
    entry: &Entry,
    target: &SchemaTarget,
    rights: &mut GrantedRights,
) -> Result<(), MigrateError> {
    rights.grant_for(session, entry, target).await?;
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
    session.execute(&sql).await.map_err(|error| MigrateError::entry(entry, &error, sql))
}

/// The statements that make an entry and give it to its owner.
fn statements(entry: &Entry, target: &SchemaTarget) -> String {
    let mut sql = target.with_access_method(entry, &entry.definition);
    if let Some(statement) = target.owner_statement(entry) {
        sql.push_str(&format!("\n{statement};"));
    }
    sql
}

impl SchemaTarget {
    /// The statement that gives an entry to its owner, unless it is that of the user who restores it.
    pub(crate) fn owner_statement(&self, entry: &Entry) -> Option<String> {
        // What we make is ours already; schema public was there before.
        let is_ours =
            |owner: &String| *owner == self.user && !(entry.kind == "SCHEMA" && entry.tag == "public");
        let owner = entry.owner.as_ref().filter(|owner| !is_ours(owner))?;
        entry.owner_statement(owner)
    }

    /// A statement that makes an entry, with the table access method it needs.
    pub(crate) fn with_access_method(&self, entry: &Entry, definition: &str) -> String {
        let mut sql = String::new();
        if let Some(method) = entry.access_method.as_ref().filter(|_| self.version_num >= 120_000) {
            sql.push_str(&format!("set default_table_access_method = {}; ", literal(method)));
        }
        sql.push_str(definition.trim_end());
        if !sql.ends_with(';') {
            sql.push(';');
        }
        sql
    }
}

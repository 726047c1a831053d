//! Archive entries on the target: made as the migration user, given to their owner, errors with object and statement.

use crate::migrate::error::MigrateError;
use crate::pg::literal;
use crate::plan::Entry;
use crate::server::Session;

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

/// Whether an entry is left out on this target, and why. `None`: it is made. The inner text is empty for what stands
/// for no object.
pub(crate) fn left_out(entry: &Entry, target: &SchemaTarget) -> Option<String> {
    if SESSION.contains(&entry.kind.as_str()) || entry.definition.trim().is_empty() {
        return Some(String::new());
    }
    if target.superuser {
        return None;
    }
    let why = match entry.kind.as_str() {
        "EVENT TRIGGER" => "only a superuser can create an event trigger",
        "COMMENT" if entry.tag.starts_with("EVENT TRIGGER ") => "its event trigger was left out",
        "COMMENT" if entry.tag.starts_with("EXTENSION ") => {
            "only the owner of an extension can comment on it"
        }
        "PUBLICATION" if entry.definition.contains(" FOR ALL TABLES") => {
            "only a superuser can publish all tables"
        }
        _ => return None,
    };
    Some(why.to_owned())
}

/// Makes one entry.
pub(crate) async fn create(
    session: &Session,
    entry: &Entry,
    target: &SchemaTarget,
) -> Result<(), MigrateError> {
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
        sql.push('\n');
        sql.push_str(&statement);
    }
    // All statements of an entry stand in one transaction: an object never stays with the wrong owner.
    session.execute(&sql).await.map_err(|error| MigrateError::Entry {
        object: entry.title(),
        reason: error.to_string(),
        statement: sql,
    })
}

//! The database of the administrator: it cannot be dropped, so replacing it means to drop what the source has in it.

use crate::facts::DatabasePair;
use crate::migrate::context::Source;
use crate::migrate::error::MigrateError;
use crate::migrate::run::Run;
use crate::plan::{Entry, Section};
use crate::server::doing;

/// The statement that drops what an entry creates, where it is there. Constraints and the like go with their tables.
fn drop_statement(entry: &Entry) -> Option<String> {
    let rest = entry.drop.trim().strip_prefix("DROP ")?;
    if rest.contains(" IF EXISTS ") || matches!(entry.kind.as_str(), "EXTENSION" | "PROCEDURAL LANGUAGE") {
        return None;
    }
    let kind = entry.kind.as_str();
    let name = rest.strip_prefix(kind)?;
    Some(format!("DROP {kind} IF EXISTS{name}"))
}

/// Drops the objects that the source has, the last first. What something else on the target needs is an error: that is
/// not the migration's.
pub(super) async fn clean(run: &Run<'_>, pair: &DatabasePair, source: &Source) -> Result<(), MigrateError> {
    run.say(pair, "dropping what the source has from the database of the target's administrator");
    let session = run.target_session(pair).await?;
    for entry in
        source.entries.iter().rev().filter(|e| e.section == Section::PreData || e.kind == "PUBLICATION")
    {
        if let Some(sql) = drop_statement(entry) {
            let action = format!("drop {} to replace it", entry.title());
            session.execute(&sql).await.map_err(doing(action))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::drop_statement;
    use crate::plan::Entry;

    #[test]
    fn only_what_is_there_is_dropped() {
        let of = |kind: &str, drop: &str| {
            let entry = Entry { kind: kind.to_owned(), drop: drop.to_owned(), ..Entry::default() };
            drop_statement(&entry)
        };
        assert_eq!(of("TABLE", "DROP TABLE s.t;\n").as_deref(), Some("DROP TABLE IF EXISTS s.t;"));
        assert_eq!(
            of("FUNCTION", "DROP FUNCTION s.f(a text);\n").as_deref(),
            Some("DROP FUNCTION IF EXISTS s.f(a text);")
        );
        assert_eq!(of("CONSTRAINT", "ALTER TABLE ONLY s.t DROP CONSTRAINT k;\n"), None);
        assert_eq!(of("EXTENSION", "DROP EXTENSION e;\n"), None);
    }
}

//! One entry of a `pg_dump` archive, and the statements it stands for.

use crate::pg::ident;

/// When an entry is restored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Section {
    /// Before the data.
    #[default]
    PreData,
    /// After the data.
    PostData,
}

/// One object of the schema, as `pg_dump` describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the archive; dependencies name it.
    pub id: i32,
    /// Its kind, such as `TABLE` or `FK CONSTRAINT`.
    pub kind: String,
    /// Its schema, if it has one.
    pub schema: Option<String>,
    /// Its name.
    pub tag: String,
    /// Its owner, if it has one of its own.
    pub owner: Option<String>,
    /// The statements that make it.
    pub definition: String,
    /// The statement that drops it.
    pub drop: String,
    /// The table access method it needs.
    pub access_method: Option<String>,
    /// The tablespace it lies in, if not the default one.
    pub tablespace: Option<String>,
    /// The entries that must be there before it.
    pub needs: Vec<i32>,
    /// When it is restored.
    pub section: Section,
    /// The number of the catalog that the object stands in; nothing for grants, comments and the like.
    pub catalog: u32,
    /// The object's number in the catalog of the source.
    pub object: u32,
}

/// Kinds that have an owner of their own, as `pg_restore` knows them.
/// Source: `_printTocEntry` in `src/bin/pg_dump/pg_backup_archiver.c`, PostgreSQL 18.
const OWNED: &[&str] = &[
    "ACCESS METHOD",
    "AGGREGATE",
    "COLLATION",
    "CONVERSION",
    "DOMAIN",
    "EVENT TRIGGER",
    "FOREIGN DATA WRAPPER",
    "FOREIGN TABLE",
    "FUNCTION",
    "MATERIALIZED VIEW",
    "OPERATOR",
    "OPERATOR CLASS",
    "OPERATOR FAMILY",
    "PROCEDURAL LANGUAGE",
    "PROCEDURE",
    "PUBLICATION",
    "SCHEMA",
    "SEQUENCE",
    "SERVER",
    "STATISTICS",
    "SUBSCRIPTION",
    "TABLE",
    "TEXT SEARCH CONFIGURATION",
    "TEXT SEARCH DICTIONARY",
    "TYPE",
    "VIEW",
];

impl Entry {
    /// What it is, for people: `table public.orders`.
    pub fn title(&self) -> String {
        let schema = self.schema.as_ref().map(|s| format!("{s}.")).unwrap_or_default();
        let about = match self.kind.as_str() {
            "ACL" => "grants on",
            "COMMENT" => "comment on",
            kind => return format!("{} {schema}{}", kind.to_lowercase(), self.tag),
        };
        // The tag begins with the kind of the object, in capitals; a name in capitals has quotes.
        let is_kind = |word: &&str| word.chars().all(|c| c.is_ascii_uppercase());
        let kind: Vec<&str> = self.tag.split(' ').take_while(is_kind).collect();
        let kind = kind.join(" ");
        let name = self.tag.strip_prefix(&kind).unwrap_or_default().trim_start();
        format!("{about} {} {schema}{name}", kind.to_lowercase())
    }

    /// The statement that gives it to `owner`, derived from the one that drops it, as `pg_restore` does.
    pub fn owner_statement(&self, owner: &str) -> Option<String> {
        if !OWNED.contains(&self.kind.as_str()) {
            return None;
        }
        if self.kind == "SCHEMA" {
            // Schema public has no drop statement: it is there from the start, but may belong to someone else.
            return Some(format!("ALTER SCHEMA {} OWNER TO {}", ident(&self.tag), ident(owner)));
        }
        // The tag of a schema or the like is unambiguous; for a function only the drop statement has the arguments.
        let object = self.drop.trim().strip_prefix("DROP ")?.trim_end_matches(';');
        let object = object.strip_suffix(" CASCADE").unwrap_or(object);
        let object = object.replacen(" IF EXISTS ", " ", 1);
        // A name may hold anything, a line break included.
        Some(format!("ALTER {object} OWNER TO {}", ident(owner)))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Entry, Section};

    /// An entry of schema `s` that needs others.
    pub(crate) fn entry(id: i32, kind: &str, needs: &[i32], section: Section) -> Entry {
        Entry {
            id,
            kind: kind.to_owned(),
            schema: Some("s".to_owned()),
            tag: format!("e{id}"),
            needs: needs.to_vec(),
            section,
            ..Entry::default()
        }
    }

    #[test]
    fn the_owner_statement_follows_the_drop_statement() {
        let drop = "DROP FUNCTION public.f(integer, \"a;b\");\n".to_owned();
        let function = Entry { kind: "FUNCTION".to_owned(), drop, ..Entry::default() };
        assert_eq!(
            function.owner_statement("ow\"ner").as_deref(),
            Some("ALTER FUNCTION public.f(integer, \"a;b\") OWNER TO \"ow\"\"ner\"")
        );
        let drop = "DROP INDEX public.i;".to_owned();
        let index = Entry { kind: "INDEX".to_owned(), drop, ..Entry::default() };
        assert_eq!(index.owner_statement("x"), None);
    }
}

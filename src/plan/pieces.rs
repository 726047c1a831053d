//! What of an archive entry a target may refuse while everything that carries rows still arrives: grants, owners, comments,
//! settings of functions and the like. Such a piece is a statement of its own, that somebody else can run afterwards.

use crate::pg::{Token, ident, tokens};
use crate::plan::entry::Entry;

/// An entry in pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pieces {
    /// The statements without which the object is not there. Empty where all of the entry may be refused.
    pub base: String,
    /// What may be refused, in this order.
    pub optional: Vec<Piece>,
}

/// One statement that may be refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Which property of the object it sets, in the words of the verification: `exists` for the object itself.
    pub property: &'static str,
    /// The statement.
    pub sql: String,
    /// The role that has to run it, when that is not the owner of the object: the grantor of a grant.
    pub grantor: Option<String>,
}

/// Kinds that carry no rows, and on which nothing depends that does.
const OPTIONAL: &[&str] = &[
    "ACL",
    "COMMENT",
    "DEFAULT ACL",
    "EVENT TRIGGER",
    "PUBLICATION",
    "PUBLICATION TABLE",
    "PUBLICATION TABLES IN SCHEMA",
    "SECURITY LABEL",
    "SUBSCRIPTION",
    "SUBSCRIPTION TABLE",
    "USER MAPPING",
];

/// Kinds whose statements may hold passwords of other servers.
const SECRET: &[&str] = &["SERVER", "SUBSCRIPTION", "USER MAPPING"];

impl Entry {
    /// Whether its statements may hold a password, so that they are not shown.
    pub fn is_secret(&self) -> bool {
        SECRET.contains(&self.kind.as_str())
    }

    /// Whether all of it may be refused. A shell type counts: it is a name without a meaning.
    pub fn is_optional(&self) -> bool {
        OPTIONAL.contains(&self.kind.as_str()) || self.is_shell_type()
    }

    fn is_shell_type(&self) -> bool {
        self.kind == "TYPE" && tokens(&self.definition).iter().all(|token| token.text != "(")
    }

    /// The roles that its statements are run as: the grantors of grants that the owner did not give.
    pub fn grantors(&self) -> Vec<String> {
        if self.kind != "ACL" {
            return Vec::new();
        }
        statements(&self.definition).into_iter().filter_map(|piece| piece.grantor).collect()
    }

    /// The roles whose default privileges it sets.
    pub fn default_privileges_of(&self) -> Option<String> {
        let found = tokens(&self.definition);
        let role = found.iter().position(|token| token.is("ROLE"))?;
        (self.kind == "DEFAULT ACL").then(|| found.get(role + 1)?.name()).flatten()
    }

    /// The entry in pieces. `owner` gives the object to its owner.
    pub fn pieces(&self, owner: Option<String>) -> Pieces {
        let piece = |property, sql: String| Piece { property, sql, grantor: None };
        let owner = owner.map(|sql| piece("owner", sql));
        if matches!(self.kind.as_str(), "ACL" | "DEFAULT ACL") {
            return Pieces { base: String::new(), optional: statements(&self.definition) };
        }
        if self.is_optional() {
            let property = if self.kind == "COMMENT" { "text" } else { "exists" };
            let whole = piece(property, self.definition.trim().to_owned());
            return Pieces { base: String::new(), optional: [whole].into_iter().chain(owner).collect() };
        }
        let mut pieces = match self.kind.as_str() {
            "FUNCTION" | "PROCEDURE" => self.function_pieces(),
            _ => Pieces { base: self.definition.clone(), optional: Vec::new() },
        };
        pieces.optional.extend(owner);
        pieces
    }

    /// A function without its settings and without LEAKPROOF, and the statements that add them.
    fn function_pieces(&self) -> Pieces {
        let mut base = String::new();
        let mut copied = 0;
        let mut optional = Vec::new();
        let object = self.drop.trim().trim_end_matches(';').strip_prefix("DROP ").unwrap_or_default();
        for clause in clauses(&self.definition) {
            let text = self.definition[clause.start..clause.end].trim();
            let property = if text.eq_ignore_ascii_case("LEAKPROOF") { "leakproof" } else { "settings" };
            optional.push(Piece { property, sql: format!("ALTER {object} {text};"), grantor: None });
            base.push_str(&self.definition[copied..clause.start]);
            copied = clause.end;
        }
        base.push_str(&self.definition[copied..]);
        Pieces { base, optional }
    }
}

/// Where in a statement something stands.
struct Clause {
    start: usize,
    end: usize,
}

/// LEAKPROOF and each SET of a function, between its language and its body.
/// Source: `dumpFunc` in `src/bin/pg_dump/pg_dump.c`, PostgreSQL 18.
fn clauses(definition: &str) -> Vec<Clause> {
    let mut found: Vec<Clause> = Vec::new();
    let mut open = false;
    let mut depth = 0_usize;
    let mut in_options = false;
    for token in tokens(definition) {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        let starts = depth == 0 && in_options;
        if starts && open && (is_any(&token, &["SET", "AS", "BEGIN", "RETURN"])) {
            if let Some(last) = found.last_mut() {
                last.end = token.start;
            }
            open = false;
        }
        if depth == 0 && token.is("LANGUAGE") {
            in_options = true;
        } else if starts && is_any(&token, &["AS", "BEGIN", "RETURN"]) {
            break;
        } else if starts && token.is("LEAKPROOF") {
            found.push(Clause { start: token.start, end: token.start + token.text.len() });
        } else if starts && token.is("SET") {
            found.push(Clause { start: token.start, end: definition.len() });
            open = true;
        }
    }
    found
}

fn is_any(token: &Token<'_>, words: &[&str]) -> bool {
    words.iter().any(|word| token.is(word))
}

/// The grants and revokes of an entry, each with the role that is to run it. `pg_dump` puts those of another role
/// between `SET SESSION AUTHORIZATION` and `RESET SESSION AUTHORIZATION`.
fn statements(definition: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut grantor: Option<String> = None;
    let mut statement: Vec<Token<'_>> = Vec::new();
    for token in tokens(definition) {
        if token.text != ";" {
            statement.push(token);
            continue;
        }
        let words: Vec<&Token<'_>> = statement.iter().take(3).collect();
        match words.as_slice() {
            [set, session, authorization]
                if set.is("SET") && session.is("SESSION") && authorization.is("AUTHORIZATION") =>
            {
                grantor = statement.get(3).and_then(Token::name);
            }
            [reset, session, ..] if reset.is("RESET") && session.is("SESSION") => grantor = None,
            [first, ..] => found.push(Piece {
                property: "grants",
                sql: definition[first.start..=token.start].to_owned(),
                grantor: grantor.clone(),
            }),
            [] => {}
        }
        statement.clear();
    }
    found
}

impl Piece {
    /// The statement, run as its grantor by somebody who can become that role.
    pub fn as_grantor(&self) -> String {
        match &self.grantor {
            Some(role) => format!("SET ROLE {}; {} RESET ROLE;", ident(role), self.sql),
            None => self.sql.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Piece;
    use crate::plan::Entry;

    fn entry(kind: &str, definition: &str, drop: &str) -> Entry {
        Entry {
            kind: kind.to_owned(),
            definition: definition.to_owned(),
            drop: drop.to_owned(),
            ..Entry::default()
        }
    }

    #[test]
    fn a_function_keeps_its_body_and_loses_what_may_be_refused() {
        let function = entry(
            "FUNCTION",
            "CREATE FUNCTION s.f(a text DEFAULT 'SET x'::text) RETURNS void\n    LANGUAGE sql LEAKPROOF SECURITY DEFINER\n    \
             SET log_min_messages TO 'error'\n    SET search_path TO 's', 'AS'\n    AS $$set x to 1$$;\n",
            "DROP FUNCTION s.f(a text);\n",
        );
        let pieces = function.pieces(Some("ALTER FUNCTION s.f(a text) OWNER TO \"x\"".to_owned()));
        assert_eq!(
            pieces.base,
            "CREATE FUNCTION s.f(a text DEFAULT 'SET x'::text) RETURNS void\n    LANGUAGE sql  SECURITY DEFINER\n    AS $$set x to 1$$;\n"
        );
        let optional: Vec<(&str, &str)> =
            pieces.optional.iter().map(|p| (p.property, p.sql.as_str())).collect();
        assert_eq!(
            optional,
            [
                ("leakproof", "ALTER FUNCTION s.f(a text) LEAKPROOF;"),
                ("settings", "ALTER FUNCTION s.f(a text) SET log_min_messages TO 'error';"),
                ("settings", "ALTER FUNCTION s.f(a text) SET search_path TO 's', 'AS';"),
                ("owner", "ALTER FUNCTION s.f(a text) OWNER TO \"x\""),
            ]
        );
        let atomic = "CREATE FUNCTION s.g() RETURNS int\n    LANGUAGE sql\n    SET a TO 'b'\n    RETURN 1;\n";
        assert_eq!(
            entry("FUNCTION", atomic, "DROP FUNCTION s.g();").pieces(None).base,
            "CREATE FUNCTION s.g() RETURNS int\n    LANGUAGE sql\n    RETURN 1;\n"
        );
    }

    #[test]
    fn grants_are_single_statements_with_their_grantor() {
        let acl = entry(
            "ACL",
            "GRANT SELECT ON TABLE s.t TO a WITH GRANT OPTION;\nSET SESSION AUTHORIZATION \"A ; b\";\n\
             GRANT SELECT ON TABLE s.t TO \"x;y\";\nRESET SESSION AUTHORIZATION;\nGRANT ALL ON TABLE s.t TO c;\n",
            "",
        );
        assert_eq!(acl.grantors(), ["A ; b"]);
        let pieces = acl.pieces(None);
        assert!(pieces.base.is_empty());
        let sql: Vec<String> = pieces.optional.iter().map(Piece::as_grantor).collect();
        assert_eq!(
            sql,
            [
                "GRANT SELECT ON TABLE s.t TO a WITH GRANT OPTION;",
                "SET ROLE \"A ; b\"; GRANT SELECT ON TABLE s.t TO \"x;y\"; RESET ROLE;",
                "GRANT ALL ON TABLE s.t TO c;",
            ]
        );
        let default = "ALTER DEFAULT PRIVILEGES FOR ROLE lead IN SCHEMA a GRANT SELECT ON TABLES TO r;";
        assert_eq!(entry("DEFAULT ACL", default, "").default_privileges_of().as_deref(), Some("lead"));
    }

    #[test]
    fn tables_may_only_be_refused_their_owner() {
        let table = entry("TABLE", "CREATE TABLE s.t ();", "DROP TABLE s.t;");
        let pieces = table.pieces(table.owner_statement("o"));
        assert_eq!((pieces.base.as_str(), pieces.optional.len()), ("CREATE TABLE s.t ();", 1));
        assert!(entry("TYPE", "CREATE TYPE s.t;\n", "").is_optional());
        assert!(!entry("TYPE", "CREATE TYPE s.t AS ENUM ();\n", "").is_optional());
    }
}

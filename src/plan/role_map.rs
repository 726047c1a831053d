//! Which role of the target stands for which role of the source, and statements written for the one made to name the other.

use std::collections::{BTreeMap, BTreeSet};

use crate::pg::{Token, ident, literal, tokens};
use crate::plan::entry::Entry;

/// What a role of the source becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedRole {
    /// The role of the target.
    pub becomes: String,
    /// Whether it is left behind because it belongs to the provider of the source: then its memberships are too.
    pub provider: bool,
}

/// Roles of the source that have another name on the target, by their name on the source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleMap {
    /// By name on the source.
    pub roles: BTreeMap<String, MappedRole>,
}

/// The words behind which a statement of this kind names roles.
fn role_words(kind: &str) -> &'static [&'static str] {
    match kind {
        "ACL" => &["TO", "FROM", "AUTHORIZATION"],
        "DEFAULT ACL" => &["TO", "FROM", "ROLE"],
        "POLICY" => &["TO"],
        "USER MAPPING" => &["FOR"],
        _ => &[],
    }
}

impl RoleMap {
    /// The name on the target of a role of the source.
    pub fn name<'a>(&'a self, role: &'a str) -> &'a str {
        self.roles.get(role).map_or(role, |mapped| mapped.becomes.as_str())
    }

    /// Whether a role is left behind with its provider.
    pub fn is_provider(&self, role: &str) -> bool {
        self.roles.get(role).is_some_and(|mapped| mapped.provider)
    }

    /// The roles of the source that a role of the target stands for.
    pub fn origins<'a>(&'a self, role: &'a str) -> BTreeSet<&'a str> {
        let mapped = self.roles.iter().filter(|(_, to)| to.becomes == role).map(|(from, _)| from.as_str());
        mapped.chain((!self.roles.contains_key(role)).then_some(role)).collect()
    }

    /// Makes an entry name the roles of the target: its owner, and the roles in grants, policies and user mappings.
    pub fn apply(&self, entry: &mut Entry) {
        if self.roles.is_empty() {
            return;
        }
        if let Some(owner) = &mut entry.owner {
            *owner = self.name(owner).to_owned();
        }
        let words = role_words(&entry.kind);
        if !words.is_empty() {
            entry.definition = self.rewritten(&entry.definition, words);
        }
    }

    /// A statement with roles exchanged.
    fn rewritten(&self, sql: &str, words: &[&str]) -> String {
        let mut text = String::with_capacity(sql.len());
        let mut copied = 0;
        for token in role_tokens(sql, words) {
            if let Some(mapped) = token.name().and_then(|name| self.roles.get(&name)) {
                text.push_str(&sql[copied..token.start]);
                text.push_str(&ident(&mapped.becomes));
                copied = token.start + token.text.len();
            }
        }
        text.push_str(&sql[copied..]);
        text
    }

    /// A query for all roles of the source, `oid` and `rolname`, under the names they have on the target. Names sort by
    /// their bytes, on both sides alike.
    pub fn query(&self) -> String {
        let name = if self.roles.is_empty() {
            "r.rolname::text".to_owned()
        } else {
            let becomes = |(name, to): (&String, &MappedRole)| {
                format!("when {} then {}", literal(name), literal(&to.becomes))
            };
            let cases: Vec<String> = self.roles.iter().map(becomes).collect();
            format!("case r.rolname {} else r.rolname::text end", cases.join(" "))
        };
        format!("select r.oid, ({name}) collate pg_catalog.\"C\" as rolname from pg_catalog.pg_roles r")
    }
}

/// The roles that a statement names: every name in a list behind one of the words, outside of parentheses.
fn role_tokens<'a>(sql: &'a str, words: &[&str]) -> Vec<Token<'a>> {
    let (mut found, mut depth, mut place) = (Vec::new(), 0_usize, Place::Elsewhere);
    for token in tokens(sql) {
        match (token.text, place) {
            ("(", _) => depth += 1,
            (")", _) => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            (",", Place::BehindRole) => place = Place::AtRole,
            (_, Place::AtRole) => {
                place = Place::BehindRole;
                found.push(token);
            }
            _ if words.iter().any(|word| token.is(word)) => place = Place::AtRole,
            _ => place = Place::Elsewhere,
        }
    }
    found
}

impl Entry {
    /// The roles that a statement of this entry names, in grants, policies and user mappings.
    pub fn roles_in(&self, sql: &str) -> BTreeSet<String> {
        let named = role_tokens(sql, role_words(&self.kind));
        // PUBLIC is no role; one of that name has quotes.
        named.iter().filter(|token| !token.is("PUBLIC")).filter_map(Token::name).collect()
    }
}

/// Where in a statement a token stands.
#[derive(Clone, Copy)]
enum Place {
    Elsewhere,
    AtRole,
    BehindRole,
}

#[cfg(test)]
mod tests {
    use super::{MappedRole, RoleMap, role_words};

    fn map() -> RoleMap {
        let to = |becomes: &str| MappedRole { becomes: becomes.to_owned(), provider: false };
        let roles = [("old", to("New \"one\"")), ("Shop Owner", to("shop")), ("a", to("b")), ("b", to("a"))];
        RoleMap { roles: roles.map(|(from, to)| (from.to_owned(), to)).into() }
    }

    #[test]
    fn only_roles_are_renamed() {
        let rewritten = |kind: &str, sql: &str| map().rewritten(sql, role_words(kind));
        assert_eq!(
            rewritten(
                "ACL",
                "SET SESSION AUTHORIZATION \"Shop Owner\";\nGRANT SELECT(old),INSERT ON TABLE old.old TO old WITH GRANT OPTION;\nREVOKE ALL ON TABLE a.b FROM PUBLIC;"
            ),
            "SET SESSION AUTHORIZATION \"shop\";\nGRANT SELECT(old),INSERT ON TABLE old.old TO \"New \"\"one\"\"\" WITH GRANT OPTION;\nREVOKE ALL ON TABLE a.b FROM PUBLIC;"
        );
        assert_eq!(
            rewritten(
                "POLICY",
                "CREATE POLICY old ON a.b FOR SELECT TO a, \"b\", c USING ((old = 'TO old'::text) AND (EXTRACT(day FROM a) > 1));"
            ),
            "CREATE POLICY old ON a.b FOR SELECT TO \"b\", \"a\", c USING ((old = 'TO old'::text) AND (EXTRACT(day FROM a) > 1));"
        );
        assert_eq!(
            rewritten(
                "DEFAULT ACL",
                "ALTER DEFAULT PRIVILEGES FOR ROLE a IN SCHEMA old GRANT SELECT ON TABLES TO b;"
            ),
            "ALTER DEFAULT PRIVILEGES FOR ROLE \"b\" IN SCHEMA old GRANT SELECT ON TABLES TO \"a\";"
        );
        assert_eq!(
            rewritten("USER MAPPING", "CREATE USER MAPPING FOR old SERVER old OPTIONS (\"user\" 'old');"),
            "CREATE USER MAPPING FOR \"New \"\"one\"\"\" SERVER old OPTIONS (\"user\" 'old');"
        );
        assert_eq!(map().origins("a").into_iter().collect::<Vec<_>>(), ["b"]);
        assert_eq!(map().origins("shop").into_iter().collect::<Vec<_>>(), ["Shop Owner", "shop"]);
    }
}

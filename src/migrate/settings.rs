//! Stored settings of roles and databases, back into statements.

use crate::pg::{ident, literal};

/// Settings whose value is a list of names that are quoted one by one; quoting the whole would make one name of it.
/// Source: `variable_is_guc_list_quote` in `src/bin/pg_dump/dumputils.c`, PostgreSQL 18.
const LISTS: &[&str] = &[
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

/// `<subject> SET name TO value`, from a stored `name=value`. `subject` is `ALTER ROLE …` or `ALTER DATABASE …`.
pub fn setting_statement(subject: &str, stored: &str) -> Option<String> {
    let (name, value) = stored.split_once('=')?;
    // A custom setting has a dot between two names.
    let name_sql = name.split('.').map(ident).collect::<Vec<_>>().join(".");
    let value_sql = if LISTS.contains(&name.to_lowercase().as_str()) {
        let items = split_names(value);
        if items.is_empty() {
            "''".to_owned()
        } else {
            items.iter().map(|i| literal(i)).collect::<Vec<_>>().join(", ")
        }
    } else {
        literal(value)
    };
    Some(format!("{subject} SET {name_sql} TO {value_sql}"))
}

/// The names of a list as the server stores it: separated by commas, some in double quotes.
fn split_names(value: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut chars = value.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace() || *c == ',').is_some() {}
        let Some(first) = chars.peek().copied() else { return names };
        let mut name = String::new();
        if first == '"' {
            chars.next();
            while let Some(c) = chars.next() {
                if c != '"' {
                    name.push(c);
                } else if chars.next_if_eq(&'"').is_some() {
                    name.push('"');
                } else {
                    break;
                }
            }
        } else {
            while let Some(c) = chars.next_if(|c| *c != ',') {
                name.push(c);
            }
            name.truncate(name.trim_end().len());
        }
        names.push(name);
    }
}

#[cfg(test)]
mod tests {
    use super::setting_statement;

    #[test]
    fn lists_are_quoted_item_by_item_and_others_as_a_whole() {
        let of = |stored| setting_statement("ALTER ROLE \"r\"", stored).unwrap();
        assert_eq!(
            of("search_path=\"$user\", \"My, \"\"schema\", public"),
            "ALTER ROLE \"r\" SET \"search_path\" TO '$user', 'My, \"schema', 'public'"
        );
        assert_eq!(of("search_path="), "ALTER ROLE \"r\" SET \"search_path\" TO ''");
        assert_eq!(of("my.param=it's, fine"), "ALTER ROLE \"r\" SET \"my\".\"param\" TO 'it''s, fine'");
    }
}

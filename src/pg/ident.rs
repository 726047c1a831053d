//! Quoting of names and values for SQL. This is the only file that quotes.

/// Quotes an identifier. Always quotes, so that no list of reserved words is needed.
///
/// A NUL cannot be part of a name in PostgreSQL, so it is dropped rather than sent.
pub fn ident(name: &str) -> String {
    quote(name, '"')
}

/// Quotes `schema.name`.
pub fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", ident(schema), ident(name))
}

/// Quotes a text literal, with the `E''` form where a backslash occurs, so that it is right for either setting of
/// `standard_conforming_strings`.
pub fn literal(text: &str) -> String {
    let quoted = quote(text, '\'');
    if quoted.contains('\\') { format!("E{}", quoted.replace('\\', "\\\\")) } else { quoted }
}

fn quote(text: &str, mark: char) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(mark);
    for c in text.chars().filter(|c| *c != '\0') {
        if c == mark {
            quoted.push(mark);
        }
        quoted.push(c);
    }
    quoted.push(mark);
    quoted
}

#[cfg(test)]
mod tests {
    use super::{ident, literal, qualified};

    #[test]
    fn hostile_names_stay_inside_their_quotes() {
        assert_eq!(ident("we\"ird; drop table x"), "\"we\"\"ird; drop table x\"");
        assert_eq!(qualified("a.b", "c"), "\"a.b\".\"c\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\' or 1=1"), "E'a\\\\'' or 1=1'");
    }
}

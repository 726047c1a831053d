//! Quoting of names and values for SQL. This is the only file that quotes.

use std::fmt::Write as _;

/// The longest name that a server keeps, in bytes (`NAMEDATALEN` less one). It cuts longer ones off without an error.
pub const NAME_BYTES_MAX: usize = 63;

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

/// Quotes an identifier so that every character of it can be seen and copied: control and invisible characters are
/// written as Unicode escapes (`U&"…"`, which needs `standard_conforming_strings`, on by default since 9.1).
pub fn visible_ident(name: &str) -> String {
    if name.chars().any(is_invisible) {
        format!("U&{}", quote(&unicode_escaped(name), '"'))
    } else {
        ident(name)
    }
}

/// Quotes a text literal like [`visible_ident`].
pub fn visible_literal(text: &str) -> String {
    if text.chars().any(is_invisible) {
        format!("U&{}", quote(&unicode_escaped(text), '\''))
    } else {
        literal(text)
    }
}

/// Whether a character could change or hide what stands around it: control characters, and those that set the
/// direction of text or have no width.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn unicode_escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars().filter(|c| *c != '\0') {
        match c {
            '\\' => escaped.push_str("\\\\"),
            c if is_invisible(c) => {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "\\{:04X}", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    escaped
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
    use super::{ident, literal, qualified, visible_ident};

    #[test]
    fn hostile_names_stay_inside_their_quotes() {
        assert_eq!(ident("we\"ird; drop table x"), "\"we\"\"ird; drop table x\"");
        assert_eq!(qualified("a.b", "c"), "\"a.b\".\"c\"");
        assert_eq!(visible_ident("a\nb\"c\\"), "U&\"a\\000Ab\"\"c\\\\\"");
        assert_eq!(visible_ident("plain"), "\"plain\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\' or 1=1"), "E'a\\\\'' or 1=1'");
    }
}

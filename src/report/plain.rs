//! Texts from a database, made safe for where they are shown. Names are hostile until proven otherwise.

use std::fmt::Write as _;

use crate::pg::is_invisible;

/// For terminals: control characters, and characters that change the direction of text or cannot be seen, are shown
/// as escapes.
pub fn safe(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if is_invisible(c) => {
                // Writing to a string cannot fail.
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    shown
}

/// For Markdown: what would be markup is escaped, and line breaks with it.
pub fn markdown_safe(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in safe(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#') {
            shown.push('\\');
        }
        shown.push(c);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{markdown_safe, safe};

    #[test]
    fn escapes_reach_no_terminal() {
        assert_eq!(safe("a\u{1b}[2Jb\nc\u{202e}d"), "a\\u{1b}[2Jb\\nc\\u{202e}d");
        assert_eq!(safe("Tabellé 表"), "Tabellé 表");
    }

    #[test]
    fn markup_stays_text() {
        assert_eq!(markdown_safe("a|b`c<d>"), "a\\|b\\`c\\<d\\>");
    }
}

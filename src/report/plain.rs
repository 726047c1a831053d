//! Texts from a database, made safe for where they are shown. Names are hostile until proven otherwise.

use std::fmt::Write as _;

use crate::pg::is_invisible;

/// For terminals and logs: control characters, and characters that change the direction of text or cannot be seen, are
/// shown as escapes. What a CI system would take for a command to itself gets a backslash: a line that begins with `::`
/// (GitHub), and `##[` or `##vso[` anywhere in it (GitHub's older form, Azure Pipelines).
/// Sources: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>,
/// <https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands>.
pub fn safe(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    if text.trim_start().starts_with("::") {
        shown.push('\\');
    }
    for c in text.chars() {
        match c {
            '[' if shown.ends_with("##") || shown.ends_with("##vso") => shown.push_str("\\["),
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

/// Lines for standard error: line breaks of the text stay, and each line is made safe by itself.
pub fn safe_lines(text: &str) -> String {
    text.lines().map(safe).collect::<Vec<_>>().join("\n")
}

/// For Markdown: what would be markup is escaped, and line breaks with it.
pub fn markdown_safe(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in safe(text).chars() {
        if matches!(c, '\\' | '&' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#') {
            shown.push('\\');
        }
        shown.push(c);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{markdown_safe, safe, safe_lines};

    #[test]
    fn escapes_reach_no_terminal() {
        assert_eq!(safe("a\u{1b}[2Jb\nc\u{202e}d"), "a\\u{1b}[2Jb\\nc\\u{202e}d");
        assert_eq!(safe("Tabellé 表"), "Tabellé 表");
    }

    #[test]
    fn no_name_is_a_command_to_a_ci_system() {
        assert_eq!(safe("::stop-commands::x"), "\\::stop-commands::x");
        assert_eq!(safe("a ##[error]b ##vso[task.x]c #[d"), "a ##\\[error]b ##vso\\[task.x]c #[d");
        assert_eq!(safe_lines("first\n ::error::x\r\n\\n::y"), "first\n\\ ::error::x\n\\n::y");
    }

    #[test]
    fn markup_stays_text() {
        assert_eq!(markdown_safe("a|b`c<d>&lt;"), "a\\|b\\`c\\<d\\>\\&lt;");
    }
}

//! Filters of the templates.

#![expect(
    clippy::inline_always,
    clippy::unused_self,
    clippy::unnecessary_wraps,
    reason = "the macro writes so"
)]
#![expect(unreachable_pub, reason = "the macro writes so")]

use askama::filters::Safe;

use crate::report::plain::safe;

/// Shows control and invisible characters as escapes. HTML escaping still follows.
#[askama::filter_fn]
pub(super) fn shown(value: impl std::fmt::Display, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(safe(&value.to_string()))
}

/// A sentence for people: what stands between backticks, and every option of a command line, is shown as code that no line
/// break parts. Everything in it is escaped.
#[askama::filter_fn]
pub(super) fn prose(value: impl std::fmt::Display, _: &dyn askama::Values) -> askama::Result<Safe<String>> {
    let text = safe(&value.to_string());
    let mut html = String::new();
    let code = |words: &str| format!("<code>{}</code>", escaped(words));
    for (n, part) in text.split('`').enumerate() {
        if n % 2 == 1 {
            html.push_str(&code(part));
            continue;
        }
        for word in part.split_inclusive(' ') {
            let bare = word.trim_end_matches([' ', ',', '.', ')', ':', ';']);
            if bare.starts_with("--") && bare.len() > 2 {
                html.push_str(&code(bare));
                html.push_str(&escaped(&word[bare.len()..]));
            } else {
                html.push_str(&escaped(word));
            }
        }
    }
    Ok(Safe(html))
}

fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => shown.push_str("&#38;"),
            '<' => shown.push_str("&#60;"),
            '>' => shown.push_str("&#62;"),
            '"' => shown.push_str("&#34;"),
            '\'' => shown.push_str("&#39;"),
            c => shown.push(c),
        }
    }
    shown
}

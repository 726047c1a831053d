//! SQL text in pieces, as far as that is needed to find names in statements that `pg_dump` wrote.

/// A piece of a statement, with the bytes it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// Where it starts.
    pub start: usize,
    /// Its text, quotes included.
    pub text: &'a str,
}

impl Token<'_> {
    /// The name it stands for, if it is an identifier: what is not quoted is in lower case.
    pub fn name(&self) -> Option<String> {
        if let Some(quoted) = self.text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) {
            return Some(quoted.replace("\"\"", "\""));
        }
        let first = self.text.chars().next()?;
        (first.is_alphabetic() || first == '_').then(|| self.text.to_lowercase())
    }

    /// Whether it is this keyword, given in capitals.
    pub fn is(&self, keyword: &str) -> bool {
        self.text.eq_ignore_ascii_case(keyword)
    }
}

/// Words, quoted names, literals and single signs; white space and comments are passed over.
pub fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let length = match c {
            c if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            '-' if rest.starts_with("--") => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            '/' if rest.starts_with("/*") => {
                at += block_comment(rest);
                continue;
            }
            '"' => quoted(rest, '"', false),
            '\'' => quoted(rest, '\'', false),
            'E' | 'e' if rest[1..].starts_with('\'') => 1 + quoted(&rest[1..], '\'', true),
            '$' => dollar_quoted(rest),
            c if c.is_alphanumeric() || c == '_' => {
                rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(rest.len())
            }
            c => c.len_utf8(),
        };
        found.push(Token { start: at, text: &rest[..length] });
        at += length;
    }
    found
}

/// The bytes of a quoted text that starts here; a doubled quote stands for itself, and a backslash may hide one.
fn quoted(text: &str, mark: char, backslash: bool) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if backslash && c == '\\' {
            chars.next();
        } else if c == mark && chars.next_if(|(_, next)| *next == mark).is_none() {
            return at + c.len_utf8();
        }
    }
    text.len()
}

/// The bytes of a comment in `/*` and `*/` that starts here; one may stand in another.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The bytes of a text between two `$tag$` that starts here, or one for a lone sign.
fn dollar_quoted(text: &str) -> usize {
    let Some(end) = text[1..].find('$').map(|at| at + 2) else { return 1 };
    let tag = &text[..end];
    if !tag[1..end - 1].chars().all(|c| c.is_alphanumeric() || c == '_') {
        return 1;
    }
    text[end..].find(tag).map_or(text.len(), |at| end + at + end)
}

#[cfg(test)]
mod tests {
    use super::tokens;

    #[test]
    fn quotes_hide_what_is_in_them() {
        let texts = |sql| tokens(sql).iter().map(|t| t.text).collect::<Vec<_>>();
        assert_eq!(
            texts("GRANT a ON \"x y\"\"z\".t TO r; -- TO s\nE'it\\'s' 'a''b' $q$ TO $q$ $1"),
            [
                "GRANT",
                "a",
                "ON",
                "\"x y\"\"z\"",
                ".",
                "t",
                "TO",
                "r",
                ";",
                "E'it\\'s'",
                "'a''b'",
                "$q$ TO $q$",
                "$",
                "1"
            ]
        );
        let names: Vec<_> = tokens("Abc \"A\"\"b\" 1 'x'").iter().map(super::Token::name).collect();
        assert_eq!(names, [Some("abc".to_owned()), Some("A\"b".to_owned()), None, None]);
        assert_eq!(tokens("'open").len(), 1);
        assert_eq!(texts("a /* 'b' /* c */ d */ e /* f"), ["a", "e"]);
    }
}

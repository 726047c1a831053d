//! Statements of applications, as they are found in files, and as they may be shown: without constants.

use sha2::{Digest, Sha256};

use crate::pg::{hex, tokens};

/// A statement that applications send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppStatement {
    /// Its text.
    pub text: String,
    /// Who sends it; empty when that is not known.
    pub user: String,
    /// The database it is sent to; `None` when that is not known.
    pub database: Option<String>,
    /// How often it was sent, as far as that is known.
    pub calls: i64,
}

/// Where the statements of applications are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statements {
    /// In the view of the extension on the source.
    PgStatStatements,
    /// In a file that was read.
    Given(Vec<AppStatement>),
}

/// Columns of the server's log in CSV. Source: <https://www.postgresql.org/docs/18/runtime-config-logging.html>, the table
/// `postgres_log`.
const LOG_USER: usize = 1;
const LOG_DATABASE: usize = 2;
const LOG_MESSAGE: usize = 13;

/// Reads a file of statements: a log of the server in CSV, or SQL with a semicolon behind each statement.
pub fn read_statements(text: &str) -> Vec<AppStatement> {
    let logged = logged(text);
    if logged.is_empty() { split(text) } else { logged }
}

/// The statements of a log in CSV; none when the text is no such log.
fn logged(text: &str) -> Vec<AppStatement> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut found = Vec::new();
    for record in reader.records().map_while(Result::ok) {
        let Some(statement) = record.get(LOG_MESSAGE).and_then(logged_statement) else { continue };
        found.push(AppStatement {
            text: statement.to_owned(),
            user: record.get(LOG_USER).unwrap_or_default().to_owned(),
            database: record.get(LOG_DATABASE).filter(|name| !name.is_empty()).map(str::to_owned),
            calls: 1,
        });
    }
    found
}

/// The statement in a message of the log, behind `statement:` or `execute name:`, with a duration before it or not.
fn logged_statement(message: &str) -> Option<&str> {
    let rest = match message.strip_prefix("duration: ") {
        Some(rest) => rest.split_once("ms")?.1.trim_start(),
        None => message,
    };
    match rest.strip_prefix("statement: ") {
        Some(statement) => Some(statement),
        None => rest.strip_prefix("execute ").and_then(|rest| Some(rest.split_once(": ")?.1)),
    }
}

fn split(text: &str) -> Vec<AppStatement> {
    let mut found = Vec::new();
    let mut start = 0;
    let ends = tokens(text).into_iter().filter(|token| token.text == ";").map(|token| token.start);
    for end in ends.chain([text.len()]) {
        let statement = text[start..end].trim();
        if !tokens(statement).is_empty() {
            let (user, database) = (String::new(), None);
            found.push(AppStatement { text: statement.to_owned(), user, database, calls: 0 });
        }
        start = (end + 1).min(text.len());
    }
    found
}

/// A statement with a placeholder in the place of every constant, without comments, which may hold anything.
pub(super) fn normalised(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let (mut end, mut before, mut number) = (0, "", 0);
    for token in tokens(sql) {
        if token.start > end && !text.is_empty() {
            text.push(' ');
        }
        end = token.start + token.text.len();
        if is_constant(token.text, before) {
            number += 1;
            text.push_str(&format!("${number}"));
        } else {
            text.push_str(token.text);
        }
        before = token.text;
    }
    text
}

fn is_constant(token: &str, before: &str) -> bool {
    let mut chars = token.chars();
    let (first, second) = (chars.next(), chars.next());
    match first {
        Some('\'') => true,
        Some('E' | 'e') => second == Some('\''),
        Some('$') => token.len() > 1,
        // The number of a parameter is no constant.
        Some(c) => c.is_ascii_digit() && before != "$",
        None => false,
    }
}

/// A message of the server without the constants of the statement that it is about.
pub(super) fn without_constants(message: &str, sql: &str) -> String {
    let mut text = message.to_owned();
    let mut before = "";
    for token in tokens(sql) {
        if is_constant(token.text, before) {
            let inner = token.text.trim_start_matches(['E', 'e']).trim_matches('\'');
            if !inner.is_empty() && !inner.bytes().all(|b| b.is_ascii_digit()) {
                text = text.replace(inner, "…");
            }
        }
        before = token.text;
    }
    text
}

/// A name for a statement that is the same in every run.
pub(super) fn id(normalised: &str) -> String {
    hex(&Sha256::digest(normalised.as_bytes())[..8])
}

/// Whether a statement is one that is analysed when it is prepared. Of others only the syntax is looked at.
pub(super) fn is_analysed(sql: &str) -> bool {
    const WORDS: &[&str] = &["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "VALUES", "TABLE", "("];
    tokens(sql).first().is_some_and(|first| WORDS.iter().any(|word| first.is(word)))
}

#[cfg(test)]
mod tests {
    use super::{normalised, read_statements, without_constants};

    #[test]
    fn constants_and_comments_are_not_shown() {
        assert_eq!(
            normalised(
                "select a.b /* key 77 */ from t\nwhere x = 'it''s' and y in (1, 2.5) and z = $1 and w = $q$s$q$"
            ),
            "select a.b from t where x = $1 and y in ($2, $3.$4) and z = $1 and w = $5"
        );
        assert_eq!(
            without_constants("invalid input syntax for type integer: \"hunter2\"", "select 'hunter2'::int"),
            "invalid input syntax for type integer: \"…\""
        );
    }

    #[test]
    fn files_of_sql_and_logs_in_csv_are_read() {
        let texts = |file: &str| {
            read_statements(file).into_iter().map(|s| format!("{}:{}", s.user, s.text)).collect::<Vec<_>>()
        };
        assert_eq!(texts("select ';' ; -- one\n;select 2\n"), [":select ';'", ":select 2"]);
        let line = |message: &str| {
            format!("2026-01-01,app,shop,1,,s,1,SELECT,t,1/1,0,LOG,00000,\"{message}\",,,,,,,,,\n")
        };
        let log = line("statement: select 1")
            + &line("duration: 0.1 ms  execute <unnamed>: select $1")
            + &line("connection authorized");
        assert_eq!(texts(&log), ["app:select 1", "app:select $1"]);
    }
}

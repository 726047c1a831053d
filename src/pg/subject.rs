//! What a statement is about, for the log.

/// The longest subject, in characters.
const CHARACTERS_MAX: usize = 100;

/// The beginning of a statement up to the first place where a value can stand: a string, a number in parentheses, a body
/// in dollars, a comment. `create role "app" login password 'x'` becomes `create role "app" login password`.
pub fn subject(sql: &str) -> String {
    let sql = sql.trim_start();
    let end = sql.find(['\'', '(', '$', ';', '=']).unwrap_or(sql.len());
    let end = ["--", "/*"].iter().filter_map(|comment| sql.find(comment)).fold(end, usize::min);
    let words: Vec<&str> = sql[..end].split_whitespace().collect();
    words.join(" ").chars().take(CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::subject;

    #[test]
    fn a_subject_ends_before_the_first_value() {
        for (sql, expected) in [
            ("create role \"app\" login password 'SCRAM-SHA-256$4096'", "create role \"app\" login password"),
            ("copy \"s\".\"t\" (a, b) to stdout", "copy \"s\".\"t\""),
            ("create function f() returns int as $$ select 'x' $$", "create function f"),
            ("-- password x\nselect 1", ""),
            ("alter database d set my.key = secret", "alter database d set my.key"),
            ("  select\n  pg_catalog.now()", "select pg_catalog.now"),
        ] {
            assert_eq!(subject(sql), expected);
        }
    }
}

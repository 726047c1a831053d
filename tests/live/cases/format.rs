//! How a case is written down: a header of comments, the statements for the source, and sections for what else is run.
//!
//! ```sql
//! -- case: enum-in-a-default
//! -- pairs: 10:18 13:18             majors of source and target
//! -- create: encoding 'LATIN1'       options of `create database`; it is made from template0
//! -- options: --owner target-user   for every command; none is the default
//! -- user: administrator            of the target: may create databases and roles, and is no superuser
//! -- verdict: schema/removed-type   the rules that fail, or `ready`
//! -- warns: schema/event-trigger    rules that must warn, among others
//! -- migration: fails               works, deviates (works, and lists what is not as on the source) or fails
//! -- rehearsal: rows                a rehearsal without rules does not see it, since only rows tell
//! -- pg_restore: fails              works or fails
//! -- copy: differs                  from that of pg_restore: the case says why
//! create table …
//! -- section: target                what is run in `postgres` on the target before
//! -- section: compare               queries that must answer the same on both sides, unless something was told
//! ```
//!
//! The statements are run by psql, where `:"db"` is the name of the database. Roles are called `case_…` and are dropped.

use std::collections::BTreeMap;

/// What comes of the migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Migration {
    Works,
    /// It works, and lists what is not as on the source.
    Deviates,
    Fails,
}

#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) name: String,
    /// Majors of source and target.
    pub(super) pairs: Vec<(u32, u32)>,
    /// Options of `create database`.
    pub(super) create: String,
    pub(super) options: Vec<String>,
    /// The user of the target.
    pub(super) user: String,
    /// The rules that fail.
    pub(super) fails: Vec<String>,
    /// Rules that warn, among others.
    pub(super) warns: Vec<String>,
    pub(super) migration: Migration,
    /// Whether only rows tell that it fails.
    pub(super) only_rows: bool,
    pub(super) pg_restore_works: bool,
    pub(super) copy_differs: bool,
    pub(super) sql: String,
    pub(super) target_sql: String,
    pub(super) compare_sql: String,
}

/// Reads the cases of a file. The error names the line.
pub(super) fn read(text: &str) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    let mut rest = text.lines().enumerate().peekable();
    while let Some((number, line)) = rest.next() {
        let Some(name) = line.strip_prefix("-- case: ") else {
            if line.is_empty() || line.starts_with("-- ") {
                continue;
            }
            return Err(format!("line {}: no case begins here", number + 1));
        };
        let (mut header, mut sections) = (BTreeMap::new(), BTreeMap::<String, String>::new());
        let mut section = "sql".to_owned();
        while let Some((_, line)) = rest.next_if(|(_, line)| !line.starts_with("-- case: ")) {
            let told = line.strip_prefix("-- ").and_then(|told| told.split_once(": "));
            match told.filter(|(key, _)| !key.contains(' ')) {
                Some(("section", name)) => name.clone_into(&mut section),
                Some((key, value)) if sections.is_empty() => {
                    header.insert(key.to_owned(), value.to_owned());
                }
                _ => {
                    let text = sections.entry(section.clone()).or_default();
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
        let case = case(name, header, sections).map_err(|error| format!("case {name}: {error}"))?;
        cases.push(case);
    }
    Ok(cases)
}

fn case(
    name: &str,
    mut header: BTreeMap<String, String>,
    mut sections: BTreeMap<String, String>,
) -> Result<Case, String> {
    let mut take = |key: &str| header.remove(key);
    let pairs = take("pairs").ok_or("`pairs` is missing")?;
    let verdict = take("verdict").ok_or("`verdict` is missing")?;
    let migration = take("migration").ok_or("`migration` is missing")?;
    let pg_restore = take("pg_restore").ok_or("`pg_restore` is missing")?;
    let list = |text: Option<String>| -> Vec<String> {
        text.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned).collect()
    };
    let mut section = |key: &str| sections.remove(key).unwrap_or_default();
    let case = Case {
        name: name.to_owned(),
        pairs: list(Some(pairs)).iter().map(|pair| majors(pair)).collect::<Result<_, _>>()?,
        create: take("create").unwrap_or_default(),
        options: list(take("options")),
        user: take("user").unwrap_or_else(|| "postgres".to_owned()),
        fails: list((verdict != "ready").then_some(verdict)),
        warns: list(take("warns")),
        migration: match migration.as_str() {
            "works" => Migration::Works,
            "deviates" => Migration::Deviates,
            "fails" => Migration::Fails,
            other => return Err(format!("`{other}` is no outcome of a migration")),
        },
        only_rows: one_of(take("rehearsal"), "rows")?,
        pg_restore_works: one_of(Some(pg_restore).filter(|word| word != "fails"), "works")?,
        copy_differs: one_of(take("copy"), "differs")?,
        sql: section("sql"),
        target_sql: section("target"),
        compare_sql: section("compare"),
    };
    match header.keys().chain(sections.keys()).next() {
        Some(unknown) => Err(format!("`{unknown}` is unknown")),
        None => Ok(case),
    }
}

/// Whether a word is there; another one is an error.
fn one_of(value: Option<String>, word: &str) -> Result<bool, String> {
    match value {
        None => Ok(false),
        Some(value) if value == word => Ok(true),
        Some(value) => Err(format!("`{value}` stands where only `{word}` can")),
    }
}

fn majors(pair: &str) -> Result<(u32, u32), String> {
    let read = |(source, target): (&str, &str)| Some((source.parse().ok()?, target.parse().ok()?));
    pair.split_once(':').and_then(read).ok_or_else(|| format!("`{pair}` is no pair of majors"))
}

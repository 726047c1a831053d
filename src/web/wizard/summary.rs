//! What will be done, in words, as a command line and as a properties file; and what is still wrong.

use serde_json::json;

use crate::app::RunOption;
use crate::facts::Side;
use crate::store::Store;
use crate::web::wizard::draft::Draft;
use crate::web::wizard::fields::{Field, Kind, SECTIONS};
use crate::web::wizard::problems::problem;

/// The last tab.
pub(super) struct Summary {
    /// What is wrong, with the tab where it is.
    pub(super) problems: Vec<(&'static str, String)>,
    /// Label and value of everything that was said.
    pub(super) lines: Vec<(&'static str, String)>,
    pub(super) command: String,
    pub(super) properties: String,
}

pub(super) fn summary(draft: &Draft, store: &Store) -> Summary {
    let mut problems: Vec<(&str, String)> = Vec::new();
    let mut lines = Vec::new();
    for section in SECTIONS {
        for field in section.fields {
            problems.extend(problem(field, draft, store).map(|text| (section.id, text)));
            if let Some(value) = words(field, draft) {
                lines.push((field.label, format!("{value} ({})", section.title)));
            }
        }
    }
    if draft.databases.is_empty() {
        problems.push(("databases", "No database is selected.".to_owned()));
    }
    let databases: Vec<String> = draft.databases.iter().map(|name| renamed(draft, name)).collect();
    lines.push(("Databases", databases.join(", ")));
    if !draft.role_map.is_empty() {
        let roles: Vec<String> =
            draft.role_map.iter().map(|(old, new)| format!("{old} becomes {new}")).collect();
        lines.push(("Roles under other names", roles.join(", ")));
    }
    Summary { problems, lines, command: command(draft), properties: properties(draft) }
}

fn renamed(draft: &Draft, name: &str) -> String {
    draft.renames.get(name).map_or_else(|| name.to_owned(), |new| format!("{name} as {new}"))
}

/// What was said of a field, if anything.
fn words(field: &Field, draft: &Draft) -> Option<String> {
    let value = draft.get(field.name);
    match field.kind {
        Kind::Password => draft.has_password(field.name).then(|| "given".to_owned()),
        Kind::Check => (!value.is_empty()).then(|| "yes".to_owned()),
        Kind::Text => (!value.is_empty()).then(|| value.to_owned()),
        Kind::Choice(choices) => {
            let chosen = choices.iter().find(|(choice, _)| *choice == value).or(choices.first())?;
            Some(chosen.1.to_owned())
        }
    }
}

/// The same as a command; passwords come from the environment.
fn command(draft: &Draft) -> String {
    let word = match draft.option() {
        RunOption::Migrate => "migrate",
        RunOption::ValidateAndMigrate => "validate-and-migrate",
        RunOption::Validate | RunOption::Verify | RunOption::Rehearse => "validate",
    };
    let mut parts =
        vec![format!("pgpassage {word}"), format!("--migration-name {}", quoted(draft.get("name")))];
    for (flag, side) in [("--source", Side::Source), ("--target", Side::Target)] {
        let conninfo = draft.conninfo(side);
        if !conninfo.is_empty() {
            parts.push(format!("{flag} {}", quoted(&conninfo)));
        }
    }
    for name in &draft.databases {
        parts.push(format!("-d {}", quoted(name)));
    }
    for (old, new) in draft.renames.iter().filter(|(old, _)| draft.databases.contains(*old)) {
        parts.push(format!("--map-database {}", quoted(&format!("{old}={new}"))));
    }
    if !draft.get("overwrite").is_empty() {
        parts.push("--if-exists overwrite".to_owned());
    }
    for (field, flag, default) in [
        ("profile", "--profile", ""),
        ("roles", "--roles", "all"),
        ("owner", "--owner", "keep"),
        ("verify", "--verify", "full"),
        ("jobs", "--jobs", ""),
    ] {
        let value = draft.get(field);
        if !value.is_empty() && value != default {
            parts.push(format!("{flag} {}", quoted(value)));
        }
    }
    for (field, flag) in
        [("exclude_table", "--exclude-table"), ("exclude_table_data", "--exclude-table-data")]
    {
        parts
            .extend(draft.get(field).split_whitespace().map(|pattern| format!("{flag} {}", quoted(pattern))));
    }
    match draft.get("rehearsal") {
        "yes" => parts.push("--rehearse".to_owned()),
        "no" => parts.push("--no-rehearse".to_owned()),
        _ => {}
    }
    if !draft.role_map.is_empty() {
        parts.push("--role-map roles.toml".to_owned());
    }
    parts.join(" \\\n    ")
}

/// A word for a POSIX shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else if !word.is_empty() && !word.contains(['"', '$', '`', '\\', '!', '\n']) {
        format!("\"{word}\"")
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// The same as the body of the service that users come from, with passwords from the environment.
fn properties(draft: &Draft) -> String {
    let option = draft.option().name();
    let mut body = json!({
        "sourceConnection": draft.conninfo(Side::Source),
        "secretParameters": {"adminCredentials": {
            "sourceServerPassword": "env:PGPASSAGE_SOURCE_PASSWORD",
            "targetServerPassword": "env:PGPASSAGE_TARGET_PASSWORD",
        }},
        "dbsToMigrate": draft.databases,
        "overwriteDbsInTarget": !draft.get("overwrite").is_empty(),
        "migrationMode": "Offline",
        "migrationOption": option,
        "sourceType": draft.get("source_type"),
    });
    let target = draft.conninfo(Side::Target);
    if !target.is_empty() {
        body["targetConnection"] = json!(target);
    }
    serde_json::to_string_pretty(&json!({"properties": body})).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_of_a_command_are_quoted_where_they_must_be() {
        let words = ["shop", "host='a b'", "it's $x", ""].map(quoted);
        assert_eq!(words, ["shop", "\"host='a b'\"", "'it'\\''s $x'", "''"]);
    }
}

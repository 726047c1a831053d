//! A file for `--role-map` to begin with: roles that the target cannot have go to its administrator, all others are named.

use crate::app::check::collect_plan;
use crate::app::needs::failed_connections;
use crate::app::spec::RunSpec;
use crate::collect::collect;
use crate::config::{Environment, load_rules};
use crate::error::Error;
use crate::facts::{Cell, FactSet, Facts, ProbeFacts, Row};

/// Reads the roles of both servers, and writes the file.
pub async fn suggest_roles(spec: &RunSpec, env: &Environment) -> Result<String, Error> {
    let mut rules = load_rules(&spec.servers.rules)?;
    let plan = collect_plan(&spec.servers, &spec.options, env, &mut rules)?;
    if plan.source.is_none() || plan.target.is_none() {
        return Err(Error::Usage {
            message: "roles are suggested for a source and a target".to_owned(),
            hint: Some("name both, with --source and --target".to_owned()),
        });
    }
    let collected = Box::pin(collect(&rules, &plan)).await;
    if collected.source.is_none() || collected.target.is_none() {
        return Err(Error::Unreached(failed_connections(&collected.facts)));
    }
    suggestion(&collected.facts).map_err(Error::Unreached)
}

/// One role of the source, as far as this file is about it.
struct Suggested {
    name: String,
    superuser: bool,
    reserved: bool,
    is_there: bool,
}

/// The file, from facts.
fn suggestion(facts: &FactSet) -> Result<String, String> {
    let user = rows(&facts.target.instance, "user")?.first().ok_or("the target names no user")?;
    let (user, user_is_superuser) = (text(user, "name"), truth(user, "superuser"));
    let there: Vec<String> =
        rows(&facts.target.instance, "roles")?.iter().map(|role| text(role, "name")).collect();
    let reserved = rows(&facts.profile, "reserved_names")?;
    let patterns: Vec<regex::Regex> = reserved
        .iter()
        .filter(|row| text(row, "kind") == "role")
        .filter_map(|row| regex::Regex::new(&text(row, "pattern")).ok())
        .collect();
    let suggested = rows(&facts.source.instance, "roles")?.iter().map(|role| {
        let name = text(role, "name");
        Suggested {
            superuser: truth(role, "superuser") && !user_is_superuser,
            reserved: patterns.iter().any(|pattern| pattern.is_match(&name)),
            is_there: there.contains(&name),
            name,
        }
    });
    // What the user of the target is called on the source needs no line.
    let suggested: Vec<Suggested> = suggested.filter(|role| role.name != user).collect();
    let title = rows(&facts.profile, "info")?.first().map(|info| text(info, "title")).unwrap_or_default();
    Ok(file(&suggested, &user, &title))
}

/// Lines with a role of the target for each role of the source; those that need no decision behind `#`.
fn file(roles: &[Suggested], user: &str, title: &str) -> String {
    let mut text = "# Which role of the target stands for which role of the source: a file for --role-map, to be edited.\n\
                    # A line that begins with # does nothing.\n"
        .to_owned();
    let mut part = |about: &str, prefix: &str, becomes: Option<&str>, wanted: &dyn Fn(&Suggested) -> bool| {
        let found: Vec<&Suggested> = roles.iter().filter(|role| wanted(role)).collect();
        if !found.is_empty() {
            text.push_str(&format!("\n# {about}\n"));
        }
        for role in found {
            let name = quoted(&role.name);
            text.push_str(&format!("{prefix}{name} = {}\n", becomes.map_or(name.clone(), quoted)));
        }
    };
    part(
        "Superusers, which the target does not have for its users: what they own goes to its administrator.",
        "",
        Some(user),
        &|role| role.superuser && !role.reserved,
    );
    part(&format!("Names that {title} keeps for itself."), "", Some(user), &|role| role.reserved);
    part("Roles that the target has already: they stay as they are.", "# ", None, &|role| {
        !role.superuser && !role.reserved && role.is_there
    });
    part("Roles that are created under their own names.", "# ", None, &|role| {
        !role.superuser && !role.reserved && !role.is_there
    });
    text
}

/// A name as TOML writes it, in one line whatever is in it: as JSON does, and without DEL, which only JSON takes as it is.
fn quoted(name: &str) -> String {
    serde_json::Value::String(name.to_owned()).to_string().replace('\u{7f}', "\\u007f")
}

fn rows<'f>(facts: &'f Facts, probe: &str) -> Result<&'f [Row], String> {
    match facts.get(probe) {
        Some(ProbeFacts::Table(table)) => Ok(table.rows()),
        Some(ProbeFacts::Failed(reason)) => Err(format!("{probe}: {reason}")),
        Some(ProbeFacts::Missing(why)) => Err(format!("{probe}: {why}")),
        None => Err(format!("there are no facts of {probe}")),
    }
}

fn text(row: &Row, column: &str) -> String {
    row.get(column).map(Cell::key_text).unwrap_or_default()
}

fn truth(row: &Row, column: &str) -> bool {
    row.get(column) == Some(&Cell::Bool(true))
}

#[cfg(test)]
mod tests {
    use super::{Suggested, file};

    #[test]
    fn every_role_has_a_line_and_hostile_names_stay_in_theirs() {
        let role = |name: &str, superuser, reserved, is_there| Suggested {
            name: name.to_owned(),
            superuser,
            reserved,
            is_there,
        };
        let roles = [
            role("postgres", true, false, false),
            role("azure_pg_admin", false, true, true),
            role("reader", false, false, true),
            role("a\"b\nc = \"d", false, false, false),
        ];
        let text = file(&roles, "dbadmin", "Azure");
        let map: std::collections::BTreeMap<String, String> = toml::from_str(&text).expect("TOML");
        let names: Vec<&str> = map.keys().map(String::as_str).collect();
        assert_eq!(names, ["azure_pg_admin", "postgres"]);
        assert!(map.values().all(|becomes| becomes == "dbadmin"));
        assert!(text.contains("\n# \"reader\" = \"reader\"\n"), "{text}");
        assert_eq!(text.lines().filter(|line| line.contains("b\\nc")).count(), 1, "{text}");
    }
}

//! `pgpassage.toml`: options, severities, parameters and accepted findings of a project.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use time::Date;
use time::macros::format_description;

use crate::config::settings::SettingsError;
use crate::config::text::{WRITTEN_BYTES_MAX, read_text};
use crate::facts::Cell;
use crate::findings::Severity;
use crate::policy::{Policy, Suppression};

/// What the file says.
#[derive(Debug, Clone, Default)]
pub struct ConfigFile {
    /// Options as they are written, with hyphens or underscores, each with its values; a switch has none.
    pub options: Vec<(String, Vec<String>)>,
    /// Which rules are judged, and how.
    pub policy: Policy,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    options: BTreeMap<String, toml::Value>,
    #[serde(default)]
    severity: toml::Table,
    #[serde(default)]
    params: BTreeMap<String, BTreeMap<String, toml::Value>>,
    #[serde(default)]
    suppress: Vec<Suppression>,
}

/// Reads the file. Everything in it is checked before anything is used.
pub fn read_config(path: &Path) -> Result<ConfigFile, SettingsError> {
    let text = read_text(path, WRITTEN_BYTES_MAX)
        .map_err(|source| SettingsError::Read { path: path.to_owned(), source })?;
    parse(&text).map_err(|problem| SettingsError::Config { path: path.to_owned(), problem })
}

fn parse(text: &str) -> Result<ConfigFile, String> {
    // The message of the parser shows the line.
    let file: File = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
    let mut config = ConfigFile::default();
    let mut problems = Vec::new();
    for (key, value) in file.options {
        match option_words(&key, &value) {
            Ok(Some(words)) => config.options.push((key, words)),
            Ok(None) => {}
            Err(problem) => problems.push(problem),
        }
    }
    for (rule, value) in file.severity {
        let severity = match value.as_str() {
            Some("error") => Some(Severity::Error),
            Some("warning") => Some(Severity::Warning),
            Some("info") => Some(Severity::Info),
            Some("off") => None,
            _ => {
                problems.push(format!("the severity of `{rule}` must be error, warning, info or off"));
                continue;
            }
        };
        config.policy.severities.push((rule, severity));
    }
    for (rule, values) in file.params {
        for (name, value) in values {
            match parameter(&rule, &name, value) {
                Ok(cell) => {
                    config.policy.params.entry(rule.clone()).or_default().insert(name, cell);
                }
                Err(problem) => problems.push(problem),
            }
        }
    }
    for suppression in &file.suppress {
        if suppression.reason.trim().is_empty() {
            problems.push(format!("the acceptance of {} needs a reason", suppression.rule));
        }
        if let Some(until) = &suppression.until
            && Date::parse(until, format_description!("[year]-[month]-[day]")).is_err()
        {
            problems.push(format!(
                "`until` of the acceptance of {} must be a date, YYYY-MM-DD",
                suppression.rule
            ));
        }
    }
    config.policy.suppressions = file.suppress;
    if problems.is_empty() { Ok(config) } else { Err(problems.join("\n")) }
}

/// The values of an option; none for a switch that is off.
fn option_words(key: &str, value: &toml::Value) -> Result<Option<Vec<String>>, String> {
    match value {
        toml::Value::Array(items) => {
            items.iter().map(|item| word(key, item)).collect::<Result<_, _>>().map(Some)
        }
        toml::Value::Boolean(on) => Ok(on.then(Vec::new)),
        other => Ok(Some(vec![word(key, other)?])),
    }
}

fn parameter(rule: &str, name: &str, value: toml::Value) -> Result<Cell, String> {
    Ok(match value {
        toml::Value::Boolean(truth) => Cell::Bool(truth),
        toml::Value::Integer(number) => Cell::Int(number),
        toml::Value::Float(number) => Cell::Float(number),
        toml::Value::String(text) => Cell::Text(text),
        toml::Value::Array(items) => {
            Cell::List(items.iter().map(|item| word(name, item)).collect::<Result<_, _>>()?)
        }
        other => return Err(format!("parameter `{name}` of `{rule}` cannot be a {}", other.type_str())),
    })
}

fn word(key: &str, value: &toml::Value) -> Result<String, String> {
    match value {
        toml::Value::String(text) => Ok(text.clone()),
        toml::Value::Integer(number) => Ok(number.to_string()),
        other => Err(format!("option `{key}` cannot hold a {}", other.type_str())),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::findings::Severity;

    #[test]
    fn a_file_holds_options_severities_parameters_and_acceptances() {
        let config = parse(
            "[options]\nall_databases = true\ndatabase = ['a', 'b']\njobs = 4\nquiet = false\n\
             [severity]\n'schema/*' = 'warning'\n'area/loud' = 'off'\n\
             [params.'area/large']\nlarge_objects_max = 5\n\
             [[suppress]]\nrule = 'area/odd'\nreason = 'known'\nuntil = '2026-12-31'\n",
        )
        .expect("a good file");
        let words = |text: &[&str]| text.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            config.options,
            [
                ("all_databases".to_owned(), words(&[])),
                ("database".to_owned(), words(&["a", "b"])),
                ("jobs".to_owned(), words(&["4"])),
            ]
        );
        assert_eq!(config.policy.severities[0], ("schema/*".to_owned(), Some(Severity::Warning)));
        assert_eq!(config.policy.severities[1].1, None);
        assert_eq!(config.policy.suppressions.len(), 1);
    }

    #[test]
    fn mistakes_are_told() {
        for (text, told) in [
            ("[optoins]\n", "unknown field `optoins`"),
            ("[severity]\n'a/b' = 'fatal'\n", "must be error, warning, info or off"),
            ("[[suppress]]\nrule = 'a/b'\n", "missing field `reason`"),
            ("[[suppress]]\nrule = 'a/b'\nreason = ' '\n", "needs a reason"),
            ("[[suppress]]\nrule = 'a/b'\nreason = 'x'\nuntil = 'soon'\n", "must be a date"),
            ("[options]\njobs = { a = 1 }\n", "option `jobs` cannot hold a table"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(told), "{error}");
        }
    }
}

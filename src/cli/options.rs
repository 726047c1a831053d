//! Options of the configuration file, as if they stood on the command line. What does stand there weighs more.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::CommandFactory;

use crate::cli::args::Arguments;
use crate::config::{SettingsError, read_config};
use crate::error::Error;
use crate::pg::nearest;

/// The file that is used where none is named.
const DEFAULT_FILE: &str = "pgpassage.toml";

/// Options whose environment variable weighs more than the file.
const VARIABLES: &[(&str, &str)] =
    &[("source", "PGPASSAGE_SOURCE"), ("target", "PGPASSAGE_TARGET"), ("state-dir", "PGPASSAGE_STATE_DIR")];

/// Adds the options of the configuration file to the words of the command line.
pub(crate) fn with_config(mut words: Vec<OsString>) -> Result<Vec<OsString>, Error> {
    let texts: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let program = Arguments::command();
    // The innermost command, and how many words name it.
    let mut command = &program;
    let mut named = 0;
    while let Some(inner) = texts.get(named + 1).and_then(|word| command.find_subcommand(word)) {
        command = inner;
        named += 1;
    }
    let knows = |name: &str| command.get_arguments().any(|argument| argument.get_long() == Some(name));
    if !knows("config") {
        return Ok(words);
    }
    let is_given = |name: &str| {
        let (long, start) = (format!("--{name}"), format!("--{name}="));
        let short =
            command.get_arguments().find(|a| a.get_long() == Some(name)).and_then(clap::Arg::get_short);
        texts.iter().any(|word| {
            *word == long
                || word.starts_with(&start)
                || short.is_some_and(|s| word.starts_with(&format!("-{s}")) && !word.starts_with("--"))
        })
    };
    let path = match texts.iter().position(|word| word == "--config") {
        Some(at) => texts.get(at + 1).map(PathBuf::from),
        None => texts.iter().find_map(|word| word.strip_prefix("--config=")).map(PathBuf::from),
    };
    let path = match path {
        Some(path) => path,
        None if std::path::Path::new(DEFAULT_FILE).is_file() => {
            words.insert(named + 1, format!("--config={DEFAULT_FILE}").into());
            PathBuf::from(DEFAULT_FILE)
        }
        None => return Ok(words),
    };
    let mut options: Vec<&str> = Vec::new();
    collect_options(&program, &mut options);
    let mut added = Vec::new();
    for (name, values) in read_config(&path)?.options {
        if !options.contains(&name.as_str()) || name == "config" {
            let hint =
                nearest(&name, options.iter().copied()).map(|near| format!(", did you mean `{near}`?"));
            let problem = format!("there is no option `{name}`{}", hint.unwrap_or_default());
            return Err(SettingsError::Config { path, problem }.into());
        }
        let from_environment = VARIABLES.iter().any(|(option, variable)| {
            *option == name && std::env::var_os(variable).is_some_and(|value| !value.is_empty())
        });
        // An option of another command is none of this one's.
        if !knows(&name) || is_given(&name) || from_environment {
            continue;
        }
        if values.is_empty() {
            added.push(format!("--{name}").into());
        }
        added.extend(values.iter().map(|value| OsString::from(format!("--{name}={value}"))));
    }
    words.splice((named + 1)..=named, added);
    Ok(words)
}

fn collect_options<'c>(command: &'c clap::Command, found: &mut Vec<&'c str>) {
    found.extend(command.get_arguments().filter_map(clap::Arg::get_long));
    for inner in command.get_subcommands() {
        collect_options(inner, found);
    }
}

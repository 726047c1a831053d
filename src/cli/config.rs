//! Options of the configuration file are defaults of the arguments: what stands on the command line or in an environment
//! variable weighs more.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory};

use crate::cli::args::Arguments;
use crate::config::{SettingsError, read_config};
use crate::error::Error;
use crate::pg::nearest;

/// The file that is used where none is named.
const DEFAULT_FILE: &str = "pgpassage.toml";

/// Parses the command line. The outer error is about the configuration file, the inner one about the arguments.
pub(crate) fn matches(
    words: impl IntoIterator<Item = OsString>,
) -> Result<Result<ArgMatches, clap::Error>, Error> {
    let words: Vec<OsString> = words.into_iter().collect();
    let program = Arguments::command();
    let Ok(given) = program.clone().ignore_errors(true).try_get_matches_from(&words) else {
        return Ok(program.try_get_matches_from(words));
    };
    // The innermost command, and what is given to it.
    let (mut path, mut leaf, mut given) = (Vec::new(), &program, &given);
    while let Some((name, inner)) = given.subcommand() {
        let Some(command) = leaf.find_subcommand(name) else { break };
        path.push(name.to_owned());
        (leaf, given) = (command, inner);
    }
    let Some(file) = config_file(leaf, given) else {
        return Ok(program.try_get_matches_from(words));
    };
    let defaults = defaults(&file, &program, leaf, given)?;
    Ok(with_defaults(program, &path, &defaults).try_get_matches_from(words))
}

/// The configuration file of a command: the one that is named, or the one that lies here.
fn config_file(command: &Command, given: &ArgMatches) -> Option<PathBuf> {
    command.get_arguments().find(|argument| argument.get_id() == "config")?;
    let named = given.try_get_one::<PathBuf>("config").ok().flatten().cloned();
    named.or_else(|| Path::new(DEFAULT_FILE).is_file().then(|| PathBuf::from(DEFAULT_FILE)))
}

/// What the file says of the arguments of this command.
fn defaults(
    file: &Path,
    program: &Command,
    command: &Command,
    given: &ArgMatches,
) -> Result<Vec<(String, Vec<String>)>, Error> {
    let mut found = vec![("config".to_owned(), vec![file.to_string_lossy().into_owned()])];
    let (mut known, mut problems) = (Vec::new(), Vec::new());
    collect_options(program, &mut known);
    for (written, values) in read_config(file)?.options {
        let name = written.replace('_', "-");
        if !known.contains(&name.as_str()) || name == "config" {
            // The file's own spelling, so that the answer can be pasted into it.
            let spelled =
                |near: &str| if written.contains('_') { near.replace('-', "_") } else { near.to_owned() };
            let near = nearest(&name, known.iter().copied());
            let hint = near.map(|near| format!(", did you mean `{}`?", spelled(near)));
            problems.push(format!("there is no option `{written}`{}", hint.unwrap_or_default()));
            continue;
        }
        // An option of another command is none of this one's, and one that contradicts what is given gives way to it.
        let argument = command.get_arguments().find(|argument| names(argument).any(|known| known == name));
        if let Some(argument) = argument
            && !command
                .get_arguments()
                .any(|other| is_given(given, other) && conflict(command, argument, other))
        {
            found.push((argument.get_id().to_string(), values));
        }
    }
    if problems.is_empty() {
        return Ok(found);
    }
    Err(SettingsError::Config { path: file.to_owned(), problem: problems.join("\n") }.into())
}

/// Whether two options exclude each other, whichever of them says so.
fn conflict(command: &Command, one: &Arg, other: &Arg) -> bool {
    let excludes =
        |a: &Arg, b: &Arg| command.get_arg_conflicts_with(a).iter().any(|found| found.get_id() == b.get_id());
    excludes(one, other) || excludes(other, one)
}

fn is_given(given: &ArgMatches, argument: &Arg) -> bool {
    let source = given.value_source(argument.get_id().as_str());
    matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable))
}

/// Every long name of an option.
fn names(argument: &Arg) -> impl Iterator<Item = &str> {
    argument.get_long().into_iter().chain(argument.get_all_aliases().into_iter().flatten())
}

fn collect_options<'c>(command: &'c Command, found: &mut Vec<&'c str>) {
    found.extend(command.get_arguments().flat_map(names));
    for inner in command.get_subcommands() {
        collect_options(inner, found);
    }
}

/// The program with defaults for the arguments of one command, which a path of names leads to.
fn with_defaults(program: Command, path: &[String], defaults: &[(String, Vec<String>)]) -> Command {
    match path.split_first() {
        Some((name, rest)) => program.mut_subcommand(name, |inner| with_defaults(inner, rest, defaults)),
        None => defaults.iter().fold(program, |command, (id, values)| {
            command.mut_arg(id, |argument| match argument.get_action() {
                ArgAction::SetTrue => argument.default_value("true"),
                _ => argument.default_values(values.clone()),
            })
        }),
    }
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches;

    use super::matches;
    use crate::app::{RunOption, RunSpec};
    use crate::cli::args::{Arguments, Command};

    /// The spec of `validate` with arguments and a file.
    fn spec(file: &str, arguments: &[&str]) -> RunSpec {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        std::fs::write(&path, file).unwrap();
        let config = format!("--config={}", path.display());
        let words = ["pgpassage", "validate", &config].into_iter().chain(arguments.iter().copied());
        let matches = matches(words.map(Into::into)).unwrap().unwrap();
        let Command::Validate(args) = Arguments::from_arg_matches(&matches).unwrap().command else {
            panic!("validate was asked for")
        };
        args.spec.spec(RunOption::Validate)
    }

    #[test]
    fn what_stands_on_the_command_line_weighs_more_than_the_file() {
        let file = "[options]\njobs = 3\ndatabase = ['a', 'b']\nfail_on = 'warning'\ndeep = true\n";
        let servers = spec(file, &[]).servers;
        assert_eq!(
            (servers.jobs, servers.databases.as_slice()),
            (Some(3), &["a".to_owned(), "b".to_owned()][..])
        );
        let given = spec(file, &["--jobs", "7", "-qdc"]);
        assert_eq!(
            (given.servers.jobs, given.servers.databases.as_slice()),
            (Some(7), &["c".to_owned()][..])
        );
        assert!(given.judging.deep_s.is_some(), "what is not given is as the file has it");
    }

    #[test]
    fn an_option_of_the_file_gives_way_to_what_contradicts_it() {
        let one = spec("[options]\nall_databases = true\n", &["-d", "a"]).servers;
        assert!(!one.all_databases && one.databases == ["a"]);
        let all = spec("[options]\ndatabase = ['a']\n", &["--all-databases"]).servers;
        assert!(all.all_databases && all.databases.is_empty());
    }
}

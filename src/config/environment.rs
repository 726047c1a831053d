//! The environment of the process, read once.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The variables and folders that matter.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// All variables that are valid text.
    pub variables: BTreeMap<String, String>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// The user's name.
    pub user: Option<String>,
}

impl Environment {
    /// Of this process.
    pub fn of_process() -> Environment {
        let variables: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
            .collect();
        let user =
            ["USER", "LOGNAME"].iter().find_map(|name| variables.get(*name).cloned()).or_else(system_user);
        Environment { home: std::env::home_dir(), user, variables }
    }

    /// The same, with a variable more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Environment {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// A variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// The name of the user this process runs as, where the environment does not say it.
fn system_user() -> Option<String> {
    let output = std::process::Command::new("id").arg("-un").output().ok()?;
    String::from_utf8(output.stdout).ok().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}

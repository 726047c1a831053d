//! What tests share: the program with a clean environment, and throw-away servers.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::path::PathBuf;
use std::process::{Command, Output};

/// What the program did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program without anything of the surrounding environment that could change it.
pub(crate) fn pgpassage(arguments: &[&str]) -> Ran {
    pgpassage_with(arguments, &[])
}

/// The program with arguments, in an environment of its own, to be started.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgpassage"));
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("PG") || name_text == "NO_COLOR" || name_text == "COLUMNS" {
            command.env_remove(&name);
        }
    }
    command.env("COLUMNS", "80").env("HOME", "/nonexistent");
    command.env("PGPASSAGE_STATE_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/state"));
    command.args(arguments);
    command
}

/// Like [`pgpassage`], with variables set.
pub(crate) fn pgpassage_with(arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = command(arguments);
    for (name, value) in variables {
        command.env(name, value);
    }
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    Ran {
        code: status.code().unwrap_or(-1),
        stdout: String::from_utf8(stdout).expect("the program writes UTF-8"),
        stderr: String::from_utf8(stderr).expect("the program writes UTF-8"),
    }
}

/// A folder of its own for a test, with a path short enough for sockets.
pub(crate) fn folder(name: &str) -> tempfile::TempDir {
    let folder = tempfile::Builder::new()
        .prefix(&format!("pgp-{name}-"))
        .tempdir_in("/tmp")
        .expect("/tmp is writable");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("own folder");
    }
    folder
}

pub(crate) fn path_text(path: &std::path::Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A file below the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

//! Finds the newest `pg_dump` on this machine, and the folders of what was fetched.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::config::environment::Environment;
use crate::pg::ServerVersion;

/// The newest `pg_dump` in `PATH` and in the folders distributions use, with its version as a number.
///
/// `PGPASSAGE_PG_BIN` names a folder that is looked into first and alone.
pub fn find_pg_dump(env: &Environment) -> Option<(PathBuf, i64)> {
    let mut folders: Vec<PathBuf> = Vec::new();
    if let Some(only) = env.get("PGPASSAGE_PG_BIN") {
        folders.push(only.into());
    } else {
        folders.extend(env.get("PATH").into_iter().flat_map(std::env::split_paths));
        let fetched = cache_folders(env).into_iter().map(|folder| folder.join("clients"));
        for root in fetched.chain(["/usr/lib/postgresql", "/usr/local/pgsql"].map(PathBuf::from)) {
            folders.extend(
                std::fs::read_dir(root).into_iter().flatten().flatten().map(|entry| entry.path().join("bin")),
            );
        }
    }
    let candidates = folders.iter().map(|folder| folder.join("pg_dump")).filter(|path| path.is_file());
    candidates
        .filter_map(|path| version_of(&path).map(|version| (path, version)))
        .max_by_key(|(_, version)| *version)
}

/// Where `scripts/setup` puts what it fetches: for this user, and for everyone.
pub fn cache_folders(env: &Environment) -> Vec<PathBuf> {
    if let Some(only) = env.get("PGPASSAGE_CACHE") {
        return vec![only.into()];
    }
    let own = env
        .get("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| env.home.as_ref().map(|home| home.join(".cache")));
    own.into_iter().map(|cache| cache.join("pgpassage")).chain(["/var/cache/pgpassage".into()]).collect()
}

fn version_of(path: &Path) -> Option<i64> {
    let output = Command::new(path).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let number = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let (major, minor) = number.split_once('.').unwrap_or((number, "0"));
    let digits =
        |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<i64>().ok();
    Some(ServerVersion::from_major(&digits(major)?.to_string())?.0 + digits(minor).unwrap_or(0))
}

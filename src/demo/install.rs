//! Finds PostgreSQL server programs on this machine.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::config::Environment;

/// The server programs of one major version.
#[derive(Debug, Clone)]
pub struct Install {
    /// The major version.
    pub major: u32,
    /// The folder with `initdb`, `pg_ctl` and `postgres`.
    pub bin: PathBuf,
}

/// One install for each major version, ascending: those in the cache folder that `scripts/setup` fills, then those of
/// the distribution.
pub fn installs(env: &Environment) -> Vec<Install> {
    let mut roots: Vec<PathBuf> =
        crate::config::cache_folders(env).iter().map(|folder| folder.join("servers")).collect();
    roots.push("/usr/lib/postgresql".into());
    let mut found: BTreeMap<u32, Install> = BTreeMap::new();
    for entry in roots.iter().filter_map(|root| std::fs::read_dir(root).ok()).flatten().flatten() {
        let bin = entry.path().join("bin");
        let complete = ["initdb", "pg_ctl", "postgres"].iter().all(|program| bin.join(program).is_file());
        if let Some(major) =
            entry.file_name().to_str().and_then(|name| name.parse().ok()).filter(|_| complete)
        {
            found.entry(major).or_insert(Install { major, bin });
        }
    }
    found.into_values().collect()
}

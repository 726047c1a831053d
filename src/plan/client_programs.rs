//! Which `pg_dump` reads the source, and what one that is newer than the target writes that the target does not know.

use std::path::PathBuf;

use crate::pg::ServerVersion;
use crate::plan::entry::Entry;

/// The `pg_dump` of the target's major version where it can read the source, which writes what the target knows; else the
/// newest. Programs are given with their versions.
pub(crate) fn choose_pg_dump(
    found: &[(PathBuf, i64)],
    source: Option<ServerVersion>,
    target: Option<ServerVersion>,
) -> Option<&(PathBuf, i64)> {
    let major = |version: i64| ServerVersion(version).major_num();
    let fits = |(_, version): &&(PathBuf, i64)| {
        target.is_some_and(|target| target.major_num() == major(*version))
            && source.is_none_or(|source| source.major_num() <= major(*version))
    };
    let newest = |(_, version): &&(PathBuf, i64)| *version;
    found.iter().filter(fits).max_by_key(newest).or_else(|| found.iter().max_by_key(newest))
}

/// Options of a subscription, with the version that brought each, and the value that says what older versions do anyway.
/// Source: `src/bin/pg_dump/pg_dump.c` (`dumpSubscription`) and the documentation of CREATE SUBSCRIPTION, PostgreSQL 18.
const SUBSCRIPTION_OPTIONS: &[(&str, i64, &str)] = &[
    ("run_as_owner", 160_000, "true"),
    ("password_required", 160_000, "true"),
    ("origin", 160_000, "any"),
    ("failover", 170_000, "false"),
    ("two_phase", 150_000, "off"),
    ("disable_on_error", 150_000, "false"),
];

/// Takes options out of the definition of a subscription that the target does not know. Where one of them says something
/// else than what the target does anyway, the answer tells of it.
pub(crate) fn without_unknown_options(entry: &mut Entry, target_version_num: i64) -> Vec<String> {
    if entry.kind != "SUBSCRIPTION" {
        return Vec::new();
    }
    let mut lost = Vec::new();
    // The options are the last of the statement; a connection string before them may hold the same words.
    let Some(at) = entry.definition.rfind(" WITH (") else { return lost };
    let (before, options) = entry.definition.split_at(at);
    let Some((options, after)) = options.trim_start_matches(" WITH (").rsplit_once(')') else { return lost };
    let known = |option: &&str| {
        let (name, value) = option.split_once('=').unwrap_or((option, "true"));
        let (name, value) = (name.trim(), value.trim().trim_matches('\''));
        let Some((_, since, same)) = SUBSCRIPTION_OPTIONS.iter().find(|(known, ..)| *known == name) else {
            return true;
        };
        if target_version_num >= *since {
            return true;
        }
        if value != *same {
            lost.push(format!("the option {name} = {value} is not known to the target"));
        }
        false
    };
    let kept: Vec<&str> = options.split(", ").filter(known).collect();
    entry.definition = format!("{before} WITH ({}){after}", kept.join(", "));
    lost
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{choose_pg_dump, without_unknown_options};
    use crate::pg::ServerVersion;
    use crate::plan::entry::Entry;

    fn after(definition: &str, version: i64) -> (String, Vec<String>) {
        let mut entry =
            Entry { kind: "SUBSCRIPTION".to_owned(), definition: definition.to_owned(), ..Entry::default() };
        let lost = without_unknown_options(&mut entry, version);
        (entry.definition, lost)
    }

    #[test]
    fn the_program_of_the_target_is_preferred_where_it_can_read_the_source() {
        let found = [150_020, 160_014, 180_004].map(|version| (PathBuf::from("pg_dump"), version));
        let chosen = |source, target| {
            let version = |number: i64| Some(ServerVersion(number));
            choose_pg_dump(&found, version(source), version(target)).map(|(_, version)| *version)
        };
        assert_eq!(chosen(130_000, 150_001), Some(150_020));
        assert_eq!(chosen(160_001, 150_001), Some(180_004));
        assert_eq!(chosen(130_000, 170_000), Some(180_004));
        assert_eq!(choose_pg_dump(&found, None, None).map(|(_, version)| *version), Some(180_004));
    }

    #[test]
    fn options_that_the_target_does_not_know_are_taken_out_and_told_where_they_mean_something() {
        let create =
            "CREATE SUBSCRIPTION s CONNECTION 'dbname=x WITH (run_as_owner = true)' PUBLICATION p WITH";
        let of = |options: &str| format!("{create} ({options});\n");
        let written = of("connect = false, slot_name = 's', run_as_owner = true, failover = true");
        let (on_15, lost) = after(&written, 150_000);
        assert_eq!(on_15, of("connect = false, slot_name = 's'"));
        assert_eq!(lost, ["the option failover = true is not known to the target"]);
        assert_eq!(after(&written, 180_000), (written.clone(), Vec::new()));
    }
}

//! Small databases, each with something that a migration can stumble over: is the verdict true, and is the copy what
//! `pg_dump | pg_restore` makes of it? The cases are in `tests/cases`, one file for each area.
//!
//! Each case is validated with and without a rehearsal, migrated, and restored by `pg_restore` beside it. A case is wrong
//! when a verdict does not say what the migration then did, when the two copies differ, or when anything is not as its
//! header says. The first case of each file runs always, all of them with `PGPASSAGE_LIVE_LONG`, and with
//! `PGPASSAGE_CASES` those whose names contain one of its words.

mod format;
mod judge;
mod run;

use std::collections::{BTreeMap, BTreeSet};

use crate::cases::format::Case;
use crate::cases::run::Servers;
use crate::found;
use crate::support::{folder, repository};

/// All cases, file by file, and whether each is the first of its file.
fn all() -> Vec<(Case, bool)> {
    let mut files: Vec<_> = std::fs::read_dir(repository("tests/cases"))
        .expect("the folder of the cases")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "sql"))
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a file of cases");
        match format::read(&text) {
            Ok(of_file) => {
                cases.extend(of_file.into_iter().enumerate().map(|(n, case)| (case, n == 0)));
            }
            Err(error) => panic!("{}: {error}", file.display()),
        }
    }
    cases
}

/// The cases that this run is about.
fn chosen() -> Vec<Case> {
    let is_long = std::env::var_os("PGPASSAGE_LIVE_LONG").is_some();
    let words = std::env::var("PGPASSAGE_CASES").unwrap_or_default();
    let words: Vec<&str> = words.split_whitespace().collect();
    let is_chosen = |case: &Case, first: bool| match words.as_slice() {
        [] => first || is_long,
        words => words.iter().any(|word| case.name.contains(word)),
    };
    all().into_iter().filter(|(case, first)| is_chosen(case, *first)).map(|(case, _)| case).collect()
}

#[test]
fn every_case_has_a_name_of_its_own() {
    let mut names = BTreeSet::new();
    for (case, _) in all() {
        assert!(names.insert(case.name.clone()), "{} stands twice", case.name);
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the lines of a long run, as they come")]
fn every_verdict_says_what_the_migration_then_does() {
    let Some(clients) = run::clients() else { return };
    let folder = folder("cases");
    let found = found();
    let mut servers = Servers::new(&found, folder.path(), clients);
    let (mut wrong, mut sums) = (Vec::new(), BTreeMap::<String, usize>::new());
    for case in chosen() {
        for (source, target) in case.pairs.clone() {
            servers.start_pair(source, target);
            let Some((source, target)) = servers.pair(source, target) else { continue };
            let problems = match run::run(&case, source, target, &servers) {
                Ok(seen) => judge::problems(&case, &seen),
                Err(error) => vec![format!("set-up failed: {error}")],
            };
            for problem in &problems {
                let kind = problem.split(':').next().unwrap_or_default();
                *sums.entry(kind.to_owned()).or_default() += 1;
                let line = format!("{} {}:{} {problem}", case.name, source.major(), target.major());
                println!("{line}");
                wrong.push(line);
            }
            if problems.is_empty() {
                *sums.entry("right".to_owned()).or_default() += 1;
            }
        }
    }
    let sums: Vec<String> = sums.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    println!("{}", sums.join(", "));
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), sums.join(", "));
}

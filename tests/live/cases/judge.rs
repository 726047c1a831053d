//! Whether what was seen of a case is right: the verdict beside the outcome, the copy beside that of `pg_restore`, and all of
//! it beside what the case expects.

use crate::cases::format::{Case, Migration};
use crate::cases::run::Seen;

/// What is wrong, each as its kind, a colon, and what was seen.
pub(super) fn problems(case: &Case, seen: &Seen) -> Vec<String> {
    let works = seen.migration_code == 0;
    let error = seen.migration_error.split('\n').collect::<Vec<_>>().join(" | ");
    let mut problems = Vec::new();
    let mut note = |kind: &str, text: String| problems.push(format!("{kind}: {text}"));
    for (verdict, kind) in [(&seen.verdict, ""), (&seen.rehearsed, " by a rehearsal")] {
        match (verdict.code == 0, works) {
            (true, false) if kind.is_empty() || !case.only_rows => {
                note(&format!("missed{kind}"), error.clone());
            }
            (false, true) => {
                note(&format!("false alarm{kind}"), format!("{} {:?}", verdict.code, verdict.fails));
            }
            _ => {}
        }
    }
    if seen.only_rehearsed.as_ref().is_some_and(|verdict| verdict.code == 0) && !case.only_rows {
        note("not rehearsed", error.clone());
    }
    if seen.answers_differ && !seen.deviates && seen.verdict.warns.is_empty() {
        note("silent", "the queries of the case answer something else on the target".to_owned());
    }
    if case.copy_differs == seen.copies_differ.is_empty() {
        note("copy differs", format!("{:?}", seen.copies_differ));
    }
    let mut fails = case.fails.clone();
    fails.sort();
    if fails != seen.verdict.fails {
        note("other rules", format!("{:?} fail instead of {fails:?}", seen.verdict.fails));
    }
    for rule in case.warns.iter().filter(|rule| !seen.verdict.warns.contains(rule)) {
        note("no warning", rule.clone());
    }
    let migration = match (works, seen.deviates) {
        (true, false) => Migration::Works,
        (true, true) => Migration::Deviates,
        (false, _) => Migration::Fails,
    };
    if migration != case.migration {
        note("other outcome", format!("{migration:?} instead of {:?} {error}", case.migration));
    }
    if seen.pg_restore_works != case.pg_restore_works {
        note("other outcome of pg_restore", format!("works: {}", seen.pg_restore_works));
    }
    problems
}

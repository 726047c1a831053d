//! Generated documents are up to date. `PGPASSAGE_BLESS=1 cargo test --test docs` writes them anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pgpassage::report::{index_page, rule_page, schema};
use pgpassage::rules::{builtin_files, load};

fn expected() -> BTreeMap<PathBuf, String> {
    let rules = load(&builtin_files()).expect("the rules of the program are right");
    let mut pages: BTreeMap<PathBuf, String> = rules
        .rules
        .iter()
        .map(|rule| {
            (PathBuf::from(format!("docs/rules/{}.md", rule.id)), rule_page(rule).expect("a page renders"))
        })
        .collect();
    pages.insert("docs/rules/README.md".into(), index_page(&rules));
    pages.insert("docs/report.schema.json".into(), schema().expect("the schema renders"));
    pages
}

fn existing(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { existing(&entry.path(), found) } else { found.push(entry.path()) }
    }
}

#[test]
fn pages_and_schema_are_up_to_date() {
    let expected = expected();
    let mut found = Vec::new();
    existing(Path::new("docs/rules"), &mut found);
    if std::env::var_os("PGPASSAGE_BLESS").is_some() {
        for path in found.iter().filter(|path| !expected.contains_key(*path)) {
            fs::remove_file(path).expect("an outdated page can be removed");
        }
        for (path, text) in &expected {
            fs::create_dir_all(path.parent().expect("pages lie in a folder")).expect("a folder can be made");
            fs::write(path, text).expect("a page can be written");
        }
        return;
    }
    let outdated: Vec<&PathBuf> = expected
        .iter()
        .filter(|(path, text)| fs::read_to_string(path).ok().as_ref() != Some(text))
        .map(|(path, _)| path)
        .collect();
    assert!(outdated.is_empty(), "outdated, run with PGPASSAGE_BLESS=1: {outdated:?}");
    let stray: Vec<&PathBuf> = found.iter().filter(|path| !expected.contains_key(*path)).collect();
    assert!(stray.is_empty(), "pages without a rule: {stray:?}");
}

#[test]
fn the_readme_tells_every_exit_code() {
    let readme = fs::read_to_string("README.md").expect("there is a README");
    for code in [0, 1, 2, 3, 4, 130] {
        assert!(readme.contains(&format!("| {code} |")), "exit code {code} is not in the README");
    }
}

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
    let properties =
        serde_json::to_string_pretty(&pgpassage::config::properties_schema()).expect("it renders");
    pages.insert("docs/properties.schema.json".into(), properties + "\n");
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

/// A pass is told as what was found, in a sentence that is true of every database; a finding says who can do something.
#[test]
fn every_rule_says_what_a_pass_means_and_who_can_do_something() {
    let set = load(&builtin_files()).expect("the built-in rules load");
    for rule in &set.rules {
        let passed = rule.passed.as_deref().unwrap_or_default();
        assert!(!passed.is_empty() && !passed.ends_with('.'), "{}: no sentence for a pass", rule.id);
        assert!(!passed.contains(['{', '}']), "{}: the sentence for a pass has a hole", rule.id);
        assert!(rule.who.is_some(), "{}: nobody can do something about it", rule.id);
    }
}

#[test]
fn the_readme_tells_every_exit_code() {
    let readme = fs::read_to_string("README.md").expect("there is a README");
    for code in [0, 1, 2, 3, 4, 130] {
        assert!(readme.contains(&format!("| {code} |")), "exit code {code} is not in the README");
    }
}

/// Every rule for a known failure mode is seen at work on a real server, in a test or in a recording of one.
#[test]
fn every_failure_mode_is_found_on_a_real_server() {
    let text = fs::read_to_string("docs/coverage.md").expect("there is a table");
    let section =
        text.split("\n## ").find(|s| s.starts_with("Failure modes")).expect("there is such a section");
    let mut found = Vec::new();
    existing(Path::new("tests/live"), &mut found);
    existing(Path::new("tests/facts"), &mut found);
    found.retain(|path| path.extension().is_some_and(|e| e == "rs" || e == "findings"));
    let tests: String = found.iter().filter_map(|path| fs::read_to_string(path).ok()).collect();
    let rules = section.split('`').skip(1).step_by(2).filter(|word| word.contains('/'));
    let unseen: Vec<&str> = rules.filter(|id| !tests.contains(&format!("{id}: "))).collect();
    assert!(unseen.is_empty(), "no test on a real server finds: {unseen:?}");
}

/// The first cells of the rows below a heading of docs/coverage.md.
fn keys(text: &str, heading: &str) -> Vec<String> {
    let section = text
        .split("\n## ")
        .find(|s| s.starts_with(heading))
        .unwrap_or_else(|| panic!("no section {heading}"));
    let rows = section
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1)
        .filter(|line| !line.starts_with("| ---"));
    rows.map(|row| row.split('|').nth(1).expect("a cell").trim().to_owned()).collect()
}

#[test]
fn the_coverage_table_is_complete_and_names_real_rules() {
    let text = fs::read_to_string("docs/coverage.md").expect("there is a table");
    let rules = load(&builtin_files()).expect("the built-in rules load");
    let mut named = std::collections::BTreeSet::new();
    for row in text
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| ---") && !line.starts_with("| check"))
    {
        let here = row.trim_end_matches(" |").rsplit(" | ").next().expect("a cell");
        let ids: Vec<&str> = here.split('`').skip(1).step_by(2).collect();
        assert!(!ids.is_empty() || here.starts_with("no rule: "), "neither a rule nor a reason: {row}");
        for id in ids {
            assert!(rules.rule(id).is_some(), "there is no rule {id}: {row}");
            named.insert(id);
        }
    }
    // Every failure mode that can be found in advance.
    let modes = [
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 24, 25, 26, 27, 28,
        29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 45, 46, 47, 48, 49, 53, 54, 55, 56, 57, 58, 60,
    ];
    assert_eq!(keys(&text, "Failure modes"), modes.map(|n| format!("F{n}")));
    // Every code of Azure's service that a rule claims is in the table, beside the same rule.
    for rule in &rules.rules {
        if let Some(code) = &rule.azure_code {
            let row = text.lines().find(|line| line.starts_with(&format!("| {code} |")));
            assert!(row.is_some_and(|row| row.contains(&rule.id)), "{code} is not beside {}", rule.id);
        }
    }
    for (heading, count) in [
        ("Azure: error codes", 44),
        ("Azure Migrate", 19),
        ("AWS DMS", 45),
        ("AWS RDS", 11),
        ("Google", 17),
        ("pg_upgrade", 23),
        ("PlanetScale", 17),
        ("aiven", 10),
        ("pgstream", 15),
    ] {
        assert!(keys(&text, heading).len() + 1 >= count, "{heading}: {}", keys(&text, heading).len());
    }
}

//! The border that matters: imports point one way, and the middle does no I/O.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules from the bottom up. A module imports from rows above its own, and from itself.
const LAYERS: &[&[&str]] = &[
    &["pg"],
    &["facts", "findings"],
    &["outcome"],
    &["rules", "plan"],
    &["evaluate", "report", "policy", "decide"],
    &["server"],
    &["config"],
    &["collect", "demo", "verify"],
    &["migrate"],
    &["rehearse"],
    &["store"],
    &["error"],
    &["app"],
    &["cli"],
];

/// The middle is pure: these never touch the world.
const PURE: &[&str] =
    &["pg", "facts", "findings", "outcome", "rules", "plan", "evaluate", "report", "policy", "decide"];
const WORLDLY: &[&str] = &[
    "tokio",
    "std::fs",
    "TcpStream",
    "UnixStream",
    "ToSocketAddrs",
    "std::process",
    "std::env",
    "Instant::now",
    "SystemTime::now",
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the source folder is readable") {
        let path = entry.expect("the source folder is readable").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn module_of(path: &Path) -> String {
    let inside = path.strip_prefix("src").expect("listed from src");
    let first =
        inside.components().next().expect("a file has a name").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

fn source_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    files(Path::new("src"), &mut found);
    found.retain(|path| !matches!(module_of(path).as_str(), "lib" | "main"));
    found
}

#[test]
fn imports_point_upward_in_the_table() {
    let layer: BTreeMap<&str, usize> = LAYERS
        .iter()
        .enumerate()
        .flat_map(|(row, names)| names.iter().map(move |name| (*name, row)))
        .collect();
    let mut wrong = Vec::new();
    for path in source_files() {
        let module = module_of(&path);
        let own = *layer.get(module.as_str()).unwrap_or_else(|| panic!("{module} stands in no layer"));
        let text = fs::read_to_string(&path).expect("a source file is readable");
        for (at, _) in text.match_indices("crate::") {
            let name: String =
                text[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let allowed = name == module || layer.get(name.as_str()).is_none_or(|row| *row < own);
            if !allowed {
                wrong.push(format!("{} uses {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "imports against the layers: {wrong:#?}");
}

#[test]
fn the_middle_is_pure() {
    let mut wrong = Vec::new();
    for path in source_files().into_iter().filter(|path| PURE.contains(&module_of(path).as_str())) {
        let text = fs::read_to_string(&path).expect("a source file is readable");
        for worldly in WORLDLY.iter().filter(|worldly| text.contains(**worldly)) {
            wrong.push(format!("{} uses {worldly}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "the middle touches the world: {wrong:#?}");
}

#[test]
fn no_rust_file_names_a_rule() {
    let files = pgpassage::rules::builtin_files();
    let ids: Vec<&str> = files
        .iter()
        .filter_map(|file| file.path.strip_suffix(".toml"))
        .filter(|id| !id.starts_with("probes/") && !id.starts_with("profiles/"))
        .collect();
    assert!(ids.len() > 40, "the rules were found");
    let mut wrong = Vec::new();
    for path in source_files() {
        let text = fs::read_to_string(&path).expect("a source file is readable");
        let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        wrong.extend(
            ids.iter().filter(|id| code.contains(**id)).map(|id| format!("{} names {id}", path.display())),
        );
    }
    assert!(wrong.is_empty(), "rules named in code: {wrong:#?}");
}

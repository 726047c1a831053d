//! The border that matters: imports point one way, no two files of a folder need each other, and the middle does no I/O.
//! Which folder may use which stands in the code map of `docs/architecture.md`, and nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The middle is pure: these never touch the world.
const PURE: &[&str] = &[
    "pg", "facts", "findings", "outcome", "rules", "plan", "evaluate", "report", "policy", "decide", "grants",
];
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

/// The first part of a path below `src`: a folder, or a file that stands alone.
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
    found.sort();
    found
}

/// What a module of the code map may use.
enum MayUse {
    RowsAbove,
    These(BTreeSet<String>),
}

/// The code map: modules from the bottom up, each with what it may use.
fn code_map() -> Vec<(String, MayUse)> {
    let text = fs::read_to_string("docs/architecture.md").expect("the document is in the repository");
    let quoted =
        |cell: &str| -> BTreeSet<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let rows = text.lines().filter(|line| line.starts_with("| `src/"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        let [name, .., may_use] = cells.as_slice() else { panic!("a row has three cells: {row}") };
        let name = quoted(name).pop_first().expect("the first cell names a module");
        let module = name.trim_start_matches("src/").trim_end_matches(".rs").to_owned();
        let may_use = match may_use.trim().trim_end_matches('|').trim() {
            "the rows above" | "everything" => MayUse::RowsAbove,
            list => MayUse::These(quoted(list)),
        };
        (module, may_use)
    })
    .collect()
}

/// A path `crate::…` in the code of a file, with its line; comments and unit tests are not code.
struct Import {
    line: usize,
    path: Vec<String>,
}

fn imports(text: &str) -> Vec<Import> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut found = Vec::new();
    let code: String =
        code.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned() + "\n").collect();
    for (at, _) in code.match_indices("crate::") {
        let line = code[..at].matches('\n').count() + 1;
        let rest = &code[at + "crate::".len()..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
        let path: Vec<String> =
            rest[..end].split("::").filter(|p| !p.is_empty()).map(str::to_owned).collect();
        match rest[end..].strip_prefix('{') {
            // A group: each name of its first level.
            Some(group) => {
                let group = group.split(';').next().unwrap_or_default();
                let mut depth = 0;
                let names = group.split(|c: char| {
                    match c {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        _ => {}
                    }
                    c == ',' && depth == 0
                });
                for name in names {
                    let first = name.trim().split([':', ' ', '}']).next().unwrap_or_default();
                    let path = path.iter().cloned().chain([first.to_owned()]).collect();
                    found.push(Import { line, path });
                }
            }
            None => found.push(Import { line, path }),
        }
    }
    found
}

#[test]
fn imports_point_upward_in_the_code_map() {
    let map = code_map();
    assert!(map.len() > 15, "the code map was read");
    let row: BTreeMap<&str, usize> =
        map.iter().enumerate().map(|(row, (name, _))| (name.as_str(), row)).collect();
    let mut wrong = Vec::new();
    for path in source_files() {
        let module = module_of(&path);
        let own = *row.get(module.as_str()).unwrap_or_else(|| panic!("{module} is not in the code map"));
        let text = fs::read_to_string(&path).expect("a source file is readable");
        for import in imports(&text) {
            let Some(name) = import.path.first().filter(|name| **name != module) else { continue };
            let Some(other) = row.get(name.as_str()) else { continue };
            let allowed = match &map[own].1 {
                MayUse::RowsAbove => *other < own,
                MayUse::These(these) => these.contains(name),
            };
            if !allowed {
                wrong.push(format!(
                    "{}:{} uses crate::{}, and the code map does not let {module} use {name}",
                    path.display(),
                    import.line,
                    import.path.join("::")
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "imports against docs/architecture.md: {wrong:#?}");
}

/// Which file of a folder each name is from, that the folder's `mod.rs` passes on.
fn passed_on(folder: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(folder.join("mod.rs")).unwrap_or_default();
    let mut found = BTreeMap::new();
    for line in text.split(';').filter_map(|part| part.split("use ").nth(1)) {
        let Some((file, names)) = line.trim().split_once("::") else { continue };
        for name in names.trim_matches(|c: char| c == '{' || c == '}' || c.is_whitespace()).split(',') {
            found.insert(name.trim().to_owned(), file.to_owned());
        }
    }
    found
}

/// For each file of a folder, the files of the same folder that it needs, with where it says so.
fn needs(folder: &Path, files: &[PathBuf]) -> BTreeMap<PathBuf, BTreeMap<PathBuf, String>> {
    let passed_on = passed_on(folder);
    let inside: Vec<String> = folder
        .strip_prefix("src")
        .expect("listed from src")
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let mut found: BTreeMap<PathBuf, BTreeMap<PathBuf, String>> = BTreeMap::new();
    for path in files {
        let text = fs::read_to_string(path).expect("a source file is readable");
        for import in imports(&text) {
            let Some(name) = import.path.strip_prefix(inside.as_slice()).and_then(|rest| rest.first()) else {
                continue;
            };
            let file = passed_on.get(name).unwrap_or(name);
            let other = folder.join(format!("{file}.rs"));
            if other != *path && files.contains(&other) {
                let place = format!("{}:{} uses {}", path.display(), import.line, import.path.join("::"));
                found.entry(path.clone()).or_default().entry(other).or_insert(place);
            }
        }
    }
    found
}

/// A way from a file to another, as the places that lead there.
fn way(
    needs: &BTreeMap<PathBuf, BTreeMap<PathBuf, String>>,
    from: &PathBuf,
    to: &PathBuf,
    seen: &mut BTreeSet<PathBuf>,
) -> Option<Vec<String>> {
    for (next, place) in needs.get(from).into_iter().flatten() {
        if next == to {
            return Some(vec![place.clone()]);
        }
        if seen.insert(next.clone())
            && let Some(rest) = way(needs, next, to, seen)
        {
            return Some([vec![place.clone()], rest].concat());
        }
    }
    None
}

#[test]
fn no_two_files_of_a_folder_need_each_other() {
    let mut folders: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for path in source_files().into_iter().filter(|path| !path.ends_with("mod.rs")) {
        folders.entry(path.parent().expect("a file has a folder").to_owned()).or_default().push(path);
    }
    let mut circles = BTreeSet::new();
    for (folder, files) in folders.iter().filter(|(folder, _)| folder.as_path() != Path::new("src")) {
        let needs = needs(folder, files);
        for file in files {
            if let Some(mut circle) = way(&needs, file, file, &mut BTreeSet::new()) {
                circle.sort();
                circles.insert(circle);
            }
        }
    }
    assert!(circles.is_empty(), "files that need each other: {circles:#?}");
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

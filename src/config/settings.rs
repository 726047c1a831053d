//! Files and formats that a run needs, checked before any work.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use crate::config::environment::Environment;
use crate::config::text::{WRITTEN_BYTES_MAX, read_text};
use crate::facts::Side;
use crate::pg::nearest;
use crate::rules::{Problems, RuleFile, RuleSet, builtin_files, load};

/// Why a run cannot start. All of these are the user's to mend.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Rule files have mistakes.
    #[error("{0}")]
    Rules(Problems),
    /// A folder or file cannot be read.
    #[error("read {path}")]
    Read {
        /// Where.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("write {path}")]
    Write {
        /// Where.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The ending of a report's file names no format.
    #[error(
        "the ending of {0} names no report format: expected .html, .json, .md, .csv, .sarif or .junit.xml"
    )]
    Format(PathBuf),
    /// The name of a script does not say for which side it is.
    #[error("the name of {0} does not say which side it is for: call it source.sql or target.sql")]
    Script(PathBuf),
    /// The configuration file cannot be used.
    #[error("use the configuration in {path}: {problem}")]
    Config {
        /// Where.
        path: PathBuf,
        /// What is wrong, and where.
        problem: String,
    },
    /// The map of roles cannot be used.
    #[error("use the map of roles in {path}: {problem}")]
    RoleMap {
        /// Where.
        path: PathBuf,
        /// What is wrong, and where.
        problem: String,
    },
    /// `--map-database` is not `OLD=NEW`.
    #[error("`{0}` is not of the form OLD=NEW")]
    Rename(String),
    /// There is no such profile.
    #[error("there is no profile `{name}`: expected one of {known}")]
    Profile {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
        /// What may be meant.
        hint: Option<String>,
    },
}

impl SettingsError {
    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Profile { hint, .. } => hint.clone(),
            Self::RoleMap { .. } => {
                Some("a line for each role, such as \"Shop Owner\" = \"shop\"".to_owned())
            }
            Self::Rename(_) => Some("for example --map-database shop=shop_new".to_owned()),
            _ => None,
        }
    }
}

/// The format of a report, from the ending of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportFormat {
    /// `.html`
    Html,
    /// `.json`
    Json,
    /// `.md`
    Markdown,
    /// `.csv`
    Csv,
    /// `.sarif`
    Sarif,
    /// `.junit.xml`
    Junit,
    /// All ready SQL for one side.
    FixScript(Side),
    /// What a migration left out, as SQL.
    AfterScript,
}

/// A report to write.
#[derive(Debug, Clone)]
pub struct ReportTarget {
    /// Where to.
    pub path: PathBuf,
    /// In which format.
    pub format: ReportFormat,
}

/// Checks that a file can be written, and leaves what is there alone: an older file stays until the new one is there.
pub fn check_writable(path: &Path) -> Result<(), SettingsError> {
    let failed = |source| SettingsError::Write { path: path.to_owned(), source };
    // A link that leads nowhere is no new file: what it names is not created.
    let is_new = std::fs::symlink_metadata(path).is_err();
    OpenOptions::new().create_new(is_new).truncate(false).write(true).open(path).map_err(failed)?;
    if is_new {
        std::fs::remove_file(path).map_err(failed)?;
    }
    Ok(())
}

/// Checks that every report and script can be written, before any work is done.
pub fn open_reports(reports: &[PathBuf], scripts: &[PathBuf]) -> Result<Vec<ReportTarget>, SettingsError> {
    const ENDINGS: &[(&str, ReportFormat)] = &[
        (".html", ReportFormat::Html),
        (".json", ReportFormat::Json),
        (".md", ReportFormat::Markdown),
        (".csv", ReportFormat::Csv),
        (".sarif", ReportFormat::Sarif),
        (".junit.xml", ReportFormat::Junit),
    ];
    let report = |path: &PathBuf| {
        let name = path.to_string_lossy();
        let format = ENDINGS.iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, format)| *format);
        format.ok_or_else(|| SettingsError::Format(path.clone()))
    };
    let script = |path: &PathBuf| {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
        match (stem.contains("source"), stem.contains("target")) {
            (false, false) if stem.contains("after") => Ok(ReportFormat::AfterScript),
            (true, false) => Ok(ReportFormat::FixScript(Side::Source)),
            (false, true) => Ok(ReportFormat::FixScript(Side::Target)),
            _ => Err(SettingsError::Script(path.clone())),
        }
    };
    let targets: Vec<ReportTarget> = reports
        .iter()
        .map(|path| Ok(ReportTarget { path: path.clone(), format: report(path)? }))
        .chain(scripts.iter().map(|path| Ok(ReportTarget { path: path.clone(), format: script(path)? })))
        .collect::<Result<_, SettingsError>>()?;
    for target in &targets {
        check_writable(&target.path)?;
    }
    Ok(targets)
}

/// The rules in use: those of the program, and those of the user's folders.
pub fn load_rules(folders: &[PathBuf]) -> Result<RuleSet, SettingsError> {
    let mut files = builtin_files();
    for folder in folders {
        read_folder(folder, folder, &mut files)?;
    }
    load(&files).map_err(SettingsError::Rules)
}

fn read_folder(root: &Path, folder: &Path, files: &mut Vec<RuleFile>) -> Result<(), SettingsError> {
    let read = |path: &Path| {
        let path = path.to_owned();
        move |source| SettingsError::Read { path, source }
    };
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(read(folder))?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<_, _>>()
        .map_err(read(folder))?;
    entries.sort();
    for path in entries {
        let is_part = path.extension().is_some_and(|e| e == "toml" || e == "sql" || e == "tsv");
        if path.is_dir() {
            read_folder(root, &path, files)?;
        } else if is_part {
            let text = read_text(&path, WRITTEN_BYTES_MAX).map_err(read(&path))?;
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            files.push(RuleFile { path: name, text, custom: true });
        }
    }
    Ok(())
}

/// `OLD=NEW` pairs.
pub fn read_renames(pairs: &[String]) -> Result<BTreeMap<String, String>, SettingsError> {
    pairs
        .iter()
        .map(|pair| match pair.split_once('=') {
            Some((old, new)) if !old.is_empty() && !new.is_empty() => Ok((old.to_owned(), new.to_owned())),
            _ => Err(SettingsError::Rename(pair.clone())),
        })
        .collect()
}

/// The folder in which runs are remembered, if there is a place for it.
/// Source: <https://specifications.freedesktop.org/basedir-spec/latest/>.
pub fn state_folder(given: Option<&Path>, env: &Environment) -> Option<PathBuf> {
    if let Some(folder) = given {
        return Some(folder.to_owned());
    }
    if let Some(folder) = env.get("PGPASSAGE_STATE_DIR") {
        return Some(PathBuf::from(folder));
    }
    match env.get("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute()) {
        Some(folder) => Some(folder.join("pgpassage")),
        None => env.home.as_ref().map(|home| home.join(".local/state/pgpassage")),
    }
}

/// Takes in the profile that a user has written, if a file is named; its name is the answer then.
pub fn load_profile(rules: &mut RuleSet, given: &str) -> Result<String, SettingsError> {
    let is_file = given.contains('/') || Path::new(given).extension().is_some_and(|e| e == "toml");
    if !is_file {
        check_profile(rules, given)?;
        return Ok(given.to_owned());
    }
    let text = read_text(Path::new(given), WRITTEN_BYTES_MAX)
        .map_err(|source| SettingsError::Read { path: PathBuf::from(given), source })?;
    rules.add_profile(given, &text).map_err(SettingsError::Rules)
}

fn check_profile(rules: &RuleSet, name: &str) -> Result<(), SettingsError> {
    if rules.profiles.contains_key(name) {
        return Ok(());
    }
    let known: Vec<&str> = rules.profiles.keys().map(String::as_str).collect();
    let hint = nearest(name, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
    Err(SettingsError::Profile { name: name.to_owned(), known: known.join(", "), hint })
}

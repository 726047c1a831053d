//! Writing: results to standard output, everything else to standard error. The only file that prints.

use std::io::{IsTerminal, Write};
use std::path::Path;

use serde::Serialize;

use crate::error::Error;

/// Writes a result to standard output.
pub(crate) fn result(text: &str) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Error::Output)
}

/// Writes a line to standard error. If that fails there is nobody left to tell.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Writes a file whole or not at all: first beside it, then over it.
pub(crate) fn file(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |source| Error::File { action: "write", path: path.to_owned(), source };
    // A device such as /dev/stdout cannot be replaced, only written to.
    if std::fs::metadata(path).is_ok_and(|m| !m.is_file()) {
        return std::fs::write(path, text).map_err(failed);
    }
    // A name that nobody can foresee, in a file that is new for certain, so that no link of somebody else is followed.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut beside = tempfile::Builder::new().prefix(".pgpassage-").tempfile_in(folder).map_err(failed)?;
    beside.write_all(text.as_bytes()).map_err(failed)?;
    // A new file is for its user alone, as it comes; one that is replaced keeps the rights that somebody gave it.
    if let Ok(old) = std::fs::symlink_metadata(path)
        && old.is_file()
    {
        beside.as_file().set_permissions(old.permissions()).map_err(failed)?;
    }
    beside.persist(path).map(drop).map_err(|error| failed(error.error))
}

/// Whether standard output is a terminal that wants colour.
pub(crate) fn wants_colour(no_color: Option<&str>) -> bool {
    no_color.is_none() && std::io::stdout().is_terminal()
}

/// Whether standard output is a terminal.
pub(crate) fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// The width of the terminal, or 80.
pub(crate) fn width() -> u16 {
    let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    comfy_table::Table::new().width().or(columns).unwrap_or(80).clamp(40, 200)
}

/// A value as JSON, with a line end.
pub(crate) fn pretty(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string_pretty(value)
        .map(|text| text + "\n")
        .map_err(|error| Error::Render(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::file;

    #[test]
    fn a_file_is_written_whole_for_its_user_alone_and_through_no_link() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("report.html"), folder.path().join("other"));
        let mode = || path.metadata().unwrap().permissions().mode() & 0o777;
        std::fs::write(&other, "theirs").unwrap();
        let foreseen = folder.path().join(format!("report.html.{}.tmp", std::process::id()));
        std::os::unix::fs::symlink(&other, &foreseen).unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        file(&path, "new").unwrap();
        assert_eq!((std::fs::read_to_string(&path).unwrap().as_str(), mode()), ("new", 0o600));
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "theirs");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        file(&path, "newer").unwrap();
        assert_eq!((std::fs::read_to_string(&path).unwrap().as_str(), mode()), ("newer", 0o640));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "nothing is left over");
    }
}

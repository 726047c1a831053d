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
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written.map_err(failed)
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

//! `completions` and `man`: made from the same description as the arguments.

use clap::CommandFactory;

use crate::cli::args::Arguments;
use crate::cli::{Exit, output};
use crate::error::Error;

/// Prints a completion script.
pub(crate) fn completions(shell: clap_complete::Shell) -> Result<Exit, Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "pgpassage", &mut script);
    output::result(&String::from_utf8_lossy(&script)).map(|()| Exit::Ready)
}

/// Prints the manual page.
pub(crate) fn man() -> Result<Exit, Error> {
    let mut page = Vec::new();
    let man = clap_mangen::Man::new(Arguments::command());
    man.render(&mut page).map_err(|error| Error::Render(error.to_string()))?;
    output::result(&String::from_utf8_lossy(&page)).map(|()| Exit::Ready)
}

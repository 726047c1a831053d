//! The `pgpassage` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    pgpassage::cli::run().into()
}

//! `validate`: facts, judgments, report.

use crate::app::{RunOption, judge_recorded};
use crate::cli::args::ValidateArgs;
use crate::cli::commands::migrate::run_spec;
use crate::cli::show::{Shown, show_and_write};
use crate::cli::{Context, Exit};
use crate::config::open_reports;
use crate::error::Error;

pub(crate) async fn run(args: &ValidateArgs, context: &mut Context) -> Result<Exit, Error> {
    let spec = args.spec.spec(RunOption::Validate);
    if let Some(file) = &args.facts {
        let outcome = judge_recorded(spec, file, args.run.migration_name.as_deref())?;
        let reports = open_reports(&args.run.shown.report, &args.run.shown.fix_script)?;
        show_and_write(&outcome.report, &args.run.shown, &reports, context, Shown::Result)?;
        return Ok(outcome.ending.into());
    }
    if spec.servers.source.is_none() {
        return Err(Error::Usage {
            message: "no source is given".to_owned(),
            hint: Some("name it with --source CONNINFO or PGPASSAGE_SOURCE, or judge recorded facts with --facts FILE".to_owned()),
        });
    }
    run_spec(spec, &args.run, context).await
}

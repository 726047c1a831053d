//! `collect`: records facts, to judge them later without servers.

use crate::app::{JudgingSpec, RehearsalSpec, RunOption, RunSpec, record};
use crate::cli::args::CollectArgs;
use crate::cli::{Context, Exit, output, unless_signaled};
use crate::config::check_writable;
use crate::error::Error;

pub(crate) async fn run(args: &CollectArgs, context: &mut Context) -> Result<Exit, Error> {
    let spec = RunSpec {
        option: RunOption::Validate,
        servers: (&args.servers).into(),
        options: (&args.options).into(),
        rehearsal: RehearsalSpec::default(),
        judging: JudgingSpec { deep_s: args.deep.seconds(), ..JudgingSpec::default() },
        source_type: None,
    };
    check_writable(&args.output)?;
    let env = context.env.clone();
    let recorded = unless_signaled(context, Box::pin(record(&spec, &env))).await?;
    output::file(&args.output, &recorded.text)?;
    if recorded.complete {
        return Ok(Exit::Ready);
    }
    output::complain("warning: a server could not be reached; the recording says which and why");
    Ok(Exit::Unknown)
}

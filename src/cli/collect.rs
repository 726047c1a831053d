//! `collect`: records facts, and what both commands that talk to servers have in common.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use crate::cli::args::{CollectArgs, IfExists, ServerArgs};
use crate::cli::{Exit, output};
use crate::collect::{CollectPlan, DatabaseChoice, RunFacts, collect};
use crate::config::{
    Environment, check_writable, find_pg_dump, load_profile, load_rules, read_renames, read_role_map,
    resolve_endpoint,
};
use crate::error::Error;
use crate::facts::{Side, write_recording};
use crate::pg::ServerVersion;
use crate::rules::RuleSet;

pub(crate) async fn run(args: &CollectArgs, env: &Environment) -> Result<Exit, Error> {
    let mut rules = load_rules(&args.servers.rules)?;
    let mut plan = plan(&args.servers, env, &mut rules)?;
    plan.deep = args.deep.time();
    check_writable(&args.output)?;
    let collected = collect(&rules, &plan).await;
    let text = write_recording(&collected.facts, &collected.profile, &now())
        .map_err(|e| Error::Render(e.to_string()))?;
    output::file(&args.output, &text)?;
    let unreached = (plan.source.is_some() && collected.source.is_none())
        || (plan.target.is_some() && collected.target.is_none());
    if unreached {
        output::complain("warning: a server could not be reached; the recording says which and why");
        return Ok(Exit::Unknown);
    }
    Ok(Exit::Ready)
}

/// The time, in RFC 3339 and UTC.
pub(crate) fn now() -> String {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(0).unwrap_or(now).format(&Rfc3339).unwrap_or_default()
}

/// What to collect, as the arguments ask for it.
pub(crate) fn plan(args: &ServerArgs, env: &Environment, rules: &mut RuleSet) -> Result<CollectPlan, Error> {
    if args.source.is_none() && args.target.is_none() {
        return Err(Error::Usage {
            message: "neither a source nor a target is given".to_owned(),
            hint: Some("name the source with --source CONNINFO or PGPASSAGE_SOURCE".to_owned()),
        });
    }
    let target_version = match &args.target_version {
        None => None,
        Some(text) => Some(ServerVersion::from_major(text).ok_or_else(|| Error::Usage {
            message: format!("`{text}` is no major version of PostgreSQL"),
            hint: Some("for example --target-version 17".to_owned()),
        })?),
    };
    let endpoint = |side, text: &Option<String>| {
        text.as_ref().map(|text| resolve_endpoint(side, text, env, true)).transpose()
    };
    let databases = if args.all_databases {
        DatabaseChoice::All
    } else if args.database.is_empty() {
        DatabaseChoice::Connected
    } else {
        DatabaseChoice::Named(args.database.clone())
    };
    Ok(CollectPlan {
        source: endpoint(Side::Source, &args.source)?,
        target: endpoint(Side::Target, &args.target)?,
        databases,
        renames: read_renames(&args.map_database)?,
        role_map: args.role_map.as_deref().map(read_role_map).transpose()?.unwrap_or_default(),
        jobs: args.jobs.map(usize::from),
        probe_timeout: Duration::from_secs(args.timeout.into()),
        deep: None,
        home: env.home.clone(),
        profile: args.profile.as_deref().map(|given| load_profile(rules, given)).transpose()?,
        target_version,
        run: RunFacts {
            today: OffsetDateTime::now_utc()
                .format(format_description!("[year]-[month]-[day]"))
                .unwrap_or_default(),
            overwrite: args.if_exists == IfExists::Overwrite,
            pg_dump: find_pg_dump(env),
        },
    })
}

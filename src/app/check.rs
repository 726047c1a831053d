//! From a spec to a run that can start: everything is checked that can be checked without a server, and nothing is
//! contacted. What comes later finds its files read and its arguments understood.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::app::clock::{now, precise_now, today};
use crate::app::policy::{absolute, read_policy};
use crate::app::spec::{RehearsalSpec, RunOption, RunSpec, ServerSpec};
use crate::collect::{CollectPlan, DatabaseChoice, RunFacts};
use crate::config::{
    Environment, RECORDED_BYTES_MAX, find_pg_dump, load_profile, load_rules, read_renames, read_role_map,
    read_text, resolve_endpoint,
};
use crate::error::Error;
use crate::facts::Side;
use crate::migrate::application_name;
use crate::outcome::{RunState, Substate};
use crate::pg::{ServerVersion, SslMode};
use crate::plan::{Filters, MigrationOptions};
use crate::policy::Policy;
use crate::rehearse::{Statements, read_statements};
use crate::report::{Report, RunReport};
use crate::rules::RuleSet;
use crate::server::Endpoint;
use crate::store::{FORMAT, Record, ServerName, State, check_name};

/// The longest a query of the validation may run, unless the user says otherwise, in seconds.
const TIMEOUT_S: u32 = 60;

/// A spec that was checked as far as that goes without a server.
#[derive(Debug)]
pub struct Checked {
    /// The spec, with complete connection strings and absolute paths, so that it means the same in another shell.
    pub spec: RunSpec,
    /// The run that begins.
    pub run: RunReport,
    pub(crate) rules: RuleSet,
    pub(crate) plan: CollectPlan,
    pub(crate) host: String,
    pub(crate) policy: Policy,
    pub(crate) baseline: Option<Report>,
    /// The statements of applications that are prepared in the rehearsal.
    pub(crate) statements: Option<Statements>,
}

/// Checks a spec. Without a name for the run one is made from the time.
pub fn check(mut spec: RunSpec, name: Option<&str>, env: &Environment) -> Result<Checked, Error> {
    let mut rules = load_rules(&spec.servers.rules)?;
    let (policy, baseline) = read_policy(&mut spec.judging, &mut rules)?;
    let run = new_run(name, spec.option.name())?;
    let mut plan = collect_plan(&spec.servers, &spec.options, env, &mut rules)?;
    let deep = spec.judging.deep_s.filter(|_| spec.option.validates());
    plan.deep = deep.map(|seconds| Duration::from_secs(seconds.into()));
    if spec.option != RunOption::Validate {
        both_endpoints(&plan)?;
    }
    check_rehearsal(&spec)?;
    let statements = read_queries(&mut spec.rehearsal)?;
    if spec.rehearses() {
        both_endpoints(&plan)?;
        needed_pg_dump(&plan)?;
    }
    if spec.option.migrates() {
        needed_pg_dump(&plan)?;
        for endpoint in [&mut plan.source, &mut plan.target].into_iter().flatten() {
            endpoint.application_name = application_name(&run.name);
        }
    }
    complete(&mut spec.servers, &plan)?;
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Ok(Checked { spec, run, rules, plan, host, policy, baseline, statements })
}

/// What only a rehearsal does is not silently left undone.
fn check_rehearsal(spec: &RunSpec) -> Result<(), Error> {
    let asked = spec.rehearsal.rehearse == Some(true) || spec.rehearsal.needs_rehearsal();
    if !asked || spec.rehearses() {
        return Ok(());
    }
    Err(Error::Usage {
        message: match spec.option {
            RunOption::Migrate => "`migrate` does not rehearse".to_owned(),
            RunOption::Verify => "`verify` does not rehearse".to_owned(),
            _ => "rows and statements can only be tried in a rehearsal".to_owned(),
        },
        hint: Some(
            "use `rehearse`, `validate --rehearse`, or `validate-and-migrate` without --no-rehearse"
                .to_owned(),
        ),
    })
}

/// Reads the statements of applications, if they are in a file.
fn read_queries(rehearsal: &mut RehearsalSpec) -> Result<Option<Statements>, Error> {
    let Some(given) = &mut rehearsal.queries else { return Ok(None) };
    if given == "pg_stat_statements" {
        return Ok(Some(Statements::PgStatStatements));
    }
    let path = absolute(Path::new(given))?;
    *given = path.to_string_lossy().into_owned();
    let text = read_text(&path, RECORDED_BYTES_MAX).map_err(|source| Error::File {
        action: "read",
        path: path.clone(),
        source,
    })?;
    let statements = read_statements(&text);
    if statements.is_empty() {
        return Err(Error::Usage {
            message: format!("there is no statement in {}", path.display()),
            hint: Some("name pg_stat_statements, a file of SQL, or a log of the server in CSV".to_owned()),
        });
    }
    Ok(Some(Statements::Given(statements)))
}

/// Makes what is remembered mean the same in another shell; a password is not part of it.
fn complete(servers: &mut ServerSpec, plan: &CollectPlan) -> Result<(), Error> {
    servers.source = plan.source.as_ref().map(|endpoint| endpoint.without_password.clone());
    servers.target = plan.target.as_ref().map(|endpoint| endpoint.without_password.clone());
    if let Some(profile) = &mut servers.profile
        && Path::new(profile).is_file()
    {
        *profile = absolute(Path::new(profile))?.to_string_lossy().into_owned();
    }
    for path in servers.rules.iter_mut().chain(&mut servers.role_map) {
        *path = absolute(path)?;
    }
    Ok(())
}

/// A run that begins now.
pub(crate) fn new_run(name: Option<&str>, option: &str) -> Result<RunReport, Error> {
    let started_at = now();
    let name = match name {
        // Two runs of the same second need two names.
        None => {
            let pid = std::process::id();
            format!("run-{}-{pid}", started_at.replace([':', '-'], "").to_lowercase())
        }
        Some(name) => {
            check_name(name)?;
            name.to_owned()
        }
    };
    Ok(RunReport {
        name,
        option: option.to_owned(),
        mode: "Offline".to_owned(),
        state: RunState::InProgress,
        substate: Substate::PerformingPreRequisiteSteps,
        ended_at: started_at.clone(),
        started_at,
    })
}

/// What to collect.
pub(crate) fn collect_plan(
    servers: &ServerSpec,
    options: &MigrationOptions,
    env: &Environment,
    rules: &mut RuleSet,
) -> Result<CollectPlan, Error> {
    if servers.source.is_none() && servers.target.is_none() {
        return Err(Error::Usage {
            message: "neither a source nor a target is given".to_owned(),
            hint: Some("name the source with --source CONNINFO or PGPASSAGE_SOURCE".to_owned()),
        });
    }
    check_filters(&options.filters)?;
    if servers.target.is_some() && servers.target_version.is_some() {
        return Err(Error::Usage {
            message: "a target is given, and --target-version is for one that does not exist yet".to_owned(),
            hint: Some("leave one of them out; the target may come from PGPASSAGE_TARGET".to_owned()),
        });
    }
    let target_version = match &servers.target_version {
        None => None,
        Some(text) => Some(ServerVersion::from_major(text).ok_or_else(|| Error::Usage {
            message: format!("`{text}` is no major version of PostgreSQL"),
            hint: Some("for example --target-version 17".to_owned()),
        })?),
    };
    let timeout = Duration::from_secs(servers.timeout_s.unwrap_or(TIMEOUT_S).into());
    let endpoint = |side, text: &Option<String>| {
        let endpoint = text.as_ref().map(|text| resolve_endpoint(side, text, env, true)).transpose();
        endpoint.map(|found| found.map(|endpoint| Endpoint { patience: timeout, ..endpoint }))
    };
    let databases = if servers.all_databases {
        DatabaseChoice::All
    } else if servers.databases.is_empty() {
        DatabaseChoice::Connected
    } else {
        DatabaseChoice::Named(servers.databases.clone())
    };
    let (mut source, mut target) =
        (endpoint(Side::Source, &servers.source)?, endpoint(Side::Target, &servers.target)?);
    demand_tls(servers.sslmode, [&mut source, &mut target]);
    Ok(CollectPlan {
        source,
        target,
        databases,
        renames: read_renames(&servers.map_database)?,
        role_map: servers.role_map.as_deref().map(read_role_map).transpose()?.unwrap_or_default(),
        jobs: servers.jobs.map(usize::from),
        probe_timeout: timeout,
        deep: None,
        home: env.home.clone(),
        profile: servers.profile.as_deref().map(|given| load_profile(rules, given)).transpose()?,
        target_version,
        run: RunFacts { today: today(), options: options.clone(), pg_dump: find_pg_dump(env) },
    })
}

/// A demand for TLS holds for both connections. The properties file makes it for both; a connection string that makes it
/// for one server makes it for the other, unless that one's says something else. Which certificates are trusted belongs to
/// one server, so only the encryption is demanded of the other.
fn demand_tls(least: Option<SslMode>, endpoints: [&mut Option<Endpoint>; 2]) {
    let demanded = endpoints
        .iter()
        .filter_map(|endpoint| endpoint.as_ref())
        .any(|e| e.conninfo.sslmode >= SslMode::Require);
    for endpoint in endpoints.into_iter().flatten() {
        let mode = &mut endpoint.conninfo.sslmode;
        if demanded && !endpoint.sslmode_given {
            *mode = (*mode).max(SslMode::Require);
        }
        *mode = least.map_or(*mode, |least| least.max(*mode));
    }
}

fn check_filters(filters: &Filters) -> Result<(), Error> {
    filters.check().map_err(|problem| Error::Usage {
        message: format!("read the filter: {problem}"),
        hint: Some("patterns are those of pg_dump: *, ?, \"Quoted\", schema.table".to_owned()),
    })
}

/// Source and target, where both are needed.
pub(crate) fn both_endpoints(plan: &CollectPlan) -> Result<(&Endpoint, &Endpoint), Error> {
    match (&plan.source, &plan.target) {
        (Some(source), Some(target)) => Ok((source, target)),
        (source, _) => Err(Error::Usage {
            message: format!("no {} is given", if source.is_none() { "source" } else { "target" }),
            hint: Some(
                "name both with --source and --target, or PGPASSAGE_SOURCE and PGPASSAGE_TARGET".to_owned(),
            ),
        }),
    }
}

/// The `pg_dump` of this machine and its version, where one is needed.
pub(crate) fn needed_pg_dump(plan: &CollectPlan) -> Result<(PathBuf, i64), Error> {
    plan.run.pg_dump.clone().ok_or_else(|| Error::Usage {
        message: "no pg_dump was found on this machine, and a migration needs it".to_owned(),
        hint: Some(
            "install the PostgreSQL client programs, or name their folder with PGPASSAGE_PG_BIN".to_owned(),
        ),
    })
}

/// A server, as the store names it.
fn server_name(endpoint: &Endpoint) -> ServerName {
    ServerName {
        host: endpoint.conninfo.host_text(),
        port: endpoint.conninfo.port(),
        user: endpoint.conninfo.user.clone(),
    }
}

impl Checked {
    /// What the store remembers of it.
    pub(crate) fn record(&self) -> Result<Record, Error> {
        Ok(Record {
            format: FORMAT,
            name: self.run.name.clone(),
            option: self.spec.option.name().to_owned(),
            mode: self.run.mode.clone(),
            source_type: self.spec.source_type.clone().unwrap_or_else(|| "PostgreSQL".to_owned()),
            source: self.plan.source.as_ref().map(server_name),
            target: self.plan.target.as_ref().map(server_name),
            created_at: precise_now(),
            request: serde_json::to_value(&self.spec).map_err(|error| Error::Render(error.to_string()))?,
        })
    }

    /// The target as the store names it, if there is one.
    pub fn target_address(&self) -> Option<String> {
        self.plan.target.as_ref().map(|target| server_name(target).address())
    }

    pub(crate) fn state(&self) -> State {
        State::begin(self.run.substate, &self.run.started_at, &self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::collect_plan;
    use crate::app::ServerSpec;
    use crate::config::{Environment, load_rules};
    use crate::pg::SslMode::{self, Disable, Prefer, Require, VerifyFull};
    use crate::plan::MigrationOptions;

    #[test]
    fn a_demand_for_tls_holds_for_both_connections_wherever_it_is_made() {
        let mut rules = load_rules(&[]).unwrap();
        let mut modes = |source: &str, target: &str, sslmode: Option<SslMode>, variables: &[(&str, &str)]| {
            let env = Environment { user: Some("me".to_owned()), ..Environment::default() };
            let env = variables.iter().fold(env, |env, (name, value)| env.with(name, value));
            let servers = ServerSpec {
                source: Some(source.to_owned()),
                target: Some(target.to_owned()),
                sslmode,
                ..ServerSpec::default()
            };
            let plan = collect_plan(&servers, &MigrationOptions::default(), &env, &mut rules).unwrap();
            (plan.source.unwrap().conninfo.sslmode, plan.target.unwrap().conninfo.sslmode)
        };
        let mut check = |source: &str, target: &str, demand, variables: &[(&str, &str)], expected| {
            assert_eq!(modes(source, target, demand, variables), expected, "{source} {target} {demand:?}");
        };
        check("host=a password=x", "host=b password=x", None, &[], (Prefer, Prefer));
        // In the properties file, which demands at least this, however the servers are named.
        check("host=a password=x", "host=b password=x", Some(Require), &[], (Require, Require));
        check(
            "host=a password=x sslmode=disable",
            "postgresql://u:x@b?sslmode=verify-full",
            Some(Require),
            &[],
            (Require, VerifyFull),
        );
        check("host=a password=x", "host=b password=x", Some(VerifyFull), &[], (VerifyFull, VerifyFull));
        // In one of the connection strings.
        check("host=a password=x sslmode=require", "host=b password=x", None, &[], (Require, Require));
        check("host=a password=x", "postgresql://u:x@b?ssl=true", None, &[], (Require, Require));
        check("host=a password=x sslrootcert=system", "host=b password=x", None, &[], (VerifyFull, Require));
        // What is said of a server is said on purpose.
        check(
            "host=a password=x sslmode=require",
            "host=b password=x sslmode=disable",
            None,
            &[],
            (Require, Disable),
        );
        // In the environment.
        check(
            "host=a password=x",
            "host=b password=x",
            None,
            &[("PGSSLMODE", "require")],
            (Require, Require),
        );
    }
}

//! What a user asks for, in the form in which it is remembered; and the way from there to a report.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::cli::args::{
    FailOn, FilterArgs, IfExists, MigrateChoices, OwnerArg, PolicyArgs, RolesArg, ServerArgs,
};
use crate::cli::collect::{now, plan};
use crate::cli::migrate::{check_facts, jobs, level, need_both, need_pg_dump, settle};
use crate::cli::tracked::{Tracked, unless_canceled};
use crate::cli::validate::make_report;
use crate::cli::{Exit, exit};
use crate::collect::{CollectPlan, Collected, collect};
use crate::config::{Environment, load_rules, read_config, state_folder};
use crate::error::Error;
use crate::evaluate::evaluate;
use crate::facts::FactSet;
use crate::findings::{Judgment, Severity, Verdict};
use crate::migrate::{Done, MigratePlan, Resumed, RolesChoice, application_name, migrate};
use crate::outcome::{RunState, Substate, VerificationReport};
use crate::plan::Filters;
use crate::policy::Policy;
use crate::report::{Report, RunReport, compare};
use crate::rules::RuleSet;
use crate::store::{FORMAT, Record, RunFolder, ServerName, State, Store, StoredRun, check_name};
use crate::verify::VerifyLevel;

/// What is asked for. Never holds a password.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Request {
    /// What is done.
    pub(crate) option: RunOption,
    /// Where, with which databases.
    pub(crate) servers: ServerArgs,
    /// Which rules are judged, and how.
    #[serde(default)]
    pub(crate) policy: PolicyArgs,
    /// What is carried.
    pub(crate) choices: MigrateChoices,
    /// The severity from which a finding makes the exit code 1.
    pub(crate) fail_on: FailOn,
    /// What kind of server the source is, as the service that users come from calls it.
    pub(crate) source_type: Option<String>,
}

/// The outcomes, in the words of the service that users come from, and the comparison alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RunOption {
    Validate,
    Migrate,
    ValidateAndMigrate,
    Verify,
}

impl RunOption {
    pub(crate) fn name(self) -> &'static str {
        match self {
            // A comparison is a kind of validation; the service has no word of its own for it.
            Self::Validate | Self::Verify => "Validate",
            Self::Migrate => "Migrate",
            Self::ValidateAndMigrate => "ValidateAndMigrate",
        }
    }

    pub(crate) fn validates(self) -> bool {
        matches!(self, Self::Validate | Self::ValidateAndMigrate)
    }

    pub(crate) fn migrates(self) -> bool {
        matches!(self, Self::Migrate | Self::ValidateAndMigrate)
    }
}

/// A request that was checked as far as that goes without a server.
pub(crate) struct Prepared {
    pub(crate) request: Request,
    pub(crate) rules: RuleSet,
    pub(crate) plan: CollectPlan,
    pub(crate) run: RunReport,
    pub(crate) host: String,
    pub(crate) policy: Policy,
    pub(crate) baseline: Option<Report>,
}

/// How a run that is taken up again goes on.
pub(crate) struct TakenUp {
    pub(crate) done: Done,
    pub(crate) restart_tables: bool,
    /// The report of its validation.
    pub(crate) report: Option<Report>,
}

/// Checks a request.
pub(crate) fn prepare(
    mut request: Request,
    name: Option<&str>,
    env: &Environment,
) -> Result<Prepared, Error> {
    let mut rules = load_rules(&request.servers.rules)?;
    let (policy, baseline) = read_policy(&mut request.policy, &mut rules)?;
    let run = new_run(name, request.option.name())?;
    check_filters(&filters(&request.choices))?;
    let mut plan = plan(&request.servers, env, &mut rules)?;
    plan.deep = request.policy.deep.time().filter(|_| request.option.validates());
    if request.option != RunOption::Validate {
        need_both(&plan)?;
    }
    if request.option.migrates() {
        need_pg_dump(&plan)?;
        for endpoint in [&mut plan.source, &mut plan.target].into_iter().flatten() {
            endpoint.application_name = application_name(&run.name);
        }
    }
    // What is remembered is complete, so that it means the same in another shell; but it has no password.
    request.servers.source = plan.source.as_ref().map(|endpoint| endpoint.without_password.clone());
    request.servers.target = plan.target.as_ref().map(|endpoint| endpoint.without_password.clone());
    if let Some(profile) = &mut request.servers.profile
        && Path::new(profile).is_file()
    {
        *profile = std::path::absolute(&profile).map_err(Error::Output)?.to_string_lossy().into_owned();
    }
    for folder in request.servers.rules.iter_mut().chain(&mut request.servers.role_map) {
        *folder = std::path::absolute(&folder).unwrap_or_else(|_| folder.clone());
    }
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Ok(Prepared { request, rules, plan, run, host, policy, baseline })
}

/// Reads what the user wants judged, and applies it to the rules. Paths become absolute, so that they mean the same
/// when the run is taken up again.
pub(crate) fn read_policy(
    args: &mut PolicyArgs,
    rules: &mut RuleSet,
) -> Result<(Policy, Option<Report>), Error> {
    for path in [&mut args.config, &mut args.baseline].into_iter().flatten() {
        *path = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
    }
    let mut policy = match &args.config {
        Some(path) => read_config(path)?.policy,
        None => Policy::default(),
    };
    policy.only.extend(args.only.iter().cloned());
    policy.skip.extend(args.skip.iter().cloned());
    policy
        .apply_to_rules(rules)
        .map_err(|error| Error::Usage { message: error.message, hint: error.hint })?;
    let baseline = args.baseline.as_ref().map(|path| read_report(path)).transpose()?;
    Ok((policy, baseline))
}

/// Reads a JSON report.
pub(crate) fn read_report(path: &Path) -> Result<Report, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::File {
        action: "read",
        path: path.to_owned(),
        source,
    })?;
    serde_json::from_str(&text).map_err(|error| Error::Usage {
        message: format!("{} is no JSON report of pgpassage: {error}", path.display()),
        hint: None,
    })
}

/// Judges, and marks what the user has accepted.
pub(crate) fn judge(
    rules: &RuleSet,
    policy: &Policy,
    facts: &FactSet,
    today: &str,
) -> (Vec<Judgment>, Vec<String>) {
    let mut judgments = evaluate(rules, facts);
    let notices = policy.suppress(rules, &mut judgments, today);
    (judgments, notices)
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

/// A server, as the store names it.
fn server_name(endpoint: &crate::server::Endpoint) -> ServerName {
    ServerName {
        host: endpoint.conninfo.host_text(),
        port: endpoint.conninfo.port(),
        user: endpoint.conninfo.user.clone(),
    }
}

impl Prepared {
    /// What the store remembers of it.
    pub(crate) fn record(&self) -> Result<Record, Error> {
        Ok(Record {
            format: FORMAT,
            name: self.run.name.clone(),
            option: self.request.option.name().to_owned(),
            mode: self.run.mode.clone(),
            source_type: self.request.source_type.clone().unwrap_or_else(|| "PostgreSQL".to_owned()),
            source: self.plan.source.as_ref().map(server_name),
            target: self.plan.target.as_ref().map(server_name),
            created_at: precise_now(),
            request: serde_json::to_value(&self.request).map_err(|error| Error::Render(error.to_string()))?,
        })
    }

    /// The run as it is remembered.
    pub(crate) fn stored(&self, store: &Store) -> Result<StoredRun, Error> {
        let target = self.plan.target.as_ref().map(|target| server_name(target).address());
        Ok(store.find(&self.run.name, target.as_deref())?)
    }

    pub(crate) fn state(&self) -> State {
        State::begin(self.run.substate, &self.run.started_at, &self.host)
    }

    /// Makes the folder of the run. Where a user has not asked for a certain store and there is no place for one, the
    /// work goes on without, and that is said.
    pub(crate) fn store(
        &self,
        state_dir: Option<&Path>,
        env: &Environment,
    ) -> Result<Option<RunFolder>, Error> {
        let Some(folder) = state_folder(state_dir, env) else {
            crate::cli::output::complain("warning: this run is not remembered: there is no home folder");
            return Ok(None);
        };
        match Store::new(&folder).create(&self.record()?, &self.state()) {
            Ok(run) => Ok(Some(run)),
            Err(error @ crate::store::StoreError::File { .. }) if state_dir.is_none() => {
                let text = format!("warning: this run is not remembered: {}", crate::server::chain(&error));
                crate::cli::output::complain(&crate::report::safe(&text));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The time with fractions, so that runs of one second keep their order.
fn precise_now() -> String {
    time::OffsetDateTime::now_utc().format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

pub(crate) fn filters(choices: &MigrateChoices) -> Filters {
    filters_of(&choices.filters)
}

pub(crate) fn filters_of(args: &FilterArgs) -> Filters {
    let args = args.clone();
    Filters {
        include_schema: args.include_schema,
        exclude_schema: args.exclude_schema,
        exclude_table: args.exclude_table,
        exclude_table_data: args.exclude_table_data,
    }
}

pub(crate) fn check_filters(filters: &Filters) -> Result<(), Error> {
    filters.check().map_err(|problem| Error::Usage {
        message: format!("read the filter: {problem}"),
        hint: Some("patterns are those of pg_dump: *, ?, \"Quoted\", schema.table".to_owned()),
    })
}

/// Does what was asked for, and tells the store how it went, also when it went wrong.
pub(crate) async fn perform(
    prepared: &Prepared,
    tracked: &Tracked,
    taken_up: Option<TakenUp>,
) -> Result<(Report, Exit), Error> {
    let cancel = tracked.cancel();
    let mut result = Box::pin(work(prepared, tracked, taken_up, cancel)).await;
    // A journal that could not be written has stopped the run; what it came to is told all the same.
    if let Some(problem) = tracked.problem() {
        let text =
            format!("the run could not be remembered and was stopped: {}", crate::server::chain(&problem));
        result = match result {
            Ok((mut report, _)) => {
                report.notices.push(text);
                Ok((report, Exit::Failed))
            }
            Err(_) => Err(Error::Migrate(text)),
        };
    }
    let remembered = match &result {
        Ok((report, _)) => tracked
            .store_report(report)
            .and_then(|()| tracked.update(|state| state.substate = report.run.substate))
            .and_then(|()| tracked.end(report.run.state, first_error(report))),
        Err(error) => {
            let canceled = matches!(error, Error::Canceled);
            let state = if canceled { RunState::Canceled } else { RunState::Failed };
            tracked.end(state, Some(crate::server::chain(error)))
        }
    };
    // The result itself is what the user must see, whether or not it can be stored.
    if let Err(error) = remembered {
        let text = format!("warning: the result is not remembered: {}", crate::server::chain(&error));
        crate::cli::output::complain(&crate::report::safe(&text));
    }
    result
}

fn first_error(report: &Report) -> Option<String> {
    let failed = report.databases.iter().filter_map(|d| d.migration.as_ref()).find(|m| m.error.is_some())?;
    failed.error.as_ref().map(|error| format!("{}: {error}", failed.name))
}

async fn work(
    prepared: &Prepared,
    tracked: &Tracked,
    taken_up: Option<TakenUp>,
    cancel: watch::Receiver<bool>,
) -> Result<(Report, Exit), Error> {
    let Prepared { request, rules, plan, .. } = prepared;
    for endpoint in [&plan.source, &plan.target].into_iter().flatten() {
        let c = &endpoint.conninfo;
        tracked.say(&format!(
            "reading the {} at {}, port {}, as {}",
            endpoint.side,
            c.host_text(),
            c.port(),
            c.user
        ));
    }
    if let Some(time) = plan.deep {
        tracked.say(&format!("reading the rows of the source too, for {} s at most", time.as_secs()));
    }
    // A run that was taken up again has passed its validation: what it has made since would only be in the way.
    let validates = request.option.validates() && taken_up.is_none();
    if validates {
        tracked.substate(Substate::ValidationInProgress)?;
    }
    let probes;
    let judged = if validates {
        rules
    } else {
        probes =
            RuleSet { probes: rules.probes.clone(), profiles: rules.profiles.clone(), ..RuleSet::default() };
        &probes
    };
    let collected = unless_canceled(&cancel, Box::pin(collect(judged, plan))).await?;
    tracked.update(|state| {
        for pair in &collected.facts.databases {
            let position = state.databases.iter().position(|d| d.name == pair.source);
            let mut database = position.map(|at| state.databases.remove(at)).unwrap_or_default();
            database.name.clone_from(&pair.source);
            database.target_name.clone_from(&pair.target);
            state.databases.push(database);
        }
    })?;
    let (judgments, notices) = if validates {
        judge(rules, &prepared.policy, &collected.facts, &plan.run.today)
    } else {
        (Vec::new(), Vec::new())
    };
    let mut report =
        make_report(judged, &collected.facts, collected.profile.clone(), prepared.run.clone(), judgments);
    // Without rules no probe was asked, but the versions are known from the connections.
    for (endpoint, found) in
        [(&mut report.source, &collected.source), (&mut report.target, &collected.target)]
    {
        if let (Some(endpoint), Some(found)) = (endpoint, found) {
            endpoint.version.get_or_insert_with(|| found.version.to_string());
            endpoint.version_num.get_or_insert(found.version.0);
        }
    }
    report.notices.extend(notices);
    report.baseline = prepared.baseline.as_ref().filter(|_| validates).map(|old| compare(old, &report));
    if request.option == RunOption::Verify {
        let compared = crate::cli::migrate::compare(prepared, &collected, &mut report);
        let exit = unless_canceled(&cancel, compared).await??;
        return Ok((report, exit));
    }
    let fail_on = match request.fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
    };
    if !request.option.migrates() {
        return Ok((report.clone(), exit::of_report(&report, fail_on)));
    }
    let pg_dump = need_pg_dump(plan)?;
    check_facts(&collected, pg_dump.1, validates)?;
    if validates && matches!(report.verdict, Verdict::NotReady | Verdict::Unknown) {
        crate::cli::output::complain("nothing was migrated: the validation did not pass");
        let exit = exit::of_report(&report, fail_on);
        return Ok((report, exit));
    }
    if let Some(before) = taken_up.as_ref().and_then(|taken_up| taken_up.report.clone()) {
        report = Report { run: report.run, ..before };
    }
    // The validation stays readable should the migration be interrupted.
    tracked.store_report(&report)?;
    tracked.substate(Substate::MigratingData)?;
    let resumed = taken_up.map(|t| Resumed { done: t.done, restart_tables: t.restart_tables });
    let migrate_plan = migrate_plan(prepared, &collected, resumed)?;
    let (outcome, verifications) =
        migrate(&migrate_plan, tracked.events(), cancel).await.map_err(|error| match error {
            crate::migrate::MigrateError::Canceled => Error::Canceled,
            error => Error::Migrate(error.to_string()),
        })?;
    tracked.substate(Substate::CompletingMigration)?;
    report.add_migration(outcome);
    if migrate_plan.verify != VerifyLevel::None {
        let passed =
            verifications.iter().all(|v| v.passed) && verifications.len() == migrate_plan.databases.len();
        report.verification = Some(VerificationReport { passed, databases: verifications });
    }
    let exit = settle(&mut report);
    Ok((report, exit))
}

fn migrate_plan(
    prepared: &Prepared,
    collected: &Collected,
    resumed: Option<Resumed>,
) -> Result<MigratePlan, Error> {
    let (source, target) = need_both(&prepared.plan)?;
    let choices = &prepared.request.choices;
    Ok(MigratePlan {
        source: source.clone(),
        target: target.clone(),
        home: prepared.plan.home.clone(),
        pg_dump: need_pg_dump(&prepared.plan)?.0,
        databases: collected.facts.databases.clone(),
        overwrite: prepared.request.servers.if_exists == IfExists::Overwrite,
        jobs: jobs(&collected.facts),
        roles: match choices.roles {
            RolesArg::All => RolesChoice::All,
            RolesArg::Needed => RolesChoice::Needed,
            RolesArg::None => RolesChoice::None,
        },
        verify: level(choices.verify),
        keep_owners: choices.owner == OwnerArg::Keep,
        role_map: collected.role_map.clone(),
        filters: filters(choices),
        host: prepared.host.clone(),
        resumed,
    })
}

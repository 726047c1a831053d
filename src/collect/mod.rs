//! Runs the probes that the chosen rules need, once per server or once per database, and gathers the facts.
//!
//! A failure becomes a fact: the connection that could not be made, the probe that was refused. Rules judge them.

mod ask;
mod connection;
mod databases;
mod profile;
mod roles;
mod run;
mod scan;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};

use crate::collect::ask::{absent, ask, refused};
use crate::collect::databases::database_names;
use crate::collect::profile::detect_profile;
use crate::facts::{Cell, DatabasePair, FactSet, Facts, Missing, ProbeFacts, Side, SideFacts};
use crate::pg::ServerVersion;
use crate::plan::{MigrationOptions, RoleMap};
use crate::rules::{Cost, Probe, RuleSet, Scope};
use crate::server::{ConnectFailure, Endpoint, Session, SessionLimits};

pub use crate::collect::profile::{DEFAULT_PROFILE, apply_profile};
pub use crate::collect::run::apply_options;

/// Which databases a run is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseChoice {
    /// The database of the source's connection string.
    Connected,
    /// These.
    Named(Vec<String>),
    /// Every database of the source that can be connected to and is no template.
    All,
}

/// What to collect, from where, within which limits.
#[derive(Debug, Clone)]
pub struct CollectPlan {
    /// Where the data is.
    pub source: Option<Endpoint>,
    /// Where it will go.
    pub target: Option<Endpoint>,
    /// Which databases.
    pub databases: DatabaseChoice,
    /// New names of databases on the target.
    pub renames: BTreeMap<String, String>,
    /// Roles of the source, and the roles of the target that stand for them.
    pub role_map: BTreeMap<String, String>,
    /// Connections per side; `None` chooses from both servers' limits and this machine's cores.
    pub jobs: Option<usize>,
    /// The longest a probe may run.
    pub probe_timeout: Duration,
    /// How long the rows of tables may be read; they are not read at all without it.
    pub deep: Option<Duration>,
    /// Where libpq's default certificate files are.
    pub home: Option<PathBuf>,
    /// The profile the user named.
    pub profile: Option<String>,
    /// The version of a target that does not exist yet.
    pub target_version: Option<ServerVersion>,
    /// Facts about the run that the caller knows: its date and the client programs of this machine.
    pub run: RunFacts,
}

/// What the caller knows about the run.
#[derive(Debug, Clone, Default)]
pub struct RunFacts {
    /// Today, as `YYYY-MM-DD`.
    pub today: String,
    /// The options of the migration that the facts are judged for.
    pub options: MigrationOptions,
    /// Where `pg_dump` was found, and its `server_version_num`-like number.
    pub pg_dump: Option<(PathBuf, i64)>,
}

/// A server as it was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its version.
    pub version: ServerVersion,
    /// Whether the connection is encrypted.
    pub encrypted: bool,
}

/// What came back.
#[derive(Debug)]
pub struct Collected {
    /// The facts.
    pub facts: FactSet,
    /// The name of the profile, given or detected.
    pub profile: String,
    /// The roles that get another name on the target.
    pub role_map: RoleMap,
    /// The source, if it could be reached.
    pub source: Option<Found>,
    /// The target, if there is one and it could be reached.
    pub target: Option<Found>,
}

/// The state of one server: reached, or not, or not there.
enum Reach {
    Open(Box<Session>, ServerVersion),
    Failed(ConnectFailure),
    Absent,
}

struct Collector<'a> {
    plan: &'a CollectPlan,
    rules: &'a RuleSet,
    limits: SessionLimits,
    /// When the reading of rows has to end.
    scan_end: Option<Instant>,
    connections: std::sync::Mutex<Vec<Vec<Cell>>>,
}

/// Collects everything. Never fails: what went wrong is among the facts.
pub async fn collect(rules: &RuleSet, plan: &CollectPlan) -> Collected {
    let limits = SessionLimits {
        statement_timeout: plan.probe_timeout,
        lock_timeout: plan.probe_timeout.min(Duration::from_secs(10)),
    };
    let scan_end = plan.deep.map(|time| Instant::now() + time);
    let collector = Collector { plan, rules, limits, scan_end, connections: std::sync::Mutex::default() };
    let (source, target) = tokio::join!(
        collector.reach(Side::Source, plan.source.as_ref()),
        collector.reach(Side::Target, plan.target.as_ref())
    );
    let mut facts = FactSet::default();
    let (profile, role_map, source_instance, target_instance) = tokio::join!(
        detect_profile(&rules.profiles, plan, &target),
        roles::role_map(&rules.profiles, plan, &source, &target),
        collector.instance_facts(Side::Source, &source),
        collector.instance_facts(Side::Target, &target),
    );
    facts.source.instance = source_instance;
    facts.target.instance = target_instance;

    let (pairs, requested) = collector.choose_databases(&source).await;
    let on_target = database_names(&target).await;
    let jobs = plan.jobs.unwrap_or_else(|| default_jobs(&facts));
    let found: Vec<(DatabasePair, Facts, Facts)> = stream::iter(&pairs)
        .map(|pair| collector.database_facts(pair, &source, &target, on_target.as_ref()))
        .buffer_unordered(jobs)
        .collect()
        .await;
    for (pair, source_facts, target_facts) in found {
        facts.source.databases.insert(pair.source, source_facts);
        facts.target.databases.insert(pair.target, target_facts);
    }
    facts.databases = pairs;
    facts.run = collector.run_facts(&requested, jobs, &role_map);
    apply_profile(rules, &profile, plan.target_version, &mut facts);
    let state = |reach: &Reach| match reach {
        Reach::Open(session, version) => Some(Found { version: *version, encrypted: session.encrypted }),
        Reach::Failed(_) | Reach::Absent => None,
    };
    Collected { source: state(&source), target: state(&target), facts, profile, role_map }
}

impl Collector<'_> {
    async fn instance_facts(&self, side: Side, reach: &Reach) -> Facts {
        let probes: Vec<&Probe> = self.probes(side, Scope::Instance);
        match reach {
            Reach::Open(session, version) => ask(session, *version, &probes).await,
            Reach::Failed(failure) => refused(&probes, &failure.to_string()),
            Reach::Absent => absent(&probes, side),
        }
    }

    fn probes(&self, side: Side, scope: Scope) -> Vec<&Probe> {
        let wanted = |probe: &&Probe| {
            probe.scope == scope && (probe.cost == Cost::Catalog || probe.suspects || self.scan_end.is_some())
        };
        self.rules.probes_needed(side).into_iter().filter(wanted).collect()
    }

    async fn database_facts(
        &self,
        pair: &DatabasePair,
        source: &Reach,
        target: &Reach,
        on_target: Option<&BTreeSet<String>>,
    ) -> (DatabasePair, Facts, Facts) {
        let source_facts = self.one_database(Side::Source, source, &pair.source);
        let target_facts = async {
            match on_target {
                Some(names) if !names.contains(&pair.target) => {
                    let missing = Missing::NoDatabase(pair.target.clone());
                    let probes = self.probes(Side::Target, Scope::Database);
                    probes.iter().map(|p| (p.name.clone(), ProbeFacts::Missing(missing.clone()))).collect()
                }
                _ => self.one_database(Side::Target, target, &pair.target).await,
            }
        };
        let (source_facts, target_facts) = tokio::join!(source_facts, target_facts);
        (pair.clone(), source_facts, target_facts)
    }

    async fn one_database(&self, side: Side, reach: &Reach, dbname: &str) -> Facts {
        let probes = self.probes(side, Scope::Database);
        if probes.is_empty() {
            return Facts::new();
        }
        match reach {
            Reach::Absent => absent(&probes, side),
            Reach::Failed(failure) => refused(&probes, &failure.to_string()),
            Reach::Open(session, version) if session.dbname == dbname => {
                self.ask_database(session, *version, &probes).await
            }
            Reach::Open(_, version) => {
                let endpoint = match side {
                    Side::Source => self.plan.source.as_ref(),
                    Side::Target => self.plan.target.as_ref(),
                };
                let Some(endpoint) = endpoint else { return absent(&probes, side) };
                match self.open(endpoint, dbname).await {
                    Ok(session) => self.ask_database(&session, *version, &probes).await,
                    Err(failure) => {
                        self.note_connection(side, endpoint, dbname, Err(&failure)).await;
                        refused(&probes, &failure.to_string())
                    }
                }
            }
        }
    }
}

/// Enough to hide latency, never more than half of what both servers have left.
fn default_jobs(facts: &FactSet) -> usize {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let left = |side: &SideFacts| match side.instance.get("connection_slots") {
        Some(ProbeFacts::Table(table)) => match table.rows().first().and_then(|row| row.get("free")) {
            Some(Cell::Int(free)) => usize::try_from(*free).unwrap_or(0),
            _ => usize::MAX,
        },
        _ => usize::MAX,
    };
    let free = left(&facts.source).min(left(&facts.target));
    (cores * 2).clamp(2, 8).min((free / 2).max(1))
}

//! Runs the probes that the chosen rules need, once per server or once per database, and gathers the facts.
//!
//! A failure becomes a fact: the connection that could not be made, the probe that was refused. Rules judge them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};

use crate::facts::{
    Cell, DatabasePair, FactSet, FactTable, Facts, Missing, ProbeFacts, Shape, Side, SideFacts,
};
use crate::pg::{ServerVersion, SslMode, literal};
use crate::rules::{INVENTORY, Probe, Profiles, RuleSet, Scope};
use crate::server::{ConnectFailure, Endpoint, Session, SessionLimits, connect, connect_any};

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
    /// Connections per side; `None` chooses from both servers' limits and this machine's cores.
    pub jobs: Option<usize>,
    /// The longest a probe may run.
    pub probe_timeout: Duration,
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
    /// Whether existing databases of the target are to be dropped and made anew.
    pub overwrite: bool,
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
    /// The source, if it could be reached.
    pub source: Option<Found>,
    /// The target, if there is one and it could be reached.
    pub target: Option<Found>,
}

/// The profile of a server about which nothing special is known.
pub const DEFAULT_PROFILE: &str = "postgresql";

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
    connections: std::sync::Mutex<Vec<Vec<Cell>>>,
}

/// Collects everything. Never fails: what went wrong is among the facts.
pub async fn collect(rules: &RuleSet, plan: &CollectPlan) -> Collected {
    let limits = SessionLimits {
        statement_timeout: plan.probe_timeout,
        lock_timeout: plan.probe_timeout.min(Duration::from_secs(10)),
    };
    let collector = Collector { plan, rules, limits, connections: std::sync::Mutex::default() };
    let (source, target) = tokio::join!(
        collector.reach(Side::Source, plan.source.as_ref()),
        collector.reach(Side::Target, plan.target.as_ref())
    );
    let mut facts = FactSet::default();
    let (profile, source_instance, target_instance) = tokio::join!(
        detect_profile(&rules.profiles, plan, &target),
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
    facts.run = collector.run_facts(&requested, jobs);
    apply_profile(rules, &profile, plan.target_version, &mut facts);
    let state = |reach: &Reach| match reach {
        Reach::Open(session, version) => Some(Found { version: *version, encrypted: session.encrypted }),
        Reach::Failed(_) | Reach::Absent => None,
    };
    Collected { source: state(&source), target: state(&target), facts, profile }
}

/// Binds the tables of a profile, and the version of a target that does not exist yet.
pub fn apply_profile(
    rules: &RuleSet,
    profile: &str,
    target_version: Option<ServerVersion>,
    facts: &mut FactSet,
) {
    facts.profile = rules.profiles.get(profile).map(|p| p.facts.clone()).unwrap_or_default();
    // A target that does not exist yet has the version it is planned to have: the one given, else the profile's newest.
    if let Some(ProbeFacts::Missing(Missing::NoTarget)) = facts.target.instance.get(VERSION_PROBE) {
        let newest = || match facts.profile.get("info") {
            Some(ProbeFacts::Table(table)) => {
                match table.rows().first().and_then(|row| row.get("newest_version_num")) {
                    Some(Cell::Int(number)) => Some(ServerVersion(*number)),
                    _ => None,
                }
            }
            _ => None,
        };
        if let (Some(version), Some(probe)) =
            (target_version.or_else(newest), rules.probes.get(VERSION_PROBE))
        {
            let cells = vec![vec![Cell::Text(version.to_string()), Cell::Int(version.0)]];
            if let Ok(table) = FactTable::new(Arc::clone(&probe.shape), cells) {
                facts.target.instance.insert(VERSION_PROBE.to_owned(), ProbeFacts::Table(table));
            }
        }
    }
}

/// The probe that a planned target answers too.
const VERSION_PROBE: &str = "version";

impl Collector<'_> {
    async fn reach(&self, side: Side, endpoint: Option<&Endpoint>) -> Reach {
        let Some(endpoint) = endpoint else { return Reach::Absent };
        let opened = async {
            let session = connect_any(endpoint, self.plan.home.as_deref()).await?;
            let lost = |error: crate::server::ProbeError| lost(endpoint, &session.dbname, &error.to_string());
            session.prepare(self.limits).await.map_err(lost)?;
            let version = session.version().await.map_err(lost)?;
            Ok::<_, ConnectFailure>((session, version))
        };
        match opened.await {
            Ok((session, version)) => {
                self.note_connection(side, endpoint, &session.dbname, Ok(&session)).await;
                Reach::Open(Box::new(session), version)
            }
            Err(failure) => {
                self.note_connection(side, endpoint, &failure.dbname, Err(&failure)).await;
                Reach::Failed(failure)
            }
        }
    }

    async fn open(&self, endpoint: &Endpoint, dbname: &str) -> Result<Session, ConnectFailure> {
        let session = connect(endpoint, dbname, self.plan.home.as_deref()).await?;
        session.prepare(self.limits).await.map_err(|error| lost(endpoint, dbname, &error.to_string()))?;
        Ok(session)
    }

    async fn instance_facts(&self, side: Side, reach: &Reach) -> Facts {
        let probes: Vec<&Probe> = self.probes(side, Scope::Instance);
        match reach {
            Reach::Open(session, version) => ask(session, *version, &probes).await,
            Reach::Failed(failure) => refused(&probes, &failure.to_string()),
            Reach::Absent => absent(&probes, side),
        }
    }

    fn probes(&self, side: Side, scope: Scope) -> Vec<&Probe> {
        self.rules.probes_needed(side).into_iter().filter(|probe| probe.scope == scope).collect()
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

    /// Asks the probes that can have an answer. Planning a query costs more than running it on an empty catalog, so one
    /// short query first tells which kinds of objects there are. If that fails, everything is asked.
    async fn ask_database(&self, session: &Session, version: ServerVersion, probes: &[&Probe]) -> Facts {
        let inventory = match self.rules.probes.get(INVENTORY) {
            Some(inventory) if probes.iter().any(|p| !p.only_with.is_empty()) => {
                session.probe(inventory, version).await.ok()
            }
            _ => None,
        };
        let row = inventory.as_ref().and_then(|table| table.rows().first());
        let may_have = |probe: &&&Probe| {
            let has = |word: &String| row.is_none_or(|row| row.get(word) != Some(&Cell::Bool(false)));
            probe.only_with.is_empty() || probe.only_with.iter().any(has)
        };
        let (asked, empty): (Vec<&Probe>, Vec<&Probe>) = probes.iter().partition(may_have);
        let mut facts = ask(session, version, &asked).await;
        facts.extend(empty.into_iter().filter_map(|probe| {
            let table = FactTable::new(Arc::clone(&probe.shape), Vec::new()).ok()?;
            Some((probe.name.clone(), ProbeFacts::Table(table)))
        }));
        facts
    }

    /// The databases to look at, and every one that was asked for with whether it is there.
    async fn choose_databases(&self, source: &Reach) -> (Vec<DatabasePair>, Vec<(DatabasePair, bool)>) {
        let pair = |name: &str| DatabasePair {
            source: name.to_owned(),
            target: self.plan.renames.get(name).cloned().unwrap_or_else(|| name.to_owned()),
        };
        let there = database_names(source).await;
        let names: Vec<String> = match (&self.plan.databases, source) {
            (DatabaseChoice::Named(names), _) => names.clone(),
            (DatabaseChoice::Connected, Reach::Open(session, _)) => vec![session.dbname.clone()],
            (DatabaseChoice::Connected, _) => {
                self.plan.source.iter().map(|endpoint| endpoint.conninfo.dbname.clone()).collect()
            }
            (DatabaseChoice::All, _) => {
                let system = self.system_databases();
                let connectable = connectable_databases(source).await;
                connectable.into_iter().filter(|name| !system.contains(name)).collect()
            }
        };
        let exists = |name: &String| there.as_ref().is_none_or(|there| there.contains(name));
        let requested: Vec<(DatabasePair, bool)> =
            names.iter().map(|name| (pair(name), exists(name))).collect();
        let mut pairs: Vec<DatabasePair> =
            requested.iter().filter(|(_, exists)| *exists).map(|(pair, _)| pair.clone()).collect();
        pairs.sort();
        pairs.dedup();
        (pairs, requested)
    }

    /// Databases that belong to a provider, of any profile: they are never migrated.
    fn system_databases(&self) -> BTreeSet<String> {
        let tables = self.rules.profiles.values().filter_map(|profile| profile.facts.get("info"));
        tables
            .filter_map(|facts| match facts {
                ProbeFacts::Table(table) => table.rows().first()?.get("system_databases"),
                ProbeFacts::Failed(_) | ProbeFacts::Missing(_) => None,
            })
            .flat_map(|cell| match cell {
                Cell::List(names) => names.clone(),
                _ => Vec::new(),
            })
            .collect()
    }

    async fn note_connection(
        &self,
        side: Side,
        endpoint: &Endpoint,
        dbname: &str,
        result: Result<&Session, &ConnectFailure>,
    ) {
        let conninfo = &endpoint.conninfo;
        let text = |text: &str| Cell::Text(text.to_owned());
        let (ok, host, port, hop, message, sqlstate, encrypted) = match result {
            Ok(session) => {
                (true, session.host.host.clone(), session.host.port, "", "", None, session.encrypted)
            }
            Err(failure) => (
                false,
                failure.host.clone(),
                failure.port,
                failure.hop.name(),
                failure.message.as_str(),
                failure.sqlstate.clone(),
                false,
            ),
        };
        let tls_version = match result {
            Ok(session) if session.encrypted => session
                .single_text(
                    "select version from pg_catalog.pg_stat_ssl where pid = pg_catalog.pg_backend_pid()",
                )
                .await
                .ok()
                .flatten(),
            _ => None,
        };
        let one_server = match result {
            Ok(session) => self.is_one_server(endpoint, dbname, session).await,
            Err(_) => None,
        };
        let socket = host.starts_with('/') || host.starts_with('@');
        let loopback = matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1");
        let row = [
            ("side", text(side.name())),
            ("database", text(dbname)),
            ("host", text(&host)),
            ("port", Cell::Int(port.into())),
            ("user", text(&conninfo.user)),
            ("ok", Cell::Bool(ok)),
            ("hop", text(hop)),
            ("message", text(message)),
            ("sqlstate", text(sqlstate.as_deref().unwrap_or_default())),
            ("sslmode", text(conninfo.sslmode.name())),
            ("verifies", Cell::Bool(conninfo.sslmode >= SslMode::VerifyCa || conninfo.sslrootcert.is_some())),
            ("encrypted", Cell::Bool(encrypted)),
            ("tls_version", text(tls_version.as_deref().unwrap_or_default())),
            ("local", Cell::Bool(socket || loopback)),
            ("session_kept", one_server.map_or(Cell::Null, |(kept, _)| Cell::Bool(kept))),
            ("one_server", one_server.map_or(Cell::Null, |(_, one)| Cell::Bool(one))),
        ];
        let Some(probe) = self.rules.probes.get("connections") else { return };
        let cells = ordered(&probe.shape, row.as_slice());
        if let Ok(mut connections) = self.connections.lock() {
            connections.push(cells);
        }
    }

    /// Whether the session's state lasts from one transaction to the next, and whether a second connection reaches the
    /// same server. Neither holds behind a pooler in transaction mode or a load balancer.
    async fn is_one_server(
        &self,
        endpoint: &Endpoint,
        dbname: &str,
        first: &Session,
    ) -> Option<(bool, bool)> {
        const IDENTITY: &str = "select pg_catalog.to_char(pg_catalog.pg_postmaster_start_time() at time zone 'UTC', 'YYYYMMDDHH24MISSUS') || ' ' || \
             coalesce(pg_catalog.inet_server_addr()::text, '') || ' ' || pg_catalog.pg_is_in_recovery()::text";
        const PID: &str = "select pg_catalog.pg_backend_pid()::text";
        let second = connect(endpoint, dbname, self.plan.home.as_deref()).await.ok()?;
        // While the second session is in use too, a pooler hands its connections to whoever asks first.
        let mut pids = BTreeSet::new();
        for _ in 0..3 {
            let (pid, _, _) =
                tokio::join!(first.single_text(PID), second.single_text(PID), second.single_text(PID));
            pids.insert(pid.ok()??);
        }
        let timeout =
            first.single_text("select pg_catalog.current_setting('statement_timeout')").await.ok()??;
        let expected = second
            .single_text(&format!(
                "select ({}::interval = interval '{} ms')::text",
                literal(&interval(&timeout)),
                self.limits.statement_timeout.as_millis()
            ))
            .await
            .ok()??;
        let (a, b) = tokio::join!(first.single_text(IDENTITY), second.single_text(IDENTITY));
        Some((pids.len() == 1 && expected == "true", a.ok()?? == b.ok()??))
    }

    fn run_facts(&self, requested: &[(DatabasePair, bool)], jobs: usize) -> Facts {
        let text = |text: &str| Cell::Text(text.to_owned());
        let options = [
            ("today", text(&self.plan.run.today)),
            ("has_target", Cell::Bool(self.plan.target.is_some())),
            ("overwrite", Cell::Bool(self.plan.run.overwrite)),
            ("jobs", Cell::Int(i64::try_from(jobs).unwrap_or(i64::MAX))),
        ];
        let clients = [
            ("pg_dump_found", Cell::Bool(self.plan.run.pg_dump.is_some())),
            (
                "pg_dump_path",
                text(
                    &self
                        .plan
                        .run
                        .pg_dump
                        .as_ref()
                        .map(|(path, _)| path.display().to_string())
                        .unwrap_or_default(),
                ),
            ),
            (
                "pg_dump_version_num",
                Cell::Int(self.plan.run.pg_dump.as_ref().map_or(0, |(_, version)| *version)),
            ),
        ];
        let databases = requested.iter().map(|(pair, exists)| {
            [("source", text(&pair.source)), ("target", text(&pair.target)), ("exists", Cell::Bool(*exists))]
        });
        let mut facts = Facts::new();
        let mut add = |name: &str, rows: &dyn Fn(&Shape) -> Vec<Vec<Cell>>| {
            if let Some(probe) = self.rules.probes.get(name) {
                let table = FactTable::new(Arc::clone(&probe.shape), rows(&probe.shape));
                facts.insert(
                    name.to_owned(),
                    table.map_or_else(|e| ProbeFacts::Failed(e.to_string()), ProbeFacts::Table),
                );
            }
        };
        add("options", &|shape| vec![ordered(shape, &options)]);
        add("clients", &|shape| vec![ordered(shape, &clients)]);
        add("databases_requested", &|shape| databases.clone().map(|row| ordered(shape, &row)).collect());
        let mut connections = self.connections.lock().map(|c| c.clone()).unwrap_or_default();
        connections.sort_by_key(|row| (row[0].key_text(), row[1].key_text()));
        add("connections", &|_| connections.clone());
        facts
    }
}

/// Cells in the order of a shape, from pairs of column and value.
fn ordered(shape: &Shape, row: &[(&str, Cell)]) -> Vec<Cell> {
    let value = |name: &str| {
        row.iter().find(|(column, _)| *column == name).map_or(Cell::Null, |(_, cell)| cell.clone())
    };
    shape.columns.iter().map(|column| value(&column.name)).collect()
}

/// `statement_timeout` as an interval: a bare number counts milliseconds.
fn interval(setting: &str) -> String {
    if setting.chars().all(|c| c.is_ascii_digit()) { format!("{setting} ms") } else { setting.to_owned() }
}

fn lost(endpoint: &Endpoint, dbname: &str, message: &str) -> ConnectFailure {
    let host = endpoint.conninfo.hosts.first();
    ConnectFailure {
        side: endpoint.side,
        hop: crate::server::Hop::Other,
        host: host.map(|h| h.host.clone()).unwrap_or_default(),
        port: host.map_or(0, |h| h.port),
        dbname: dbname.to_owned(),
        message: message.to_owned(),
        sqlstate: None,
    }
}

/// Asks several probes of one session at the same time.
async fn ask(session: &Session, version: ServerVersion, probes: &[&Probe]) -> Facts {
    let answers = probes.iter().map(|probe| async move {
        let facts = match session.probe(probe, version).await {
            Ok(table) => ProbeFacts::Table(table),
            Err(error) => {
                let way_out = probe.granted_by.as_ref().map(|role| {
                    format!("; hint: grant {role} to the user of the {} connection", session.side)
                });
                ProbeFacts::Failed(format!("{error}{}", way_out.unwrap_or_default()))
            }
        };
        (probe.name.clone(), facts)
    });
    join_all(answers).await.into_iter().collect()
}

fn refused(probes: &[&Probe], reason: &str) -> Facts {
    probes.iter().map(|probe| (probe.name.clone(), ProbeFacts::Failed(reason.to_owned()))).collect()
}

/// A run may have no target; one without a source (a recording of a target alone) is judged elsewhere.
fn absent(probes: &[&Probe], side: Side) -> Facts {
    let facts = match side {
        Side::Target => ProbeFacts::Missing(Missing::NoTarget),
        Side::Source => ProbeFacts::Failed("this run has no source".to_owned()),
    };
    probes.iter().map(|probe| (probe.name.clone(), facts.clone())).collect()
}

async fn database_names(reach: &Reach) -> Option<BTreeSet<String>> {
    let Reach::Open(session, _) = reach else { return None };
    names(session, "select pg_catalog.to_json(array(select datname::text from pg_catalog.pg_database))").await
}

async fn connectable_databases(reach: &Reach) -> BTreeSet<String> {
    let Reach::Open(session, _) = reach else { return BTreeSet::new() };
    let sql = "select pg_catalog.to_json(array(select datname::text from pg_catalog.pg_database \
               where datallowconn and not datistemplate and datconnlimit <> -2))";
    names(session, sql).await.unwrap_or_default()
}

async fn names(session: &Session, sql: &str) -> Option<BTreeSet<String>> {
    let text = session.single_text(sql).await.ok()??;
    serde_json::from_str(&text).ok()
}

/// The profile named by the user, else the one whose marks the target bears.
async fn detect_profile(profiles: &Profiles, plan: &CollectPlan, target: &Reach) -> String {
    if let Some(name) = &plan.profile {
        return name.clone();
    }
    let Reach::Open(session, _) = target else { return DEFAULT_PROFILE.to_owned() };
    let marks_of = |facts: &Facts| match facts.get("info") {
        Some(ProbeFacts::Table(table)) => match table.rows().first().and_then(|row| row.get("detected_by")) {
            Some(Cell::List(marks)) => marks.clone(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    // A mark with a dot is a setting, any other a role. Settings of a provider do not always stand in pg_settings.
    let all: BTreeSet<String> =
        profiles.values().flat_map(|profile| marks_of(&profile.facts)).map(|m| literal(&m)).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let sql = format!(
        "select pg_catalog.to_json(array(select m from pg_catalog.unnest(array[{}]::text[]) m \
          where case when m like '%.%' then pg_catalog.current_setting(m, true) is not null \
                     else exists (select from pg_catalog.pg_roles r where r.rolname = m) end))",
        all.join(", ")
    );
    let marks = names(session, &sql).await.unwrap_or_default();
    let bears = |facts: &Facts| {
        let wanted = marks_of(facts);
        !wanted.is_empty() && wanted.iter().all(|mark| marks.contains(mark))
    };
    let found = profiles.values().find(|profile| bears(&profile.facts));
    found.map_or(DEFAULT_PROFILE, |profile| profile.name.as_str()).to_owned()
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

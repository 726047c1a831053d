//! Two servers, the ways to them, and the runs between them.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pgpassage::config::{Environment, resolve_endpoint};
use pgpassage::demo::{Cluster, ClusterOptions, Install};
use pgpassage::facts::Side as FactSide;
use pgpassage::server::connect;
use serde_json::Value;

use crate::proxy::Proxy;
use crate::support::{command, folder, path_text, pgpassage};
use crate::survival::fault::Side;
use crate::{execute, json, start};

/// The user of the migration, on both sides.
pub(super) const USER: &str = "mover";

/// The bytes of the small volume for the target.
const VOLUME_MIB: u32 = 700;

pub(super) struct Scene {
    pub(super) source: Cluster,
    pub(super) target: Cluster,
    pub(super) from: Proxy,
    pub(super) into: Proxy,
    pub(super) has_volume: bool,
    state: String,
    // The servers end before their folders do.
    volume: Volume,
    _folder: tempfile::TempDir,
}

/// A volume that goes with the test.
struct Volume(PathBuf);

impl Drop for Volume {
    fn drop(&mut self) {
        // Where none was mounted there is none to go.
        let _ = Command::new("umount").arg("-l").arg(&self.0).stderr(Stdio::null()).status();
    }
}

/// Runs statements, and gives the first value of the first row.
pub(super) fn run(conninfo: &str, sql: &str) -> Result<Option<String>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let endpoint = resolve_endpoint(FactSide::Source, conninfo, &Environment::default(), false);
    let endpoint = endpoint.map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let session = connect(&endpoint, &endpoint.conninfo.dbname, None).await;
        let session = session.map_err(|error| error.to_string())?;
        session.single_text(sql).await.map_err(|error| error.to_string())
    })
}

pub(super) fn try_execute(cluster: &Cluster, dbname: &str, sql: &str) -> Result<Option<String>, String> {
    run(&cluster.conninfo("postgres", dbname), sql)
}

/// How a process has ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Code(i32),
    Hung,
}

/// Waits for a process, but not for ever.
pub(super) fn wait(child: &mut Child, limit: Duration) -> Ended {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("the process is ours") {
            return Ended::Code(status.code().unwrap_or(-1));
        }
        if began.elapsed() > limit {
            child.kill().expect("the process is ours");
            child.wait().expect("the process is ours");
            return Ended::Hung;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Scene {
    pub(super) fn new(source: &Install, target: &Install) -> Scene {
        let folder = folder("survival");
        let volume = folder.path().join("volume");
        std::fs::create_dir(&volume).expect("own folder");
        let size = format!("size={VOLUME_MIB}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&volume).status();
        let has_volume = mounted.is_ok_and(|status| status.success());
        let options = || ClusterOptions {
            settings: vec![
                "wal_level = logical".into(),
                "max_wal_size = 64MB".into(),
                "min_wal_size = 32MB".into(),
            ],
            tcp: true,
            ..Default::default()
        };
        let source = start(source, folder.path(), "s", &options());
        let target = start(target, &volume, "t", &options());
        for cluster in [&source, &target] {
            execute(cluster, "postgres", &format!("create role {USER} superuser login"));
        }
        execute(&source, "postgres", "create role injected_reader; create role injected_owner");
        execute(&source, "postgres", "create database injected");
        execute(&source, "injected", include_str!("injected.sql"));
        let (from, into) = (Proxy::start(source.port, u64::MAX), Proxy::start(target.port, u64::MAX));
        let state = path_text(&folder.path().join("state"));
        Scene { source, target, from, into, has_volume, state, volume: Volume(volume), _folder: folder }
    }

    pub(super) fn side(&self, side: Side) -> (&Cluster, &Proxy) {
        match side {
            Side::Source => (&self.source, &self.from),
            Side::Target => (&self.target, &self.into),
        }
    }

    /// The file that takes the space of the target's volume.
    pub(super) fn filler(&self) -> PathBuf {
        self.volume.0.join("filler")
    }

    fn quiet(&self, arguments: &[&str]) -> Child {
        let mut command = command(&[arguments, &["--state-dir", &self.state]].concat());
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
    }

    /// Starts a migration into a database, under its name.
    pub(super) fn begin(&self, copy: &str) -> Child {
        let way = |proxy: &Proxy, dbname: &str| {
            format!("host=127.0.0.1 port={} user={USER} dbname={dbname} sslmode=disable", proxy.port)
        };
        let (from, into) = (way(&self.from, "injected"), way(&self.into, "postgres"));
        let map = format!("injected={copy}");
        self.quiet(&[
            "migration",
            "create",
            "--migration-option",
            "Migrate",
            "--migration-name",
            copy,
            "--source",
            &from,
            "--target",
            &into,
            "--map-database",
            &map,
            "--timeout",
            "3",
            "--jobs",
            "2",
        ])
    }

    /// Resumes a migration, or begins one that died before it was remembered.
    pub(super) fn resume(&self, copy: &str) -> Child {
        if self.shown(copy).is_none() {
            return self.begin(copy);
        }
        self.quiet(&["migration", "resume", "--migration-name", copy])
    }

    fn shown(&self, copy: &str) -> Option<Value> {
        let arguments =
            ["migration", "show", "--migration-name", copy, "--state-dir", &self.state, "-o", "json"];
        let ran = pgpassage(&arguments);
        (ran.code == 0).then(|| json(&ran.stdout))
    }

    /// The state of a migration, as it is shown.
    pub(super) fn state(&self, copy: &str) -> String {
        let Some(shown) = self.shown(copy) else { return "unknown".to_owned() };
        if shown["interrupted"] == true {
            return "Interrupted".to_owned();
        }
        shown["currentStatus"]["state"].as_str().unwrap_or("none").to_owned()
    }

    pub(super) fn report(&self, copy: &str) -> Value {
        let arguments = ["migration", "report", copy, "--state-dir", &self.state, "--format", "json"];
        serde_json::from_str(&pgpassage(&arguments).stdout).unwrap_or_default()
    }

    /// Forgets a copy and all that came with it.
    pub(super) fn clear(&self, copy: &str) {
        execute(&self.target, "postgres", &format!("drop database if exists {copy} with (force)"));
        execute(&self.target, "postgres", "drop role if exists injected_reader, injected_owner");
        pgpassage(&["migration", "delete", "--migration-name", copy, "--state-dir", &self.state]);
    }
}

//! What happens to a migration, and how it is repaired afterwards.

use std::fs;
use std::io::Write as _;
use std::process::{Child, Command};

use pgpassage::demo::Cluster;

use crate::proxy::{Proxy, Traffic};
use crate::survival::scene::{Scene, USER};
use crate::{execute, survival::scene::try_execute};

/// Which side of the migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Source,
    Target,
}

/// Something that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The program is killed.
    Kill,
    /// The program is asked to end.
    Terminate,
    /// Every session of the program is ended.
    Sessions(Side),
    /// What runs in a session is canceled, as a limit on time does.
    Statements(Side),
    /// The server is stopped without a checkpoint, and started.
    Restart(Side),
    /// Connections break.
    Cut(Side),
    /// Nothing comes any more, over no connection.
    Silence(Side),
    /// Every block takes its time.
    Slow(Side),
    /// What the server sends is garbage.
    Garbage(Side),
    /// A table is locked by somebody else, for a while.
    Lock(Side),
    /// The user loses its rights.
    Revoke(Side),
    /// The copy is dropped by somebody.
    Dropped,
    /// No space is left where the target is.
    DiskFull,
    /// The client program that runs is killed.
    ClientProgram,
}

use Side::{Source, Target};

impl Fault {
    pub(super) const ALL: &[Fault] = &[
        Fault::Kill,
        Fault::Terminate,
        Fault::Sessions(Source),
        Fault::Sessions(Target),
        Fault::Statements(Source),
        Fault::Statements(Target),
        Fault::Restart(Source),
        Fault::Restart(Target),
        Fault::Cut(Source),
        Fault::Cut(Target),
        Fault::Silence(Source),
        Fault::Silence(Target),
        Fault::Slow(Source),
        Fault::Slow(Target),
        Fault::Garbage(Source),
        Fault::Garbage(Target),
        Fault::Lock(Source),
        Fault::Lock(Target),
        Fault::Revoke(Source),
        Fault::Revoke(Target),
        Fault::Dropped,
        Fault::DiskFull,
        Fault::ClientProgram,
    ];

    /// Does it, to a run that migrates into `copy`. What is answered undoes it.
    pub(super) fn inject(self, scene: &Scene, child: &mut Child, copy: &str) {
        match self {
            Fault::Kill => child.kill().expect("the process is ours"),
            Fault::Terminate => signal("-TERM", &child.id().to_string()),
            Fault::Sessions(side) => {
                let (cluster, _) = scene.side(side);
                let sql = "select pg_terminate_backend(pid) from pg_stat_activity \
                           where pid <> pg_backend_pid() and backend_type = 'client backend'";
                execute(cluster, "postgres", sql);
            }
            // As often as it takes to meet what the step runs.
            Fault::Statements(side) => during(scene.side(side).0, "postgres", CANCEL),
            Fault::Restart(side) => {
                let (cluster, _) = scene.side(side);
                cluster.stop().expect("the server stops");
                cluster.restart().expect("the server starts");
            }
            Fault::Cut(side) => scene.side(side).1.cut(),
            Fault::Silence(side) => scene.side(side).1.set(Traffic::Silent),
            Fault::Slow(side) => scene.side(side).1.set(Traffic::Slow),
            Fault::Garbage(side) => scene.side(side).1.set(Traffic::Garbage),
            Fault::Lock(Source) => during(&scene.source, "injected", LOCK),
            Fault::Lock(Target) => during(&scene.target, copy, LOCK),
            Fault::Revoke(side) => {
                execute(scene.side(side).0, "postgres", &format!("alter role {USER} nosuperuser"));
            }
            Fault::Dropped => {
                let sql = format!("drop database if exists {copy} with (force)");
                execute(&scene.target, "postgres", &sql);
            }
            Fault::DiskFull => fill(scene),
            Fault::ClientProgram => {
                for program in children(child.id()) {
                    signal("-KILL", &program);
                }
            }
        }
    }

    /// Undoes what lasts.
    pub(super) fn heal(self, scene: &Scene) {
        match self {
            Fault::Silence(side) | Fault::Slow(side) | Fault::Garbage(side) => {
                let proxy: &Proxy = scene.side(side).1;
                // Nothing old goes on when bytes cross again.
                proxy.cut();
                proxy.set(Traffic::Open);
            }
            Fault::Revoke(side) => {
                execute(scene.side(side).0, "postgres", &format!("alter role {USER} superuser"));
            }
            Fault::DiskFull => {
                fs::remove_file(scene.filler()).expect("it was written");
                // Without space for its log the server may have stopped.
                if try_execute(&scene.target, "postgres", "select 1").is_err() {
                    scene.target.restart().expect("the server starts");
                }
            }
            _ => {}
        }
    }

    /// Whether a run that meets it has to go on.
    pub(super) fn is_harmless(self) -> bool {
        matches!(self, Fault::Slow(_) | Fault::Lock(_))
    }

    /// Why it cannot be tried here.
    pub(super) fn impossible(self, scene: &Scene) -> Option<&'static str> {
        let without_volume = self == Fault::DiskFull && !scene.has_volume;
        without_volume.then_some("a small volume cannot be mounted here")
    }
}

const CANCEL: &str = "do $$ begin for i in 1..100 loop \
    perform pg_cancel_backend(pid) from pg_stat_activity \
      where pid <> pg_backend_pid() and application_name ~ 'pg' and state = 'active'; \
    perform pg_sleep(0.005), pg_stat_clear_snapshot(); end loop; end $$";

const LOCK: &str = "set lock_timeout = '2s'; begin; lock table app.parent in access exclusive mode; select pg_sleep(2); commit";

/// Runs statements beside what the test goes on with. Whether they succeed is not what is tried.
fn during(cluster: &Cluster, dbname: &str, sql: &'static str) {
    let conninfo = cluster.conninfo("postgres", dbname);
    std::thread::spawn(move || {
        let _ = crate::survival::scene::run(&conninfo, sql);
    });
}

fn signal(name: &str, process: &str) {
    // One that has ended in the meantime needs none.
    let _ = Command::new("kill").args([name, process]).status();
}

/// The processes that a process has started.
fn children(process: u32) -> Vec<String> {
    let path = format!("/proc/{process}/task");
    let tasks = fs::read_dir(path).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Writes until nothing more fits.
fn fill(scene: &Scene) {
    let mut file = fs::File::create(scene.filler()).expect("the volume is writable");
    for size in [1 << 20, 1 << 12, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

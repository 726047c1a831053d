//! What stands between: poolers, load balancers, standbys.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use pgpassage::config::{Environment, cache_folders};
use pgpassage::demo::{Cluster, ClusterOptions};

use super::{assert_failed, assert_found, migrated, superusers, validated};
use crate::support::{folder, path_text};
use crate::{execute, found, newest, oldest_supported, start};

fn with_tcp() -> ClusterOptions {
    ClusterOptions { tcp: true, ..Default::default() }
}

/// Hands each connection to the next of some servers. Returns its port; it ends with the test.
fn balancer(ports: Vec<u16>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    std::thread::spawn(move || {
        for (client, port) in listener.incoming().flatten().zip(ports.into_iter().cycle()) {
            let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { return };
            for (from, to) in [(&client, &server), (&server, &client)] {
                let (mut from, mut to) =
                    (from.try_clone().expect("a socket"), to.try_clone().expect("a socket"));
                std::thread::spawn(move || {
                    let mut bytes = [0; 8192];
                    while let Ok(length @ 1..) = from.read(&mut bytes) {
                        if to.write_all(&bytes[..length]).is_err() {
                            break;
                        }
                    }
                    let _ = to.shutdown(std::net::Shutdown::Both);
                });
            }
        }
    });
    port
}

#[test]
fn a_load_balancer_is_found_before_the_snapshot_is_not() {
    let folder = folder("balanced");
    let found = found();
    let one = start(oldest_supported(&found), folder.path(), "one", &with_tcp());
    let two = start(oldest_supported(&found), folder.path(), "two", &with_tcp());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    for server in [&one, &two] {
        execute(server, "postgres", "create database shop");
        execute(server, "shop", "create table t as select generate_series(1, 10) as n");
    }
    let from = format!(
        "host=127.0.0.1 port={} user=postgres dbname=shop sslmode=disable",
        balancer(vec![one.port, two.port])
    );
    let to = target.conninfo("postgres", "postgres");
    let report = validated(&from, &to, &[]);
    assert_found(&report, "connectivity/load-balanced-endpoint: source server, database shop");
    let result = migrated(&from, &to, &[]);
    assert_eq!(result.0, 4, "{result:?}");
}

/// PgBouncer in transaction mode before a server, if this machine has it; its port is the second part.
struct Pooler(Child, u16);

impl Pooler {
    fn start(folder: &std::path::Path, server: &Cluster) -> Option<Pooler> {
        let cache = cache_folders(&Environment::of_process());
        let root = cache.iter().map(|folder| folder.join("pgbouncer")).find(|folder| folder.is_dir())?;
        let port = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
        let (ini, users) = (folder.join("pgbouncer.ini"), folder.join("users.txt"));
        std::fs::write(&users, "\"postgres\" \"\"\n").expect("own folder");
        let text = format!(
            "[databases]\n* = host={} port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = trust\nauth_file = {}\npool_mode = transaction\ndefault_pool_size = 4\n\
             ignore_startup_parameters = extra_float_digits,options\n",
            server.folder.display(),
            server.port,
            users.display()
        );
        std::fs::write(&ini, text).expect("own folder");
        let mut command = Command::new(root.join("usr/sbin/pgbouncer"));
        command.env("LD_LIBRARY_PATH", root.join("usr/lib/x86_64-linux-gnu"));
        // It refuses to run as root.
        if rustix::process::getuid().is_root() {
            command.args(["-u", "postgres"]);
        }
        let child = command.arg(path_text(&ini)).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let pooler = Pooler(child, port);
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(std::time::Instant::now() < deadline, "PgBouncer does not start");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Some(pooler)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_pooler_in_transaction_mode_is_found() {
    let folder = folder("pooled");
    let found = found();
    let source = start(oldest_supported(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(&source, "postgres", "create database shop");
    execute(&source, "shop", "create table t as select generate_series(1, 10) as n");
    let Some(pooler) = Pooler::start(folder.path(), &source) else {
        assert!(std::env::var_os("PGPASSAGE_LIVE").is_none(), "PgBouncer is missing: run scripts/setup");
        return;
    };
    let from = format!("host=127.0.0.1 port={} user=postgres dbname=shop", pooler.1);
    let report = validated(&from, &target.conninfo("postgres", "postgres"), &[]);
    assert_found(&report, "connectivity/pooler-endpoint: source server, database shop");
}

#[test]
fn a_standby_as_source_is_found_and_so_are_its_unlogged_tables() {
    let folder = folder("standby");
    let found = found();
    let primary = start(newest(&found), folder.path(), "p", &ClusterOptions::default());
    execute(&primary, "postgres", "create database shop");
    execute(
        &primary,
        "shop",
        "create table t as select generate_series(1, 10) as n; create unlogged table cache (id int)",
    );
    let standby = match primary.standby(&folder.path().join("s")) {
        Ok(standby) => standby,
        Err(error) => panic!("{error}: {:?}", std::error::Error::source(&error)),
    };
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    let (from, to) = superusers(&standby, "shop", &target);
    let report = validated(&from, &to, &[]);
    assert_found(&report, "connectivity/standby-as-source: source server");
    assert_found(&report, "schema/unlogged-table-on-standby: table public.cache");
    assert_failed(&migrated(&from, &to, &[]), "shop", "copy table public.cache");
    execute(&primary, "shop", "drop table cache");
    execute(&target, "postgres", "drop database if exists shop");
    std::thread::sleep(std::time::Duration::from_secs(1));
    let result = migrated(&from, &to, &[]);
    assert_eq!(result.0, 0, "{result:?}");
}

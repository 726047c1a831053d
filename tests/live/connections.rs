//! Each hop of a connection that can fail is named; every sslmode does what libpq's does; no password is shown.

use std::fs;
use std::path::Path;

use pgpassage::demo::{Cluster, ClusterOptions, Install};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use crate::support::{Ran, folder, path_text, pgpassage, pgpassage_with};
use crate::{execute, found, json, newest, start};

const PASSWORD: &str = "s3cret-Pässword";

fn connect(conninfo: &str) -> Ran {
    pgpassage(&[
        "validate",
        "--source",
        conninfo,
        "--profile",
        "azure-flexible-server",
        "--format",
        "json",
        "-q",
    ])
}

/// The rule and the message of the connection that failed; the TLS state of the one that did not.
fn outcome(conninfo: &str) -> String {
    outcome_of(&connect(conninfo))
}

fn outcome_of(ran: &Ran) -> String {
    let report = json(&ran.stdout);
    if report["source"]["version"].is_string() {
        return if report["source"]["tls"]["encrypted"] == true {
            "encrypted".to_owned()
        } else {
            "plain".to_owned()
        };
    }
    assert_eq!(ran.code, 3, "a server that cannot be read is code 3");
    let failed = report["instance"].as_array().into_iter().flatten().find(|j| j["status"] == "failed");
    failed
        .map(|j| {
            format!(
                "{}: {}",
                j["rule"].as_str().unwrap_or(""),
                j["findings"][0]["message"].as_str().unwrap_or("")
            )
        })
        .unwrap_or_default()
}

/// A certificate authority, and a certificate of it for `localhost`, in files the server can read.
fn certificates(folder: &Path) {
    let mut authority = CertificateParams::new(Vec::new()).expect("no names");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority =
        CertifiedIssuer::self_signed(authority, KeyPair::generate().expect("a key")).expect("a certificate");
    let key = KeyPair::generate().expect("a key");
    let server = CertificateParams::new(vec!["localhost".to_owned()])
        .expect("a name")
        .signed_by(&key, &authority)
        .expect("a certificate");
    let client_key = KeyPair::generate().expect("a key");
    let mut client = CertificateParams::new(Vec::new()).expect("no names");
    client.distinguished_name.push(DnType::CommonName, "cert_user");
    let client = client.signed_by(&client_key, &authority).expect("a certificate");
    let other_key = KeyPair::generate().expect("a key");
    let mut other = CertificateParams::new(Vec::new()).expect("no names");
    other.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let other = other.self_signed(&other_key).expect("a certificate");
    let write = |name: &str, text: String| fs::write(folder.join(name), text).expect("own folder");
    write("root.crt", authority.pem());
    write("other.crt", other.pem());
    write("client.crt", client.pem());
    write("client.key", client_key.serialize_pem());
    write("server.crt", server.pem());
    write("server.key", key.serialize_pem());
}

fn tls_server(folder: &Path) -> Cluster {
    tls_server_of(newest(&found()), folder)
}

fn tls_server_of(install: &Install, folder: &Path) -> Cluster {
    certificates(folder);
    let options = ClusterOptions {
        host_access: "local all postgres trust\n\
            hostssl all tls_only 127.0.0.1/32 trust\n\
            hostssl all cert_user 127.0.0.1/32 cert\n\
            hostssl all scram 127.0.0.1/32 scram-sha-256\n\
            hostnossl all plain_only 127.0.0.1/32 trust\n\
            host all postgres 127.0.0.1/32 trust\n"
            .to_owned(),
        tcp: true,
        ..Default::default()
    };
    let cluster = start(install, folder, "s", &options);
    execute(
        &cluster,
        "postgres",
        "create role tls_only login; create role plain_only login; create role scram login; create role cert_user login",
    );
    execute(
        &cluster,
        "postgres",
        &format!("set password_encryption = 'scram-sha-256'; alter role scram password '{PASSWORD}'"),
    );
    for name in ["server.crt", "server.key", "root.crt"] {
        let inside = cluster.data().join(name);
        fs::copy(folder.join(name), &inside).expect("own folder");
        let owner = format!("--reference={}", cluster.data().join("PG_VERSION").display());
        assert!(
            std::process::Command::new("chown").arg(&owner).arg(&inside).status().expect("chown").success()
        );
        assert!(
            std::process::Command::new("chmod").arg("0600").arg(&inside).status().expect("chmod").success()
        );
    }
    execute(&cluster, "postgres", "alter system set ssl_ca_file = 'root.crt'");
    execute(&cluster, "postgres", "alter system set ssl = on");
    cluster.restart().expect("the server restarts with TLS");
    cluster
}

#[test]
fn every_sslmode_does_what_it_says() {
    let folder = folder("tls");
    let server = tls_server(folder.path());
    let root = path_text(&folder.path().join("root.crt"));
    let other = path_text(&folder.path().join("other.crt"));
    let at = |host: &str, user: &str, more: &str| {
        format!("host={host} port={} user={user} dbname=postgres {more}", server.port)
    };
    assert_eq!(outcome(&at("localhost", "postgres", "sslmode=disable")), "plain");
    assert_eq!(outcome(&at("localhost", "postgres", "sslmode=allow")), "plain");
    assert_eq!(outcome(&at("localhost", "tls_only", "sslmode=allow")), "encrypted");
    assert_eq!(outcome(&at("localhost", "postgres", "sslmode=prefer")), "encrypted");
    assert_eq!(outcome(&at("localhost", "plain_only", "sslmode=prefer")), "plain");
    assert_eq!(outcome(&at("localhost", "postgres", "sslmode=require")), "encrypted");
    assert_eq!(
        outcome(&at("localhost", "postgres", &format!("sslmode=verify-ca sslrootcert={root}"))),
        "encrypted"
    );
    assert_eq!(
        outcome(&at("127.0.0.1", "postgres", &format!("sslmode=verify-ca sslrootcert={root}"))),
        "encrypted"
    );
    assert_eq!(
        outcome(&at("localhost", "postgres", &format!("sslmode=verify-full sslrootcert={root}"))),
        "encrypted"
    );
    for refused in [
        at("127.0.0.1", "postgres", &format!("sslmode=verify-full sslrootcert={root}")),
        at("localhost", "postgres", &format!("sslmode=verify-ca sslrootcert={other}")),
        at("localhost", "postgres", &format!("sslmode=require sslrootcert={other}")),
        at("localhost", "postgres", "sslmode=verify-full"),
        at("localhost", "postgres", "sslmode=verify-full sslrootcert=/nonexistent"),
    ] {
        let outcome = outcome(&refused);
        assert!(outcome.starts_with("connectivity/tls-handshake-failed"), "{refused}: {outcome}");
    }
    let refused = outcome(&at("localhost", "tls_only", "sslmode=disable"));
    assert!(refused.starts_with("connectivity/access-rejected"), "{refused}");

    // A client certificate, whose key only its owner may read.
    let (cert, key) = (folder.path().join("client.crt"), folder.path().join("client.key"));
    let with_cert = at(
        "localhost",
        "cert_user",
        &format!("sslmode=require sslcert={} sslkey={}", cert.display(), key.display()),
    );
    let chmod_key = |mode: &str| {
        assert!(std::process::Command::new("chmod").arg(mode).arg(&key).status().expect("chmod").success());
    };
    chmod_key("0600");
    assert_eq!(outcome(&with_cert), "encrypted");
    chmod_key("0666");
    assert!(outcome(&with_cert).contains("others may read it"), "{}", outcome(&with_cert));
    let without = outcome(&at("localhost", "cert_user", "sslmode=require"));
    assert!(without.starts_with("connectivity/"), "{without}");

    // SCRAM with channel binding, and a password that is nowhere to be seen.
    let scram = at("localhost", "scram", "sslmode=require channel_binding=require");
    let variables = [("PGPASSAGE_SOURCE_PASSWORD", PASSWORD)];
    let facts = path_text(&folder.path().join("facts.json"));
    let html = path_text(&folder.path().join("r.html"));
    let ran = pgpassage_with(
        &[
            "validate",
            "--source",
            &scram,
            "--profile",
            "azure-flexible-server",
            "--format",
            "json",
            "--report",
            &html,
        ],
        &variables,
    );
    assert_eq!(outcome_of(&ran), "encrypted");
    let collected = pgpassage_with(&["collect", "--source", &scram, "-o", &facts], &variables);
    let wrong = pgpassage_with(
        &["validate", "--source", &scram, "--format", "json"],
        &[("PGPASSAGE_SOURCE_PASSWORD", "wr0ng-pass")],
    );
    assert!(outcome_of(&wrong).starts_with("connectivity/authentication-failed"), "{}", outcome_of(&wrong));
    let texts =
        [&ran.stdout, &ran.stderr, &collected.stdout, &collected.stderr, &wrong.stdout, &wrong.stderr];
    let files = [&facts, &html].map(|file| fs::read_to_string(file).expect("it was written"));
    for text in texts.into_iter().chain(&files) {
        assert!(!text.contains(PASSWORD) && !text.contains("wr0ng-pass"), "a password was shown");
    }

    // A password file is used when only its owner may read it.
    let passfile = folder.path().join("pgpass");
    fs::write(&passfile, format!("localhost:{}:*:scram:{PASSWORD}\n", server.port)).expect("own folder");
    let with_file = at("localhost", "scram", &format!("sslmode=require passfile={}", passfile.display()));
    let chmod = |mode: &str| {
        assert!(
            std::process::Command::new("chmod").arg(mode).arg(&passfile).status().expect("chmod").success()
        );
    };
    chmod("0600");
    assert_eq!(outcome(&with_file), "encrypted");
    chmod("0644");
    assert!(outcome(&with_file).starts_with("connectivity/authentication-failed"));
}

#[test]
fn rows_cross_encrypted_connections() {
    let folder = folder("rows");
    // The fetched pg_dump cannot do TLS; the distribution's can, for servers that are no newer.
    let found = found();
    let bin = |install: &Install| format!("/usr/lib/postgresql/{}/bin", install.major);
    let install = found.iter().find(|i| Path::new(&bin(i)).join("pg_dump").is_file());
    let Some(install) = install else { return };
    let server = tls_server_of(install, folder.path());
    execute(&server, "postgres", "create database rows");
    execute(
        &server,
        "rows",
        "create table small (id int primary key, note text, kind regtype); \
         insert into small select g, repeat('x', g % 500), 'int' from generate_series(1, 20000) g; \
         create table large (id int, body text); insert into large select g, repeat(md5(g::text), 100000) from generate_series(1, 5) g; \
         create table empty (id int)",
    );
    let at = |dbname: &str| {
        format!("host=localhost port={} user=tls_only dbname={dbname} sslmode=require", server.port)
    };
    execute(&server, "postgres", "alter role tls_only superuser");
    let (from, to) = (at("rows"), at("postgres"));
    let servers =
        ["--source", &from, "--target", &to, "--map-database", "rows=again", "--format", "json", "-q"];
    let ran = pgpassage_with(&[&["migrate"][..], &servers].concat(), &[("PGPASSAGE_PG_BIN", &bin(install))]);
    let report = crate::json(&ran.stdout);
    assert_eq!(ran.code, 0, "{} {report:#}", ran.stderr);
    assert_eq!(report["verification"]["databases"][0]["rows"], 20005);
}

#[test]
fn a_failed_connection_says_which_hop_it_was() {
    let folder = folder("hops");
    let found = found();
    let options = ClusterOptions {
        host_access: "local all all trust\nhost all postgres 127.0.0.1/32 trust\n".to_owned(),
        settings: vec![
            "max_connections = 5".into(),
            "superuser_reserved_connections = 1".into(),
            "max_wal_senders = 0".into(),
        ],
        tcp: true,
        ..Default::default()
    };
    let server = start(newest(&found), folder.path(), "s", &options);
    let port = server.port;
    let starts = |conninfo: &str, rule: &str, says: &str| {
        let outcome = outcome(conninfo);
        assert!(outcome.starts_with(rule) && outcome.contains(says), "{conninfo}: {outcome}");
    };
    starts(
        &format!("host=no-such-host.invalid port={port} user=u"),
        "connectivity/server-unreachable",
        "name resolution",
    );
    starts("host=127.0.0.1 port=1 user=u", "connectivity/server-unreachable", "Connection refused");
    starts(
        &format!("host=127.0.0.1 port={port} user=postgres sslmode=require"),
        "connectivity/tls-handshake-failed",
        "TLS not offered",
    );
    starts(
        &format!("host=127.0.0.1 port={port} user=nobody_here dbname=postgres"),
        "connectivity/access-rejected",
        "no pg_hba.conf entry",
    );
    starts(
        &format!("host={} port={port} user=nobody_here dbname=postgres", server.folder.display()),
        "connectivity/authentication-failed",
        "does not exist",
    );
    starts(
        &server.conninfo("postgres", "no_such_database"),
        "connectivity/database-refuses-connections",
        "does not exist",
    );
    execute(&server, "postgres", "create database closed allow_connections false");
    starts(
        &server.conninfo("postgres", "closed"),
        "connectivity/database-refuses-connections",
        "not currently accepting connections",
    );
    // Several hosts: the first that answers is used.
    assert_eq!(outcome(&format!("host=127.0.0.1,127.0.0.1 port=1,{port} user=postgres")), "plain");
    execute(&server, "postgres", "alter system set max_connections = 2");
    execute(&server, "postgres", "create role crowd login");
    server.restart().expect("the server restarts");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let env = pgpassage::config::Environment::default();
    let text = server.conninfo("postgres", "postgres");
    let endpoint = pgpassage::config::resolve_endpoint(pgpassage::facts::Side::Source, &text, &env, false)
        .expect("a good string");
    let held = runtime
        .block_on(pgpassage::server::connect(&endpoint, "postgres", None))
        .expect("the first connection");
    starts(&server.conninfo("crowd", "postgres"), "connectivity/server-not-ready", "connection slots");
    drop(held);
}

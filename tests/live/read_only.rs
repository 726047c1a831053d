//! A validation writes nothing: on a quiet server its catalogs, its counters of writes, its next transaction and its
//! write-ahead log are the same before and after.

use pgpassage::demo::{Cluster, ClusterOptions};

use crate::fixes::psql;
use crate::support::{folder, path_text, pgpassage};
use crate::{execute, found, newest, oldest_supported, start};

/// What every write changes: rows of catalogs with their transactions, rows written, the next transaction, and the place
/// in the write-ahead log.
const STATE: &str = "
create function state() returns setof text language plpgsql as $$
declare one record; seen text;
begin
  for one in select c.relname from pg_class c
              where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind = 'r' order by 1 loop
    execute format('select count(*) || $q$ $q$ || coalesce(sum(xmin::text::bigint), 0) || $q$ $q$ ||
                           coalesce(sum(hashtext(ctid::text)::bigint), 0) from pg_catalog.%I', one.relname) into seen;
    return next one.relname || ' ' || seen;
  end loop;
  return query select 'written ' || sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_all_tables;
  return query select 'next transaction ' || txid_snapshot_xmax(txid_current_snapshot());
  return query select 'log ' || pg_current_wal_insert_lsn();
end $$;
create table t (id int primary key, v text);
insert into t select i, i from generate_series(1, 1000) i;
delete from t where id % 7 = 0;
select lo_from_bytea(0, 'x');
";

fn quiet(install: &pgpassage::demo::Install, folder: &std::path::Path, name: &str) -> Cluster {
    let settings =
        ["autovacuum = off", "checkpoint_timeout = 1d", "wal_level = minimal", "max_wal_senders = 0"];
    // With checksums, a page that is read for the first time may be logged for its hint bits.
    let checksums = (install.major >= 18).then(|| "--no-data-checksums".to_owned());
    let options = ClusterOptions {
        settings: settings.map(str::to_owned).to_vec(),
        initdb: checksums.into_iter().collect(),
        ..ClusterOptions::default()
    };
    let cluster = start(install, folder, name, &options);
    execute(&cluster, "postgres", STATE);
    for database in ["postgres", "template1"] {
        // The first one leaves rows of statistics behind that the first reader would tidy up.
        execute(&cluster, database, "vacuum (freeze, analyze)");
        execute(&cluster, database, "vacuum (freeze)");
    }
    execute(&cluster, "postgres", "checkpoint");
    cluster
}

fn state(cluster: &Cluster) -> String {
    let output = psql(cluster, "postgres", &["-Atc", "select state()"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_validation_writes_nothing_on_either_server() {
    let folder = folder("readonly");
    let found = found();
    let source = quiet(oldest_supported(&found), folder.path(), "s");
    let target = quiet(newest(&found), folder.path(), "t");
    let (from, to) = (source.conninfo("postgres", "postgres"), target.conninfo("postgres", "postgres"));
    let facts = path_text(&folder.path().join("facts.json"));
    let servers = ["--source", &from, "--target", &to, "--deep"];
    let before = (state(&source), state(&target));
    for (command, more) in [("validate", ["--format", "json"]), ("collect", ["--output", &facts])] {
        let ran = pgpassage(&[&[command][..], &servers, &more].concat());
        assert!(matches!(ran.code, 0 | 1), "{}", ran.stderr);
    }
    assert_eq!((state(&source), state(&target)), before);
}

//! What looks like trouble and is none: no rule stops it, and the migration works.

use pgpassage::demo::ClusterOptions;

use crate::modes::{migrated, superusers, validated};
use crate::support::folder;
use crate::{execute, found, newest, oldest_supported, start, with_status};

#[test]
fn what_only_looks_like_trouble_stops_nothing() {
    let folder = folder("false-alarms");
    let found = found();
    let options = ClusterOptions {
        settings: vec![
            "max_prepared_transactions = 2".into(),
            "shared_preload_libraries = 'pg_stat_statements'".into(),
        ],
        ..Default::default()
    };
    let source = start(oldest_supported(&found), folder.path(), "s", &options);
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(&source, "postgres", "create database alarms");
    execute(
        &source,
        "postgres",
        "create table waits (i int); begin; insert into waits values (1); prepare transaction 'other'",
    );
    execute(&source, "alarms", include_str!("false_alarms.sql"));
    let stubborn = "alter role postgres set default_transaction_isolation = 'serializable'; \
                    alter role postgres set default_transaction_deferrable = on; \
                    alter role postgres set default_transaction_read_only = on";
    execute(&source, "postgres", stubborn);
    execute(&target, "postgres", stubborn);

    let (from, to) = superusers(&source, "alarms", &target);
    let report = validated(&from, &to, &[]);
    let stops = [with_status(&report, "failed"), with_status(&report, "could_not_check")].concat();
    assert!(stops.is_empty(), "{stops:#?}");
    let warnings = with_status(&report, "warning");
    let warned = |line: &str| warnings.iter().any(|warning| warning == line);
    assert!(warned("settings/preload-library-missing: extension pg_stat_statements"), "{warnings:#?}");
    assert!(warned("connectivity/target-read-only-by-default: user postgres"), "{warnings:#?}");
    for rule in ["settings/behaviour-differs", "schema/dictionary-file", "schema/check-reads-tables"] {
        assert!(!warnings.iter().any(|warning| warning.starts_with(rule)), "{warnings:#?}");
    }
    assert_eq!(migrated(&from, &to, &[]), (0, vec![]));
}

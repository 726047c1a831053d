//! Settings of databases, roles and functions that a newer version refuses, and libraries that it does not have.

use pgpassage::demo::ClusterOptions;

use crate::modes::{migrated, superusers, validated};
use crate::support::folder;
use crate::{execute, found, newest, start, with_status};

#[test]
fn settings_that_a_newer_version_refuses_are_found() {
    let folder = folder("settings");
    let found = found();
    let old = found.iter().find(|install| install.major < 12).expect("run scripts/setup 10");
    let source = start(old, folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(&source, "postgres", "create database settings");
    execute(&source, "postgres", "create database left_behind");
    execute(
        &source,
        "settings",
        "alter database settings set client_min_messages = fatal; \
         alter database settings set default_with_oids = off; \
         alter database settings set session_preload_libraries = 'auto_explain', 'timetravel'; \
         alter database settings set lc_time = 'C'; \
         alter database settings set synchronous_commit = 'yes'; \
         create role app; alter role app set password_encryption = on; alter role app set work_mem = '1GB'; \
         alter role postgres set password_encryption = on; \
         alter database left_behind set client_min_messages = panic; \
         create function removed() returns int language sql set operator_precedence_warning = off as 'select 1'; \
         create function known() returns int language sql set log_statement = 'all' set app.tenant = '7' as 'select 1'; \
         create function travels() returns trigger language c as '$libdir/timetravel', 'timetravel'; \
         create function counts() returns trigger language c as 'autoinc', 'autoinc'",
    );
    let (from, to) = superusers(&source, "settings", &target);
    let expected = [
        "schema/function-library-missing: function public.travels()",
        "schema/function-setting-refused: function public.removed()",
        "settings/override-library-missing: setting session_preload_libraries of database settings",
        "settings/override-value-refused: setting client_min_messages of database settings, setting password_encryption of role app",
    ];
    assert_eq!(with_status(&validated(&from, &to, &[]), "failed"), expected);
    // Each of them ends a migration.
    let ends = |words: &str, then: &str| {
        let (code, errors) = migrated(&from, &to, &["--if-exists", "overwrite"]);
        assert!(code == 4 && errors.join(" ").contains(words), "{words}: {code} {errors:?}");
        execute(&source, "settings", then);
    };
    ends("invalid value for parameter \"password_encryption\"", "alter role app reset password_encryption");
    ends("operator_precedence_warning", "alter function removed() reset all; drop function travels()");
    ends(
        "invalid value for parameter \"client_min_messages\"",
        "alter database settings reset client_min_messages",
    );
    ends("timetravel", "alter database settings reset session_preload_libraries");
    execute(&target, "postgres", "drop database settings");
    let failed = with_status(&validated(&from, &to, &[]), "failed");
    assert!(failed.is_empty(), "{failed:#?}");

    // Who is no superuser may not set everything; what was granted, he may.
    execute(
        &target,
        "postgres",
        "create role mover login createdb createrole; grant set on parameter log_statement to mover",
    );
    execute(&source, "settings", "drop function counts(); alter database settings set app.tenant = '8'");
    let to = target.conninfo("mover", "postgres");
    let report = validated(&from, &to, &["--owner", "target-user"]);
    let about = |line: &&String| line.contains("known()") || line.contains("app.tenant");
    assert_eq!(
        with_status(&report, "warning").iter().filter(about).collect::<Vec<_>>(),
        [
            "privileges/function-setting-left-out: setting app.tenant of function public.known()",
            "settings/override-needs-superuser: setting app.tenant of database settings",
        ]
    );
}

//! Extensions: where they lie, which versions there are, what they need.

use pgpassage::demo::ClusterOptions;

use super::{assert_failed, assert_found, migrated, superusers, validated};
use crate::support::{folder, path_text, pgpassage};
use crate::{execute, found, json, newest, oldest_supported, start};

#[test]
fn extensions_that_the_target_takes_otherwise_are_found() {
    let folder = folder("extensions");
    let found = found();
    let preload = ClusterOptions {
        settings: vec!["shared_preload_libraries = 'pg_stat_statements'".into()],
        ..Default::default()
    };
    let source = start(oldest_supported(&found), folder.path(), "s", &preload);
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    for name in ["older", "newer", "configured", "tle", "system"] {
        execute(&source, "postgres", &format!("create database {name}"));
    }
    execute(&source, "older", "create extension pg_trgm version '1.3'");
    execute(&source, "newer", "create extension pg_trgm; create extension pg_stat_statements");
    // A table of settings, as extensions with tables of their own declare it.
    execute(
        &source,
        "configured",
        "create extension hstore; create table settings (name text, value text); insert into settings values ('a', 'b')",
    );
    execute(
        &source,
        "configured",
        "alter extension hstore add table settings; \
         update pg_extension set extconfig = array['settings'::regclass::oid], extcondition = array[''] where extname = 'hstore'",
    );
    execute(
        &source,
        "tle",
        "create schema pgtle; create function pgtle.\"mine.control\"() returns text language sql as 'select ''x''::text'",
    );
    execute(
        &source,
        "system",
        "create extension pg_trgm schema pg_catalog; create type own; create function own_in(cstring) returns own language internal immutable strict as 'int4in'; \
         create function own_out(own) returns cstring language internal immutable strict as 'int4out'; \
         create type own (input = own_in, output = own_out, like = int4)",
    );
    let (from, to) = superusers(&source, "postgres", &target);
    let report = validated(&from, &to, &["--all-databases"]);
    assert_found(&report, "extensions/mixed-versions: extension pg_trgm in database older");
    assert_found(&report, "extensions/configuration-rows: table public.settings");
    assert_found(&report, "extensions/installed-by-pg-tle: extension mine");
    assert_found(&report, "settings/preload-library-missing: extension pg_stat_statements");
    // No extension at hand refuses to be created, so the profile says that one does.
    let refuses = folder.path().join("refuses.toml");
    let needs = "[[preload_needs]]\nextension = 'pg_trgm'\nlibrary = 'pg_trgm'\ncreate_fails = true\n";
    std::fs::write(&refuses, needs).expect("a file of our own");
    let required = validated(&from, &to, &["-d", "newer", "--profile", &path_text(&refuses)]);
    assert_found(&required, "settings/preload-library-required: extension pg_trgm");
    // The extension of the target has no such table: the copy fails, and says so.
    assert_failed(&migrated(&from, &to, &["-d", "configured"]), "configured", "settings");

    // Without a target, the profile of a service knows what only a superuser may do there.
    let ran = pgpassage(&[
        "validate",
        "--source",
        &from,
        "-d",
        "system",
        "-d",
        "newer",
        "--profile",
        "azure-flexible-server",
        "--format",
        "json",
        "-q",
    ]);
    let report = json(&ran.stdout);
    assert_found(&report, "extensions/in-system-schema: extension pg_trgm");
    assert_found(&report, "extensions/migration-note: extension pg_stat_statements");
    assert_found(
        &report,
        "privileges/object-needs-superuser-on-profile: base type public.own, function in internal public.own_in(cstring), function in internal public.own_out(public.own)",
    );
}

#[test]
fn an_older_extension_on_the_target_is_found() {
    let folder = folder("older");
    let found = found();
    let source = start(newest(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(oldest_supported(&found), folder.path(), "t", &ClusterOptions::default());
    execute(&source, "postgres", "create database later");
    // What this version brought is used, so the older one cannot do.
    execute(
        &source,
        "later",
        "create extension pg_stat_statements; create view v as select parallel_workers_launched from pg_stat_statements",
    );
    let (from, to) = superusers(&source, "later", &target);
    let report = validated(&from, &to, &[]);
    assert_found(&report, "extensions/older-on-target: extension pg_stat_statements");
    assert_failed(&migrated(&from, &to, &[]), "later", "parallel_workers_launched");
}

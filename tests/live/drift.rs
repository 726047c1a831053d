//! What changed between PostgreSQL 13 and 18, made on a real server, and found.

use pgpassage::demo::ClusterOptions;

use crate::support::{folder, pgpassage};
use crate::{execute, found, json, newest, start, with_status};

/// The oldest and the newest server that this needs; without them there is nothing to drift.
const OLD: u32 = 13;
const NEW: u32 = 18;

#[test]
fn what_newer_versions_refuse_is_found_before() {
    let folder = folder("drift");
    let found = found();
    let (Some(old), true) = (found.iter().find(|i| i.major == OLD), newest(&found).major >= NEW) else {
        return;
    };
    let options = ClusterOptions {
        settings: vec!["wal_level = logical".into(), "max_prepared_transactions = 5".into()],
        ..Default::default()
    };
    let source = start(old, folder.path(), "s", &options);
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(&source, "postgres", "create database drift");
    execute(
        &source,
        "postgres",
        "create role ops login; create role web login; set password_encryption = md5; create role aged login password 'x'",
    );
    execute(&source, "drift", include_str!("drift.sql"));
    // Before the prepared transaction: making a slot waits for those under way.
    execute(&source, "drift", "select pg_create_logical_replication_slot('capture', 'pgoutput')");
    execute(&source, "drift", "begin; insert into broken values (1); prepare transaction 'two-phase'");
    execute(&target, "postgres", "create role mover login createdb createrole");
    let (from, to) = (source.conninfo("postgres", "drift"), target.conninfo("mover", "postgres"));
    let ran = pgpassage(&["validate", "--source", &from, "--target", &to, "--format", "json", "-q"]);
    let report = json(&ran.stdout);
    assert_eq!(with_status(&report, "could_not_check"), [""; 0], "{}", ran.stderr);
    assert_eq!(
        with_status(&report, "failed"),
        [
            "activity/prepared-transaction: prepared transaction two-phase",
            "data/nulls-below-not-null: column public.child.v",
            "data/rows-without-parent: constraint lines_order_id_fkey on public.lines",
            "privileges/grant-on-removed-object: function pg_is_in_backup()",
            "privileges/object-needs-superuser: foreign-data wrapper away",
            "schema/child-column-generated: column public.computed.b",
            "schema/name-becomes-keyword: constraint named on public.people, index public.people_lower_idx, routine public.of_document(text)",
            "schema/name-taken-on-target: constraint people_id_not_null on public.people, domain public.filled, range type public.floatrange",
            "schema/object-on-removed-name: column public.shapes.inside, constraint shapes_check on public.shapes, index public.shapes_expr_idx",
            "schema/polymorphic-array-function: aggregate public.together(anyelement)",
            "schema/postfix-operator: operator public.!!!(integer,NONE)",
            "schema/search-path-dependent-function: function public.rate(integer), function public.rates()",
            "schema/view-on-changed-row: view public.who",
            "schema/view-on-removed-column: view public.checkpoints",
            "schema/view-on-removed-name: view public.started",
            "settings/override-name-refused: setting app.bad-name of database drift",
        ]
    );
    // What carries no rows is left out and listed, unless that is not wanted.
    let strict =
        ["validate", "--source", &from, "--target", &to, "--on-refused", "fail", "--format", "json", "-q"];
    let failed = with_status(&json(&pgpassage(&strict).stdout), "failed");
    for expected in [
        "roles/owner-cannot-be-set: role postgres",
        "privileges/grant-on-system-catalog: pg_authid for ops",
        "privileges/object-needs-superuser: event trigger watch, foreign-data wrapper away, publication for all tables everything",
    ] {
        assert!(failed.iter().any(|line| line == expected), "{expected}: {failed:#?}");
    }
    let warnings = with_status(&report, "warning");
    for expected in [
        "extensions/version-changes: extension pg_trgm",
        "privileges/public-schema-closed: schema public",
        "replication/inactive-slot: replication slot capture",
        "replication/logical-slot-not-carried: replication slot capture",
        "replication/publication: publication everything",
        "replication/target-wal-level: setting wal_level",
        "roles/md5-password: role aged",
        "schema/check-reads-tables: constraint audited_o_check on public.audited",
        "schema/child-column-nullable: column public.child.v",
        "schema/constraint-not-valid: constraint positive on public.orders",
        "schema/event-trigger: event trigger watch",
        "schema/foreign-key-not-enforced: constraint lines_order_id_fkey on public.lines",
        "schema/foreign-server: foreign server elsewhere",
        "schema/function-on-removed-name: function public.begin_backup()",
        "schema/invalid-index: index public.broken_id",
        "schema/materialized-view-not-filled: materialized view public.later",
        "schema/materialized-view-runs-text: materialized view public.words",
        "schema/object-number-column: column public.orders.made_by",
        "schema/registered-name-column: column public.orders.checker",
        "schema/sequence-near-its-end: sequence public.tight",
        "schema/user-defined-cast: cast money as integer",
        "settings/prepared-transactions-off: setting max_prepared_transactions",
    ] {
        assert!(warnings.iter().any(|w| w == expected), "{expected} is missing: {warnings:#?}");
    }

    // Unprotected, the migration fails over what was found, and says over what.
    let ran = pgpassage(&[
        "migrate",
        "--source",
        &from,
        "--target",
        &target.conninfo("postgres", "postgres"),
        "--format",
        "json",
        "-q",
    ]);
    assert_eq!(ran.code, 4);
    let error = json(&ran.stdout)["databases"][0]["migration"]["error"].to_string();
    assert!(error.contains("create "), "{error}");
}

#[test]
fn a_healthy_database_gives_no_error_and_few_warnings() {
    let folder = folder("healthy");
    let found = found();
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    for install in found.iter().filter(|i| i.major >= 13) {
        let source =
            start(install, folder.path(), &format!("s{}", install.major), &ClusterOptions::default());
        execute(&source, "postgres", "create database healthy");
        execute(
            &source,
            "healthy",
            "create type mood as enum ('good', 'bad'); create domain positive as int check (value > 0); \
             create table customers (id bigint generated always as identity primary key, name text not null unique, mood mood default 'good'); \
             create table orders (id uuid primary key default gen_random_uuid(), customer bigint not null references customers, \
                                  amount numeric(12,2) check (amount >= 0), placed timestamptz not null default now(), tags text[], doc jsonb); \
             create index on orders (customer, placed); create index on orders using gin (doc); \
             create table events (at date not null, what text, primary key (at, what)) partition by range (at); \
             create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01'); \
             create view totals as select customer, sum(amount) from orders group by 1; \
             create materialized view best as select * from totals; create unique index on best (customer); \
             create function touch() returns trigger language plpgsql as 'begin new.placed = now(); return new; end'; \
             create trigger touch before update on orders for each row execute function touch(); \
             insert into customers (name) select 'c' || g from generate_series(1, 100) g; \
             insert into orders (customer, amount) select 1 + g % 100, g from generate_series(1, 1000) g; analyze",
        );
        let (from, to) = (source.conninfo("postgres", "healthy"), target.conninfo("postgres", "postgres"));
        let ran = pgpassage(&["validate", "--source", &from, "--target", &to, "--format", "json", "-q"]);
        let report = json(&ran.stdout);
        assert_eq!(ran.code, 0, "{}: {:?}", install.major, with_status(&report, "could_not_check"));
        let known =
            ["versions/source-end-of-life", "extensions/version-changes", "locale/sort-order-may-differ"];
        let unexpected: Vec<String> = with_status(&report, "warning")
            .into_iter()
            .filter(|w| !known.iter().any(|k| w.starts_with(k)))
            .collect();
        assert_eq!(unexpected, [""; 0], "{}", install.major);
    }
}

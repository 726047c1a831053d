//! Roles, their rights and their settings.

use pgpassage::demo::ClusterOptions;

use super::{assert_failed, assert_found, migrated, validated};
use crate::support::folder;
use crate::{execute, found, newest, oldest_supported, start};

#[test]
fn roles_that_arrive_otherwise_are_found() {
    let folder = folder("rights");
    let found = found();
    let source = start(oldest_supported(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(
        &source,
        "postgres",
        "create role reader; create role lead login createrole; grant reader to lead with admin option; create role junior; \
         create role copier replication bypassrls; create role boss superuser; create role azure_pg_admin; \
         create role gone; create role mover login; grant pg_read_all_settings to mover",
    );
    execute(&source, "postgres", "set session authorization lead; grant reader to junior");
    execute(&source, "postgres", "create database shop owner mover");
    execute(
        &source,
        "shop",
        "create table t (id int); alter table t owner to mover; grant select on t to gone; \
         select lo_create(4711); grant usage on schema public to mover",
    );
    // A role that was taken out of the catalog by hand leaves its number behind.
    execute(&source, "postgres", "delete from pg_authid where rolname = 'gone'");
    execute(
        &target,
        "postgres",
        "create role mover login createdb createrole; grant pg_read_all_settings to mover",
    );
    execute(
        &target,
        "postgres",
        "alter role mover set statement_timeout = '50ms'; alter role mover set lock_timeout = '50ms'",
    );
    let (from, to) = (source.conninfo("mover", "shop"), target.conninfo("mover", "postgres"));
    let report = validated(&from, &to, &[]);
    assert_found(&report, "roles/membership-grantor: membership of junior in reader");
    assert_found(&report, "roles/attribute-not-carried: role copier");
    assert_found(&report, "roles/superuser-not-carried: role boss");
    assert_found(&report, "privileges/large-object-not-readable: large objects of postgres");
    assert_found(&report, "settings/time-limit-on-target: setting lock_timeout, setting statement_timeout");
    let dangling = crate::with_status(&report, "failed");
    assert!(dangling.iter().any(|w| w.starts_with("roles/dangling-grantee: role number ")), "{dangling:#?}");
    let report = validated(&from, &to, &["--profile", "azure-flexible-server"]);
    assert_found(&report, "roles/reserved-name: role azure_pg_admin");
    assert_failed(&migrated(&from, &to, &[]), "shop", "does not exist");
    execute(&source, "shop", "update pg_class set relacl = null where relname = 't'");
    execute(&target, "postgres", "drop database shop");
    // The large object stops it; the time limits of the role do not.
    assert_failed(&migrated(&from, &to, &[]), "shop", "permission denied for large object 4711");
    execute(&source, "shop", "select lo_unlink(4711)");
    execute(&target, "postgres", "drop database shop");
    let result = migrated(&from, &to, &[]);
    assert_eq!(result.0, 0, "{result:?}");
}

//! What no dump contains is found before a migration, and listed after one without validation.

use pgpassage::demo::ClusterOptions;

use crate::support::{folder, pgpassage};
use crate::{execute, found, json, newest, start, with_status};

#[test]
fn what_no_dump_contains_is_found_and_listed() {
    let folder = folder("outside");
    let found = found();
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    for install in found.iter().filter(|install| [10, 13, 18].contains(&install.major)) {
        let source =
            start(install, folder.path(), &format!("s{}", install.major), &ClusterOptions::default());
        execute(&source, "postgres", "create database odd");
        // Each in a transaction of its own, as by hand.
        for statement in include_str!("outside_dump.sql").lines() {
            execute(&source, "odd", statement);
        }
        let (from, to) = (source.conninfo("postgres", "odd"), target.conninfo("postgres", "postgres"));
        let servers = ["--source", &from, "--target", &to, "--format", "json", "-q"];
        let report = json(&pgpassage(&[&["validate"][..], &servers].concat()).stdout);
        let (failed, warnings) = (with_status(&report, "failed"), with_status(&report, "warning"));
        assert!(
            failed.iter().any(|f| f == "schema/needs-object-outside-dump: table public.mine"),
            "{failed:#?}"
        );
        let expected = "schema/object-outside-dump: function my_util(), function pg_sleep(double precision), \
                        operator public.=~=~=(integer,integer), text search configuration english, \
                        text search dictionary public.intdict";
        assert!(warnings.iter().any(|w| w == expected), "{warnings:#?}");
        let expected = "settings/outside-migration: setting work_mem of all roles";
        assert!(warnings.iter().any(|w| w == expected), "{warnings:#?}");

        // Unprotected, the view over what is missing fails; without it the migration lists the rest.
        let ran = pgpassage(&[&["migrate"][..], &servers].concat());
        assert_eq!(ran.code, 4, "{}", ran.stdout);
        execute(&source, "odd", "drop view over_mine; drop function pg_catalog.my_util()");
        execute(&target, "postgres", "drop database if exists odd");
        let ran = pgpassage(&[&["migrate"][..], &servers].concat());
        assert_eq!(ran.code, 0, "{} {}", ran.stdout, ran.stderr);
        for told in
            ["table public.mine", "text search dictionary public.intdict", "setting work_mem of all roles"]
        {
            assert!(ran.stdout.contains(told), "{told}: {}", ran.stdout);
        }
        execute(&target, "postgres", "drop database if exists odd");
    }
}

#[test]
fn a_renamed_public_is_as_pg_dump_brings_it_and_its_first_grants_are_listed() {
    let folder = folder("renamed");
    let found = found();
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    let install = found.iter().find(|install| install.major == 13).expect("13 is among the servers");
    let source = start(install, folder.path(), "s", &ClusterOptions::default());
    execute(&source, "postgres", "create database renamed");
    execute(
        &source,
        "renamed",
        "alter schema public rename to old; create function pg_catalog.my_util() returns int language sql as 'select 1'; \
         create table old.t (x int, twice int generated always as (x * 2) stored, c \"char\", d xml); \
         insert into old.t (x, c, d) values (1, (-56)::\"char\", '<a/>'), (2, 'x', null), (3, '', null)",
    );
    let (from, to) = (source.conninfo("postgres", "renamed"), target.conninfo("postgres", "postgres"));
    let ran = pgpassage(&["migrate", "--source", &from, "--target", &to, "--format", "json", "-q"]);
    assert_eq!(ran.code, 0, "{} {}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("USAGE to PUBLIC on it is in no dump"), "{}", ran.stdout);
    execute(
        &target,
        "renamed",
        "do $$ begin assert not exists (select from pg_namespace where nspname = 'public'); \
         assert (select c = (-56)::\"char\" from old.t where x = 1); end $$",
    );
}

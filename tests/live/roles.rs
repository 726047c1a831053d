//! Roles under other names: those that the user maps, and those of the source's provider.

use pgpassage::demo::{Cluster, ClusterOptions};
use serde_json::Value;

use crate::support::{folder, path_text, pgpassage};
use crate::{execute, found, json, newest, oldest_supported, start, with_status};

/// Roles in every place where a database names one.
const SOURCE: &str = r#"
grant usage on schema public to "Shop Owner";
create table ours (id int primary key); alter table ours owner to rdsadmin;
grant select on ours to rds_superuser, reader;
create table orders (id int primary key, customer text); alter table orders owner to "Shop Owner";
grant select (id) on orders to reader with grant option;
alter table orders enable row level security;
create policy own on orders to "Shop Owner", reader using (customer = 'TO reader');
alter default privileges for role "Shop Owner" in schema public grant select on tables to reader;
create foreign data wrapper away; create server elsewhere foreign data wrapper away;
create user mapping for reader server elsewhere;
create view recent as select * from orders; alter view recent owner to "Shop Owner";
select lo_create(4711); alter large object 4711 owner to "Shop Owner"; grant select on large object 4711 to reader;
alter role reader in database shop set work_mem = '8MB';
insert into orders values (1, 'x');
"#;

/// A statement that fails unless a condition holds.
fn check(server: &Cluster, dbname: &str, condition: &str) {
    let sql = format!("do $check$ begin assert {condition}, $why$not so: {condition}$why$; end $check$");
    execute(server, dbname, &sql);
}

#[test]
fn roles_of_the_provider_stay_and_others_get_the_names_they_are_mapped_to() {
    let folder = folder("roles");
    let found = found();
    let rds = ClusterOptions { settings: vec!["rds.extensions = ''".into()], ..Default::default() };
    let source = start(oldest_supported(&found), folder.path(), "s", &rds);
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(
        &source,
        "postgres",
        "create role rds_superuser; create role rdsadmin superuser login; create role \"Shop Owner\" login password 'x'; \
         create role reader; create role web login in role reader, rds_superuser",
    );
    execute(&source, "postgres", "create database shop owner \"Shop Owner\"");
    execute(&source, "postgres", "grant create on database shop to reader");
    execute(&source, "shop", SOURCE);
    // One that is there already, and a user who is no superuser.
    execute(&target, "postgres", "create role reading; create role mover login createdb createrole");
    execute(&target, "postgres", "grant reading to mover with admin option");
    let map = folder.path().join("roles.toml");
    std::fs::write(&map, "\"Shop Owner\" = \"shop\"\nreader = \"reading\"\nnobody = \"x\"\n")
        .expect("own folder");
    let map = path_text(&map);
    let (from, to) = (source.conninfo("postgres", "shop"), target.conninfo("postgres", "postgres"));
    let servers = ["--source", &from, "--target", &to, "--role-map", &map, "--format", "json", "-q"];

    let report = json(&pgpassage(&[&["validate"][..], &servers].concat()).stdout);
    assert_eq!(with_status(&report, "failed"), [""; 0]);
    assert_eq!(with_status(&report, "could_not_check"), [""; 0]);
    let warnings = with_status(&report, "warning");
    for expected in
        ["roles/mapped-role-unknown: role nobody", "roles/provider-role: role rds_superuser, role rdsadmin"]
    {
        assert!(warnings.iter().any(|w| w == expected), "{expected} is missing: {warnings:#?}");
    }
    assert!(!warnings.iter().any(|w| w.starts_with("roles/superuser-not-carried")), "{warnings:#?}");

    let ran = pgpassage(&[&["migrate"][..], &servers].concat());
    let report = json(&ran.stdout);
    assert_eq!(ran.code, 0, "{} {:#}", ran.stderr, report);
    let deviations = report["role_deviations"].to_string();
    for expected in [
        "role rdsadmin was left behind",
        "role Shop Owner is shop on the target",
        "membership of web in rds_superuser was not carried",
    ] {
        assert!(deviations.contains(expected), "{expected}: {deviations}");
    }
    check(
        &target,
        "postgres",
        "not exists (select from pg_roles where rolname ~ '^rds' or rolname in ('Shop Owner', 'reader'))",
    );
    check(
        &target,
        "postgres",
        "(select rolcanlogin and rolpassword like 'SCRAM%' or rolpassword is null from pg_authid where rolname = 'shop')",
    );
    check(&target, "postgres", "pg_has_role('web', 'reading', 'member')");
    check(&target, "shop", "(select datdba::regrole::text = 'shop' from pg_database where datname = 'shop')");
    check(
        &target,
        "shop",
        "(select relowner::regrole::text = 'postgres' from pg_class where relname = 'ours')",
    );
    check(
        &target,
        "shop",
        "(select relowner::regrole::text = 'shop' from pg_class where relname = 'orders')",
    );
    check(&target, "shop", "has_column_privilege('reading', 'orders', 'id', 'select with grant option')");
    check(
        &target,
        "shop",
        "(select polroles::regrole[]::text = '{reading,shop}' or polroles::regrole[]::text = '{shop,reading}' from pg_policy)",
    );
    check(&target, "shop", "has_database_privilege('reading', 'shop', 'create')");
    check(&target, "shop", "(select lomowner::regrole::text = 'shop' from pg_largeobject_metadata)");
    check(&target, "shop", "exists (select from pg_user_mappings where usename = 'reading')");
    // The comparison knows the map: with it nothing differs, without it much does.
    let verified = |arguments: &[&str]| -> Value {
        let ran = pgpassage(
            &[&["verify", "--source", &from, "--target", &to, "--format", "json", "-q"][..], arguments]
                .concat(),
        );
        json(&ran.stdout)["verification"]["passed"].clone()
    };
    assert_eq!(verified(&["--role-map", &map]), true);
    assert_eq!(verified(&[]), false);

    // The same for a user without superuser rights, to whom everything of the superuser is mapped.
    let plain: String = SOURCE.lines().filter(|line| !line.contains("server elsewhere")).collect();
    execute(&source, "postgres", "create database plain owner \"Shop Owner\"");
    execute(&source, "plain", &plain);
    execute(&target, "postgres", "grant shop to mover");
    let text = "\"Shop Owner\" = \"shop\"\nreader = \"reading\"\npostgres = \"mover\"\n";
    std::fs::write(folder.path().join("roles.toml"), text).expect("own folder");
    let (from, to) = (source.conninfo("postgres", "plain"), target.conninfo("mover", "postgres"));
    let ran = pgpassage(&[
        "validate-and-migrate",
        "--source",
        &from,
        "--target",
        &to,
        "--role-map",
        &map,
        "--format",
        "json",
        "-q",
    ]);
    let report = json(&ran.stdout);
    let databases = &report["databases"][0]["migration"]["error"];
    assert_eq!(ran.code, 0, "{} {:?} {databases}", ran.stderr, with_status(&report, "failed"));
    check(
        &target,
        "plain",
        "(select relowner::regrole::text = 'mover' from pg_class where relname = 'ours')",
    );
    check(
        &target,
        "plain",
        "(select relowner::regrole::text = 'shop' from pg_class where relname = 'recent')",
    );
}

#[test]
fn a_map_that_cannot_be_read_is_refused_before_anything_is_contacted() {
    let folder = folder("map");
    let path = folder.path().join("roles.toml");
    std::fs::write(&path, "a = 1\n").expect("own folder");
    let ran =
        pgpassage(&["validate", "--source", "host=nowhere dbname=x user=y", "--role-map", &path_text(&path)]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("line 1") && ran.stderr.contains("hint:"), "{}", ran.stderr);
}

#[test]
fn memberships_keep_who_granted_them() {
    let folder = folder("grantors");
    let found = found();
    let source = start(newest(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    let sql = "create role team; create role \"a member\"; create role lead; \
               grant team to \"a member\" with admin true, inherit false; grant team to lead with admin true; \
               grant team to \"a member\" with set true granted by lead; create database d";
    for statement in sql.split("; ") {
        execute(&source, "postgres", statement);
    }
    let (from, to) = (source.conninfo("postgres", "d"), target.conninfo("postgres", "postgres"));
    let ran = pgpassage(&["migrate", "--source", &from, "--target", &to, "-q"]);
    assert_eq!(ran.code, 0, "{} {}", ran.stdout, ran.stderr);
    let of = "from pg_auth_members where member = '\"a member\"'::regrole and roleid = 'team'::regrole";
    check(
        &target,
        "postgres",
        &format!(
            "(select count(*) = 2 and bool_or(grantor = 'lead'::regrole and inherit_option and not admin_option) {of})"
        ),
    );
    check(
        &target,
        "postgres",
        &format!("(select bool_or(grantor <> 'lead'::regrole and admin_option and not inherit_option) {of})"),
    );
}

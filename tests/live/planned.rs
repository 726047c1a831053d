//! The verdict is about the migration with its options: what they make moot is no error, and the migration agrees.

use pgpassage::demo::ClusterOptions;

use crate::modes::{migrated, validated};
use crate::support::{folder, path_text, pgpassage};
use crate::{execute, found, json, newest, oldest_supported, start, with_status};

#[test]
fn options_decide_what_counts() {
    let folder = folder("planned");
    let found = found();
    let source = start(oldest_supported(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(&source, "postgres", "create role keeper");
    execute(&source, "postgres", "create database planned owner keeper");
    execute(
        &source,
        "planned",
        "create schema old; create aggregate old.together (anyelement) (sfunc = array_append, stype = anyarray); \
         create table kept (id int primary key); insert into kept values (1); alter table kept owner to keeper",
    );
    execute(&target, "postgres", "create role mover login createdb createrole");
    execute(&target, "postgres", "grant pg_read_all_settings to mover");
    let (from, to) = (source.conninfo("postgres", "planned"), target.conninfo("mover", "postgres"));
    let failed = |options: &[&str]| with_status(&validated(&from, &to, options), "failed");

    // What belongs to the superuser of the source would need a superuser of the target.
    let aggregate = "schema/polymorphic-array-function: aggregate old.together(anyelement)";
    assert_eq!(failed(&["--on-refused", "fail"]), ["roles/owner-cannot-be-set: role postgres", aggregate]);
    assert_eq!(failed(&[]), [aggregate]);
    let owned = ["--owner", "target-user", "--roles", "none"];
    assert_eq!(failed(&owned), [aggregate]);
    let without = [&owned[..], &["--exclude-schema", "old"]].concat();
    assert_eq!(failed(&without), [""; 0]);
    let report = validated(&from, &to, &without);
    assert_eq!(report["plan"]["owner"], "target-user");
    assert_eq!(report["plan"]["exclude_schema"], serde_json::json!(["old"]));
    assert_eq!(migrated(&from, &to, &without), (0, vec![]));

    // A recording has the options; others may take their place.
    let file = path_text(&folder.path().join("facts.json"));
    let servers = ["--source", from.as_str(), "--target", to.as_str()];
    let collected =
        pgpassage(&[&["collect", "-o", &file, "--if-exists", "overwrite"][..], &servers, &without].concat());
    assert_eq!(collected.code, 0, "{}", collected.stderr);
    let replayed = |options: &[&str]| {
        json(&pgpassage(&[&["validate", "--facts", &file, "--format", "json"][..], options].concat()).stdout)
    };
    assert_eq!(with_status(&replayed(&[]), "failed"), [""; 0]);
    assert!(
        with_status(&replayed(&["--if-exists", "overwrite", "--roles", "none"]), "failed")
            .contains(&aggregate.to_owned())
    );
}

#[test]
fn who_made_a_role_can_replace_what_it_owns() {
    let folder = folder("again");
    let found = found();
    let source = start(oldest_supported(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(&source, "postgres", "create role keeper");
    execute(&source, "postgres", "create database again owner keeper");
    execute(
        &source,
        "again",
        "alter schema public owner to keeper; create table kept (id int primary key); alter table kept owner to keeper",
    );
    execute(&target, "postgres", "create role mover login createdb createrole");
    let (from, to) = (source.conninfo("postgres", "again"), target.conninfo("mover", "postgres"));
    let options = ["--if-exists", "overwrite"];
    assert_eq!(migrated(&from, &to, &options), (0, vec![]));
    assert_eq!(with_status(&validated(&from, &to, &options), "failed"), [""; 0]);
    assert_eq!(migrated(&from, &to, &options), (0, vec![]));
    // The owner of the database is another role now than that of anything in it.
    let to_mover = [&options[..], &["--owner", "target-user"]].concat();
    assert_eq!(with_status(&validated(&from, &to, &to_mover), "failed"), [""; 0]);
    assert_eq!(migrated(&from, &to, &to_mover), (0, vec![]));
}

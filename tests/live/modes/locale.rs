//! Encodings, locales and collations.

use std::path::PathBuf;

use pgpassage::config::{Environment, cache_folders};
use pgpassage::demo::{ClusterOptions, Install};

use super::{assert_failed, assert_found, migrated, superusers, validated};
use crate::support::{folder, path_text};
use crate::{execute, found, newest, start};

/// A locale that no machine has; the system reads it from a folder of its own.
const LOCALE: &str = "xx_XX.UTF-8";

/// Where the C locale lies that `xx_XX` is a copy of.
const C_LOCALE: &str = "/usr/lib/locale/C.utf8";

/// PostgreSQL 18 without ICU, beside the client programs.
fn without_icu() -> Option<Install> {
    let folders = cache_folders(&Environment::of_process());
    let bins = folders.iter().map(|folder| folder.join("clients/18/bin"));
    bins.filter(|bin| bin.join("initdb").is_file()).map(|bin| Install { major: 18, bin }).next()
}

#[test]
fn locales_that_the_target_lacks_are_found_before_databases_cannot_be_made() {
    let folder = folder("locale");
    let (Some(plain), true) = (without_icu(), PathBuf::from(C_LOCALE).is_dir()) else { return };
    let locales = folder.path().join("locales");
    std::fs::create_dir(&locales).expect("own folder");
    let status = std::process::Command::new("cp").arg("-r").arg(C_LOCALE).arg(locales.join(LOCALE)).status();
    assert!(status.expect("cp runs").success());
    let options = ClusterOptions {
        environment: vec![("LOCPATH".to_owned(), path_text(&locales))],
        ..Default::default()
    };
    let source = start(newest(&found()), folder.path(), "s", &options);
    let target = start(&plain, folder.path(), "t", &ClusterOptions::default());
    execute(
        &source,
        "postgres",
        "create database of_icu locale_provider icu icu_locale 'de' template template0",
    );
    execute(
        &source,
        "postgres",
        &format!("create database of_locale lc_collate '{LOCALE}' lc_ctype '{LOCALE}' template template0"),
    );
    execute(&source, "postgres", "create database of_bytes encoding 'SQL_ASCII' template template0");
    execute(&source, "postgres", "create database of_collation");
    execute(&source, "of_collation", "create table names (name text collate \"de-x-icu\")");
    execute(&source, "postgres", "create database of_own_collation");
    execute(
        &source,
        "of_own_collation",
        &format!(
            "create collation own (provider = libc, locale = '{LOCALE}'); create table names (name text collate own)"
        ),
    );
    let (from, to) = superusers(&source, "postgres", &target);
    let report = validated(&from, &to, &["--all-databases"]);
    assert_found(&report, "locale/provider-not-on-target: database of_icu");
    assert_found(&report, "locale/database-locale-missing: database of_locale");
    assert_found(&report, "locale/encoding-unknown: database of_bytes");
    assert_found(&report, "locale/collation-missing-on-target: collation de-x-icu");
    assert_found(&report, "locale/collation-locale-missing: collation public.own");

    let result = migrated(&from, &to, &["--all-databases"]);
    assert_failed(&result, "of_icu", "ICU");
    assert_failed(&result, "of_locale", "locale");
    assert_failed(&result, "of_collation", "collation");
    assert_failed(&result, "of_own_collation", "locale");
    assert_eq!(result.0, 4);
}

#[test]
fn a_changed_collation_is_found_and_so_is_what_it_has_let_in() {
    let folder = folder("collation");
    let found = found();
    let source = start(newest(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(&source, "postgres", "create database sorted");
    // The index is what it would be after an update of the library: valid in an order that holds no more.
    execute(
        &source,
        "sorted",
        "create table words (word text collate \"de-x-icu\"); insert into words values ('a'), ('a'); \
         create index words_word on words (word); \
         update pg_index set indisunique = true where indexrelid = 'words_word'::regclass; \
         update pg_collation set collversion = '1' where collname = 'de-x-icu'",
    );
    let (from, to) = superusers(&source, "sorted", &target);
    let report = validated(&from, &to, &["--deep"]);
    assert_found(&report, "locale/collation-changed: collation \"de-x-icu\"");
    assert_found(&report, "data/duplicate-keys: index public.words_word");
    assert_failed(&migrated(&from, &to, &[]), "sorted", "could not create unique index");
}

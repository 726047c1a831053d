//! The page, in a headless browser, between two real servers.

use std::path::{Path, PathBuf};
use std::process::Command;

use pgpassage::config::{Environment, cache_folders};
use pgpassage::demo::ClusterOptions;

use crate::support::{folder, path_text, repository};
use crate::{execute, found, newest, oldest_supported, start};

/// The browser of this machine.
fn browser() -> PathBuf {
    let known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    let found = known.iter().map(PathBuf::from).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("no Chromium was found: run scripts/setup"))
}

/// The folder of the modules that drive it.
fn modules() -> PathBuf {
    let mut folders = cache_folders(&Environment::of_process()).into_iter();
    let found = folders.find(|folder| folder.join("page/node_modules/playwright-core").is_dir());
    found.map_or_else(|| panic!("run scripts/setup 18"), |folder| folder.join("page"))
}

/// A part of a connection string without blanks.
fn part(conninfo: &str, key: &str) -> String {
    let value = conninfo.split(' ').find_map(|pair| pair.strip_prefix(key));
    value.expect("the string has it").trim_matches('\'').to_owned()
}

#[test]
fn a_user_of_a_portal_validates_fixes_and_migrates() {
    let folder = folder("page");
    let found = found();
    let source = start(oldest_supported(&found), folder.path(), "s", &ClusterOptions::default());
    let target = start(newest(&found), folder.path(), "t", &ClusterOptions::default());
    execute(&source, "postgres", "create database shop");
    execute(
        &source,
        "shop",
        "create table \"<img src=x onerror=alert(1)>\" (a int primary key); insert into \"<img src=x onerror=alert(1)>\" values (1)",
    );
    // What stands in the way: a database of that name with something in it.
    execute(&target, "postgres", "create database shop");
    execute(&target, "shop", "create table there (a int)");
    let (from, to) = (source.conninfo("postgres", "postgres"), target.conninfo("postgres", "postgres"));
    let output = Command::new("node")
        .arg(repository("tests/page/wizard.mjs"))
        .env("PAGE_PROGRAM", env!("CARGO_BIN_EXE_pgpassage"))
        .env("PAGE_STATE", path_text(&folder.path().join("state")))
        .env("PAGE_BROWSER", browser())
        .env("PAGE_MODULES", modules())
        .env("PAGE_SOURCE_HOST", part(&from, "host="))
        .env("PAGE_SOURCE_PORT", part(&from, "port="))
        .env("PAGE_TARGET_HOST", part(&to, "host="))
        .env("PAGE_TARGET_PORT", part(&to, "port="))
        .current_dir(Path::new("/"))
        .output()
        .expect("node is installed by scripts/setup");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
}

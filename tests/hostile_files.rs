//! Whatever stands in a text or a file that others may have written: it is understood or refused, without a panic. Texts
//! that are right are taken and damaged at random.

use std::path::Path;

use pgpassage::config::{Environment, load_rules, read_config, read_properties, read_role_map};
use pgpassage::facts::read_recording;
use pgpassage::pg::{Conninfo, parse_keywords, parse_passfile, parse_service_file};
use pgpassage::rules::{RuleFile, builtin_files, load};
use pgpassage::store::{Store, read_journal};
use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_assert, proptest};

/// A text with some pieces of it removed, repeated or replaced by anything.
fn damaged(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    let change = (
        any::<prop::sample::Index>(),
        0..40_usize,
        "\\PC{0,8}|[\"'\\\\{}\\[\\]=;,\n\0%@/?#:]{1,4}",
        any::<bool>(),
    );
    (prop::sample::select(texts), prop::collection::vec(change, 0..6)).prop_map(|(text, changes)| {
        let mut letters: Vec<char> = text.chars().collect();
        for (at, length, new, repeats) in changes {
            let start = at.index(letters.len() + 1);
            let end = (start + length).min(letters.len());
            let old: Vec<char> = letters.splice(start..end, new.chars()).collect();
            if repeats {
                let again = old.repeat(3);
                letters.splice(start..start, again);
            }
        }
        letters.into_iter().collect()
    })
}

const CONNINFOS: &[&str] = &[
    "postgresql://us%40er:p%3Aw@a:5433,[::1]:5434,%2Ftmp/d%2Fb?sslmode=verify-full&options=-c%20x%3D1",
    r"host = 'my host' hostaddr=127.0.0.1 password='a\'b c' dbname=x\ y port=6000 keepalives_idle=9",
    "",
];

const SERVICES: &[&str] =
    &["# c\n[a]\nhost=x\n[b]\nhost=y\nport=7\n", "h:5432:d:u:first\n*:*:*:u\\:2:se\\:cond:x\n"];

const PROPERTIES: &[&str] = &[
    r#"{"properties": {"sourceDbServerResourceId": "db.example.com:5433@admin@corp", "sslMode": "require",
 "secretParameters": {"adminCredentials": {"sourceServerPassword": "p", "targetServerPassword": "env:X"}, "targetServerUserName": "b"},
 "targetDbServerResourceId": "[::1]:5434", "dbsToMigrate": ["a", "b"], "overwriteDbsInTarget": "True", "migrationMode": "offline"}}"#,
];

const CONFIGS: &[&str] = &[
    "[options]\njobs = 3\ndatabase = ['a', 'b']\n[severity]\n\"schema/*\" = \"warning\"\n[[accept]]\nrule = \"data/*\"\nreason = \"x\"\nuntil = 2030-01-01\n",
    "\"Shop Owner\" = \"shop\"\nreader = \"reading\"\n",
];

const RULES: &[&str] = &[
    include_str!("../rules/privileges/relation-not-readable.toml"),
    include_str!("../rules/roles/createdb-missing.toml"),
];

const RECORDINGS: &[&str] = &[include_str!("facts/messy.json")];

const JOURNALS: &[&str] = &[
    "{\"v\":1,\"at\":\"t\",\"event\":\"data_made\",\"database\":\"d1\"}\n{\"v\":1,\"at\":\"t\",\"event\":\"database_made\",\"database\":\"d\"}\n",
];

fn written(folder: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("own folder");
    path
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn connection_strings(text in damaged(CONNINFOS)) {
        let conninfo = parse_keywords(&text).and_then(|k| Conninfo::from_keywords(&k, Some("me"), None));
        prop_assert!(conninfo.is_err() || conninfo.is_ok_and(|found| !found.hosts.is_empty()));
    }

    #[test]
    fn service_and_password_files(text in damaged(SERVICES)) {
        let _ = parse_service_file(&text, "b");
        let _ = parse_passfile(&text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn properties_files(text in damaged(PROPERTIES)) {
        let folder = tempfile::tempdir().expect("a folder");
        let _ = read_properties(&written(folder.path(), "b.json", &text), &Environment::default());
    }

    #[test]
    fn configuration_files(text in damaged(CONFIGS)) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = written(folder.path(), "c.toml", &text);
        let _ = (read_config(&path), read_role_map(&path));
    }

    #[test]
    fn stores(text in damaged(JOURNALS)) {
        let folder = tempfile::tempdir().expect("a folder");
        let run = folder.path().join("runs/to-a/july");
        std::fs::create_dir_all(&run).expect("own folder");
        let _ = read_journal(&written(&run, "journal.jsonl", &text));
        for name in ["run.json", "state.json"] {
            written(&run, name, &text);
        }
        let store = Store::new(folder.path());
        prop_assert!(store.find("july", None).is_err() && store.list().1.len() == 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rule_files(text in damaged(RULES)) {
        let mut files: Vec<RuleFile> = builtin_files().into_iter().filter(|file| file.path.starts_with("probes/")).collect();
        files.push(RuleFile { path: "own/rule.toml".to_owned(), text, custom: true });
        if let Err(problems) = load(&files) {
            prop_assert!(!problems.to_string().is_empty());
        }
    }

    #[test]
    fn recordings(text in damaged(RECORDINGS)) {
        let rules = load_rules(&[]).expect("the rules load");
        let _ = read_recording(&text, &rules.shapes());
    }
}

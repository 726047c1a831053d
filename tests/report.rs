//! One fixture report, with all outcomes and nasty names, in every format.

use std::fs;

use pgpassage::findings::{Finding, FixSql, Severity, Status, Verdict};
use pgpassage::report::{
    Counts, DatabaseReport, EndpointReport, JudgmentReport, Report, RunReport, TerminalOptions, TlsReport,
    ToolReport, html, json, schema, terminal,
};

const NASTY: &str = "x\u{1b}[31m\"'<script>alert(1)</script>\n\u{202e}y";

fn judgment(rule: &str, status: Status, reason: Option<&str>, subjects: &[&str]) -> JudgmentReport {
    let findings: Vec<Finding> = subjects
        .iter()
        .map(|subject| Finding {
            subject: format!("table {subject}"),
            message: format!("table {subject} is wrong"),
            evidence: serde_json::json!({"name": subject, "bytes": 3, "owner": null})
                .as_object()
                .cloned()
                .unwrap_or_default(),
            fix: "Mend it.".to_owned(),
            fix_sql: FixSql {
                source: vec![format!("drop table {};", pgpassage::pg::visible_ident(subject))],
                target: Vec::new(),
            },
            fingerprint: "0".repeat(32),
            suppressed: None,
        })
        .collect();
    JudgmentReport {
        rule: rule.to_owned(),
        title: format!("Title of {rule}"),
        severity: if status == Status::Warning { Severity::Warning } else { Severity::Error },
        status,
        reason: reason.map(str::to_owned),
        why: "Because.".to_owned(),
        findings_total: findings.len(),
        findings,
        docs: format!("docs/rules/{rule}.md"),
        azure_code: None,
    }
}

fn fixture() -> Report {
    let endpoint = EndpointReport {
        host: "db.example".to_owned(),
        port: 5432,
        user: NASTY.to_owned(),
        version: Some("16.4".to_owned()),
        version_num: Some(160_004),
        tls: TlsReport { sslmode: "require".to_owned(), encrypted: Some(true) },
    };
    Report {
        schema_version: 1,
        tool: ToolReport { name: "pgpassage".to_owned(), version: "0.0.0".to_owned() },
        run: RunReport {
            name: "fixture".to_owned(),
            option: "Validate".to_owned(),
            mode: "Offline".to_owned(),
            state: "ValidationFailed".to_owned(),
            substate: "Completed".to_owned(),
            started_at: "2026-01-01T00:00:00Z".to_owned(),
            ended_at: "2026-01-01T00:00:01Z".to_owned(),
        },
        source: Some(endpoint),
        target: None,
        profile: "postgresql".to_owned(),
        verdict: Verdict::NotReady,
        counts: Counts {
            passed: 1,
            warning: 1,
            failed: 1,
            not_applicable: 1,
            could_not_check: 2,
            suppressed: 0,
        },
        instance: vec![
            judgment("a/open-one", Status::CouldNotCheck, Some("the server is gone"), &[]),
            judgment("a/open-two", Status::CouldNotCheck, Some("the server is gone"), &[]),
            judgment("a/passed", Status::Passed, None, &[]),
        ],
        databases: vec![DatabaseReport {
            name: NASTY.to_owned(),
            target_name: "renamed".to_owned(),
            verdict: Verdict::NotReady,
            judgments: vec![
                judgment("b/failed", Status::Failed, None, &[NASTY, "2", "3", "4", "5", "6", "7"]),
                judgment("b/warning", Status::Warning, None, &["plain"]),
                judgment("b/quiet", Status::NotApplicable, Some("only elsewhere"), &[]),
            ],
            migration: None,
        }],
        verification: None,
        role_deviations: Vec::new(),
        notices: Vec::new(),
    }
}

#[test]
fn the_terminal_shows_worst_first_and_no_escapes() {
    let text = terminal(&fixture(), TerminalOptions { width: 80, colour: false, verbose: false });
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
    assert!(text.lines().all(|line| line.chars().count() <= 80
        || line.starts_with("Database ")
        || line.starts_with("source ")));
    insta::assert_snapshot!(text);
}

#[test]
fn the_page_escapes_names_and_needs_nothing_from_outside() {
    let page = html(&fixture()).expect("the page renders");
    assert!(
        !page.contains("<script")
            && !page.contains('\u{1b}')
            && !page.contains("http://")
            && !page.contains("https://")
    );
    assert!(page.contains("&#60;script&#62;"));
    assert!(page.contains("only elsewhere") && page.contains("the server is gone"));
}

#[test]
fn the_json_fits_its_published_schema() {
    let document: serde_json::Value =
        serde_json::from_str(&json(&fixture()).expect("it renders")).expect("it is JSON");
    let published = fs::read_to_string("docs/report.schema.json").expect("the schema is in the repository");
    assert_eq!(published, schema().expect("it renders"), "the schema is up to date");
    let published = serde_json::from_str(&published).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&published).expect("the schema is one");
    let errors: Vec<String> = validator.iter_errors(&document).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(document["databases"][0]["name"], NASTY, "JSON keeps names as they are");
}

#[test]
fn doubt_is_never_a_pass() {
    assert_eq!(Verdict::of([Status::Passed, Status::CouldNotCheck, Status::Warning]), Verdict::Unknown);
    assert_eq!(Verdict::of([Status::CouldNotCheck, Status::Failed]), Verdict::NotReady);
    assert_eq!(Verdict::of([Status::Passed, Status::NotApplicable]), Verdict::Ready);
    assert_eq!(Verdict::of([]), Verdict::Unknown);
}

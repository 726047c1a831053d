//! One fixture report, with all outcomes and nasty names, in every format.

use std::fs;

use pgpassage::facts::Side;
use pgpassage::findings::{Finding, FixSql, Severity, Status, Verdict, When, Who};
use pgpassage::outcome::{RunState, Substate};
use pgpassage::report::{
    Counts, DatabaseReport, EndpointReport, JudgmentReport, Report, RunReport, TerminalOptions, TlsReport,
    ToolReport, compare, comparison_text, csv, fix_script, github, html, json, junit, markdown, sarif,
    schema, terminal,
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
            fingerprint: pgpassage::findings::fingerprint(rule, None, subject),
            suppressed: None,
            rehearsed: None,
        })
        .collect();
    JudgmentReport {
        rule: rule.to_owned(),
        title: format!("Title of {rule}"),
        passed: Some(format!("Nothing is wrong with {rule}")),
        who: Some(Who::Source),
        severity: if status == Status::Warning { Severity::Warning } else { Severity::Error },
        status,
        reason: reason.map(str::to_owned),
        why: "Because.".to_owned(),
        findings_total: findings.len(),
        findings,
        docs: format!("docs/rules/{rule}.md"),
        azure_code: None,
        when: When::Before,
        leaves_open: false,
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
            state: RunState::ValidationFailed,
            substate: Substate::Completed,
            started_at: "2026-01-01T00:00:00Z".to_owned(),
            ended_at: "2026-01-01T00:00:01Z".to_owned(),
        },
        source: Some(endpoint),
        target: None,
        profile: "postgresql".to_owned(),
        verdict: Verdict::NotReady,
        plan: serde_json::Map::new(),
        counts: Counts {
            passed: 1,
            info: 0,
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
        rehearsal: None,
        verification: None,
        role_deviations: Vec::new(),
        deviations: Vec::new(),
        baseline: None,
        parameter_help: None,
        after_migration: Vec::new(),
        notices: Vec::new(),
    }
}

#[test]
fn the_terminal_shows_worst_first_and_no_escapes() {
    let text = terminal(&fixture(), TerminalOptions { width: 80, colour: false, verbose: false });
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
    assert!(text.lines().all(|line| line.chars().count() <= 80 || line.starts_with("source ")));
    insta::assert_snapshot!(text);
}

#[test]
fn the_page_escapes_names_and_needs_nothing_from_outside() {
    let page = html(&fixture()).expect("the page renders");
    // The one script is ours: it stands at the end and searches.
    assert_eq!(page.matches("<script").count(), 1);
    assert!(
        page.ends_with("</script>\n</body>\n</html>")
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
    let of = |statuses: &[Status], severity| Verdict::of(statuses.iter().map(|s| (*s, severity)));
    let open = [Status::Passed, Status::CouldNotCheck, Status::Warning];
    assert_eq!(of(&open, Severity::Error), Verdict::Unknown);
    assert_eq!(of(&[Status::CouldNotCheck, Status::Failed], Severity::Error), Verdict::NotReady);
    assert_eq!(of(&[Status::Passed, Status::NotApplicable], Severity::Error), Verdict::Ready);
    assert_eq!(of(&[], Severity::Error), Verdict::Unknown);
    assert_eq!(of(&[Status::Passed, Status::CouldNotCheck], Severity::Warning), Verdict::ReadyWithWarnings);
    assert_eq!(of(&[Status::CouldNotCheck], Severity::Info), Verdict::Unknown, "nothing was checked");
}

#[test]
fn a_note_is_in_no_verdict() {
    let notes = [
        (Status::Passed, Severity::Error),
        (Status::Warning, Severity::Info),
        (Status::CouldNotCheck, Severity::Info),
    ];
    assert_eq!(Verdict::of(notes), Verdict::Ready);
}

/// The findings and judgments that every format has to tell of.
const FINDINGS: usize = 8;

#[test]
fn every_format_tells_the_same() {
    let report = fixture();
    let lines = csv(&report).expect("it renders");
    let mut reader = ::csv::Reader::from_reader(lines.as_bytes());
    let records: Vec<::csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("it is CSV");
    assert_eq!(records.iter().filter(|r| !r[4].is_empty()).count(), FINDINGS);
    assert_eq!(
        records.iter().filter(|r| r[4].is_empty()).count(),
        4,
        "judgments without findings have a line too"
    );
    assert!(records.iter().any(|r| r[4].contains(NASTY)), "names arrive as they are");

    let log: serde_sarif::sarif::Sarif =
        serde_json::from_str(&sarif(&report).expect("it renders")).expect("it is SARIF");
    let run = &log.runs[0];
    assert_eq!(run.results.as_ref().map(Vec::len), Some(FINDINGS));
    let invocation = &run.invocations.as_ref().expect("invocations")[0];
    assert!(!invocation.execution_successful, "what could not be checked is told");
    assert_eq!(invocation.tool_execution_notifications.as_ref().map(Vec::len), Some(2));

    let cases = quick_junit::Report::deserialize(junit(&report).expect("it renders").as_bytes())
        .expect("it is JUnit XML");
    assert_eq!((cases.tests, cases.failures, cases.errors), (6, 1, 2));

    let page = markdown(&report);
    assert!(page.starts_with("# Not ready: 1 thing to do before"), "{page}");
    assert!(
        page.contains("8 findings of 2 rules in 1 database; 1 check passed, 2 could not be made"),
        "{page}"
    );
    assert_eq!(page.matches("is wrong").count(), FINDINGS, "{page}");

    let annotations = github(&report);
    assert_eq!(
        annotations.lines().filter(|l| l.starts_with("::error")).count(),
        2,
        "one for both of one reason"
    );
    assert_eq!(annotations.lines().filter(|l| l.starts_with("::warning")).count(), 1);
    assert_eq!(annotations.lines().count(), 4, "a name with a line break makes no line: {annotations}");
}

#[test]
fn no_name_is_a_command_or_a_link() {
    let mut report = fixture();
    report.databases[0].name = "::stop-commands::x\u{1b}[2J".to_owned();
    report.databases[0].judgments[1].findings[0].message = "[free](https://evil.example)".to_owned();
    let text = terminal(&report, TerminalOptions { width: 80, colour: false, verbose: true });
    assert!(text.lines().all(|line| !line.trim_start().starts_with("::")), "{text}");
    assert!(!github(&report).contains('\u{1b}'));
    assert!(!sarif(&report).expect("it renders").contains("](https"));
}

#[test]
fn a_spreadsheet_runs_no_formula_of_a_name() {
    let mut report = fixture();
    report.databases[0].judgments[1].findings[0].subject = "=cmd|' /C calc'!A0".to_owned();
    report.databases[0].judgments[1].findings[0].message = "\n=1+1".to_owned();
    let text = csv(&report).expect("it renders");
    assert!(text.contains(",'=cmd|") && text.contains("'\n=1+1"), "{text}");
}

#[test]
fn a_fix_script_is_grouped_and_cannot_be_escaped_from() {
    let mut report = fixture();
    let finding = &mut report.databases[0].judgments[0].findings[0];
    finding.fix_sql.source = vec!["alter table \"a\" add b int".to_owned(); 2];
    finding.message = "first\ndrop database precious;".to_owned();
    let script = fix_script(&report, Side::Source);
    assert_eq!(script.matches("\nalter table \"a\" add b int;\n").count(), 1, "each statement once");
    let expected = [
        "\\set ON_ERROR_STOP",
        "set standard",
        "select pg_catalog",
        "\\if",
        "\\connect",
        "alter table",
        "\\else",
        "\\echo",
        "\\endif",
    ];
    for line in script.lines().filter(|l| !l.starts_with("--") && !l.is_empty()) {
        assert!(expected.iter().any(|start| line.starts_with(start)), "{line}");
    }
    assert!(script.contains("\n-- drop table \"2\""), "what destroys is not executed");
    assert!(fix_script(&report, Side::Target).contains("'\"dbname=''renamed''\"'"));
    report.databases[0].judgments[1].findings[0].fix_sql.target = vec!["alter system set a = 1;".to_owned()];
    assert!(fix_script(&report, Side::Target).contains("\nalter system set a = 1;"));
    report.parameter_help = Some("use the provider's tool".to_owned());
    let managed = fix_script(&report, Side::Target);
    assert!(managed.contains("\n-- alter system set a = 1; Instead: use the provider's tool\n"), "{managed}");
}

#[test]
fn a_report_is_compared_with_an_older_one() {
    let (old, mut new) = (fixture(), fixture());
    new.databases[0].judgments[0].findings.remove(1);
    new.databases[0].judgments[1].findings[0].fingerprint = "fresh".to_owned();
    new.databases[0].judgments[2].status = Status::CouldNotCheck;
    let compared = compare(&old, &new);
    assert_eq!((compared.new.len(), compared.fixed.len(), compared.remaining.len()), (1, 2, 6));
    assert_eq!(compared.no_longer_checked.len(), 1);
    assert!(comparison_text(&compared).starts_with("New: 1\n  warning b/warning"));
    let back: Report = serde_json::from_str(&json(&new).expect("it renders")).expect("a report is read back");
    assert_eq!(back, new);
}

//! What a rehearsal decides about the findings of rules: a doubt about an object that could be created is disproved, and
//! a failure that a rule explains is told with the text of that rule. Pure.

use crate::findings::{Finding, Judgment, Outcome, Rehearsed, Severity};
use crate::outcome::{DatabaseRehearsal, ObjectResult, RehearsalFailure, RehearsalReport, RehearsedObject};
use crate::rules::{RehearsalRole, Rule, RuleSet};

/// Compares findings with a rehearsal. Returns what a reader should know: which findings were disproved.
pub fn decide(rules: &RuleSet, judgments: &mut [Judgment], rehearsal: &RehearsalReport) -> Vec<String> {
    let mut notices = Vec::new();
    for done in rehearsal.databases.iter().filter(|done| done.could_not_rehearse.is_none()) {
        let mut explained: Vec<Explained> = Vec::new();
        for judgment in of_database(judgments, &done.name) {
            let rule = &rules.rules[judgment.rule];
            let Outcome::Violated(findings) = &mut judgment.outcome else { continue };
            if rule.rehearsal != RehearsalRole::Decides {
                continue;
            }
            for finding in findings {
                decide_finding(rule, finding, done, &mut explained);
                if finding.is_disproved() {
                    notices.push(format!(
                        "disproved by the rehearsal of database {}: {} ({})",
                        done.name, finding.subject, rule.id
                    ));
                }
            }
        }
        for judgment in of_database(judgments, &done.name) {
            if rules.rules[judgment.rule].rehearsal == RehearsalRole::Tells
                && let Outcome::Violated(findings) = &mut judgment.outcome
            {
                join(findings, &explained);
                if findings.is_empty() {
                    judgment.outcome = Outcome::Passed;
                }
            }
        }
    }
    notices
}

/// A failure that a finding of a rule is about.
struct Explained {
    /// The object that failed.
    object: String,
    /// What the rule advises.
    fix: String,
    /// Whether the finding of the rule weighs as much as the failure, and so stands for it.
    counts_as_failure: bool,
}

fn of_database<'j>(
    judgments: &'j mut [Judgment],
    database: &'j str,
) -> impl Iterator<Item = &'j mut Judgment> {
    judgments.iter_mut().filter(move |j| j.database.as_deref().is_none_or(|name| name == database))
}

fn decide_finding(
    rule: &Rule,
    finding: &mut Finding,
    done: &DatabaseRehearsal,
    explained: &mut Vec<Explained>,
) {
    let failures: Vec<&RehearsalFailure> =
        done.failures.iter().filter(|f| names_object(&finding.subject, &f.object)).collect();
    let objects: Vec<&RehearsedObject> =
        done.objects.iter().filter(|object| is_about(&finding.subject, object)).collect();
    let failed = objects.iter().filter(|o| o.result == ObjectResult::Failed);
    let of_objects = failed.filter_map(|o| done.failures.iter().find(|f| f.object == o.title));
    let failures: Vec<&RehearsalFailure> = failures.into_iter().chain(of_objects).collect();
    if let Some(first) = failures.first() {
        finding.message = format!("{}; in the rehearsal: {}", finding.message, first.message);
        finding.rehearsed = Some(Rehearsed { worked: false, message: Some(first.message.clone()) });
        let counts_as_failure = rule.severity == Severity::Error && finding.suppressed.is_none();
        explained.extend(failures.iter().map(|failure| Explained {
            object: failure.object.clone(),
            fix: finding.fix.clone(),
            counts_as_failure,
        }));
    } else if !objects.is_empty() && objects.iter().all(|o| o.result == ObjectResult::Worked) {
        finding.rehearsed = Some(Rehearsed { worked: true, message: None });
    }
}

/// Takes out the failures that the finding of a rule stands for, and lends the others its advice.
fn join(findings: &mut Vec<Finding>, explained: &[Explained]) {
    findings.retain(|finding| !explained.iter().any(|e| e.counts_as_failure && finding.subject == e.object));
    for finding in findings {
        if let Some(e) = explained.iter().find(|e| finding.subject == e.object) {
            finding.fix.clone_from(&e.fix);
        }
    }
}

/// Whether a finding is about what has failed outside of the archive: a database, a role, a setting.
fn names_object(subject: &str, object: &str) -> bool {
    subject == object
}

/// Kinds of the archive that are relations, with the words that subjects begin with.
const RELATIONS: &[(&str, &[&str])] = &[
    ("TABLE", &["table", "column"]),
    ("FOREIGN TABLE", &["foreign table", "table", "column"]),
    ("VIEW", &["view", "column"]),
    ("MATERIALIZED VIEW", &["materialized view", "column"]),
    ("SEQUENCE", &["sequence"]),
    ("INDEX", &["index"]),
    ("TYPE", &["type", "column"]),
    ("DOMAIN", &["domain", "type"]),
    ("FUNCTION", &["function"]),
    ("PROCEDURE", &["procedure", "function"]),
    ("AGGREGATE", &["aggregate", "function"]),
    ("SERVER", &["server", "foreign server"]),
    ("PROCEDURAL LANGUAGE", &["language"]),
];

/// Kinds of the archive whose tag is that of a table and their own name behind it.
const ON_TABLES: &[&str] =
    &["CONSTRAINT", "FK CONSTRAINT", "CHECK CONSTRAINT", "TRIGGER", "RULE", "POLICY", "DEFAULT"];

/// Whether the subject of a finding is an object of the archive, or a part of it.
fn is_about(subject: &str, object: &RehearsedObject) -> bool {
    let unquoted = |text: &str| text.replace('"', "");
    if let Some(role) = subject.strip_prefix("role ") {
        return object.owner.as_deref() == Some(role);
    }
    let kind = object.kind.to_lowercase();
    let own_words = [kind.as_str()];
    let words =
        RELATIONS.iter().find(|(of, _)| *of == object.kind).map_or(&own_words[..], |(_, words)| words);
    let schema = object.schema.as_ref().map(|s| format!("{s}.")).unwrap_or_default();
    let full = unquoted(&format!("{schema}{}", object.tag));
    if let Some((part, table)) = subject.split_once(" on ") {
        // A constraint, trigger, rule or policy on a table: an entry of its own, or a part of the table's.
        let name = part.split_once(' ').map_or(part, |(_, name)| name);
        let table = unquoted(table);
        return if ON_TABLES.contains(&object.kind.as_str()) {
            full == unquoted(&format!("{table} {name}"))
        } else {
            object.kind == "TABLE" && full == table
        };
    }
    words.iter().any(|word| {
        let Some(name) = subject.strip_prefix(word).and_then(|rest| rest.strip_prefix(' ')) else {
            return false;
        };
        let name = unquoted(name);
        let relation = if *word == "column" { name.rsplit_once('.').map_or("", |(of, _)| of) } else { &name };
        // A subject may leave the arguments of a function out.
        relation == full || full.split_once('(').is_some_and(|(bare, _)| bare == relation)
    })
}

#[cfg(test)]
mod tests {
    use super::{decide, is_about};
    use crate::findings::{Finding, FixSql, Judgment, Outcome, Severity, Status};
    use crate::outcome::{
        DatabaseRehearsal, ObjectResult, RehearsalFailure, RehearsalReport, RehearsalStage, RehearsedObject,
    };
    use crate::rules::{RehearsalRole, RuleSet, builtin_files, load};

    fn object(kind: &str, tag: &str, result: ObjectResult) -> RehearsedObject {
        RehearsedObject {
            kind: kind.to_owned(),
            schema: Some("s".to_owned()),
            tag: tag.to_owned(),
            owner: Some("owner".to_owned()),
            result,
            title: format!("{} s.{tag}", kind.to_lowercase()),
        }
    }

    #[test]
    fn subjects_name_objects_of_the_archive() {
        let about = |subject: &str, kind: &str, tag: &str| {
            is_about(subject, &object(kind, tag, ObjectResult::Worked))
        };
        assert!(about("view s.v", "VIEW", "v") && !about("view s.v2", "VIEW", "v"));
        assert!(about("column s.t.c", "TABLE", "t") && !about("column s.u.c", "TABLE", "t"));
        assert!(
            about("function s.f(integer)", "FUNCTION", "f(integer)")
                && about("function s.f", "FUNCTION", "f(integer)")
        );
        assert!(
            about("constraint c on s.t", "CONSTRAINT", "t c") && about("constraint c on s.t", "TABLE", "t")
        );
        assert!(about("role owner", "TABLE", "t") && !about("role other", "TABLE", "t"));
        assert!(!about("sequence s.t", "TABLE", "t"));
    }

    /// Two rules, one that doubts and one that tells, with these subjects.
    fn judged(doubts: &[&str], tells: &[&str]) -> (RuleSet, Vec<Judgment>) {
        let mut rules = load(&builtin_files()).expect("the built-in rules load");
        rules.rules.truncate(2);
        rules.rules[0].rehearsal = RehearsalRole::Decides;
        rules.rules[0].severity = Severity::Error;
        rules.rules[1].rehearsal = RehearsalRole::Tells;
        let findings = |subjects: &[&str]| {
            let finding = |subject: &&str| Finding {
                subject: (*subject).to_owned(),
                message: "may fail".to_owned(),
                evidence: serde_json::Map::new(),
                fix: String::new(),
                fix_sql: FixSql::default(),
                fingerprint: String::new(),
                suppressed: None,
                rehearsed: None,
            };
            Outcome::Violated(subjects.iter().map(finding).collect())
        };
        let judgment = |rule, outcome| Judgment { rule, database: Some("d".to_owned()), outcome };
        (rules, vec![judgment(0, findings(doubts)), judgment(1, findings(tells))])
    }

    #[test]
    fn what_worked_is_disproved_and_what_failed_is_joined() {
        let (rules, mut judgments) =
            judged(&["view s.good", "view s.bad", "view s.unknown"], &["view s.bad", "view s.other"]);
        let failure = |object: &str| RehearsalFailure {
            stage: RehearsalStage::Schema,
            object: object.to_owned(),
            sqlstate: None,
            message: "no such function".to_owned(),
            statement: String::new(),
        };
        let done = DatabaseRehearsal {
            name: "d".to_owned(),
            failures: vec![failure("view s.bad"), failure("view s.other")],
            objects: vec![
                object("VIEW", "good", ObjectResult::Worked),
                object("VIEW", "bad", ObjectResult::Failed),
            ],
            ..DatabaseRehearsal::default()
        };
        let report = RehearsalReport { databases: vec![done], ..RehearsalReport::default() };
        let notices = decide(&rules, &mut judgments, &report);
        assert_eq!(notices.len(), 1);
        let findings = |at: usize| match &judgments[at].outcome {
            Outcome::Violated(findings) => findings.clone(),
            other => panic!("{other:?}"),
        };
        let doubts = findings(0);
        assert_eq!(doubts.iter().map(Finding::counts).collect::<Vec<_>>(), [false, true, true]);
        assert_eq!(doubts[1].message, "may fail; in the rehearsal: no such function");
        assert_eq!(findings(1).iter().map(|f| f.subject.as_str()).collect::<Vec<_>>(), ["view s.other"]);
        assert_eq!(Status::of(&judgments[0].outcome, Severity::Error), Status::Failed);
    }

    #[test]
    fn a_failure_of_the_only_doubt_leaves_nothing_to_tell_twice() {
        let (rules, mut judgments) = judged(&["view s.good"], &[]);
        let done = DatabaseRehearsal {
            name: "d".to_owned(),
            objects: vec![object("VIEW", "good", ObjectResult::Worked)],
            ..DatabaseRehearsal::default()
        };
        let report = RehearsalReport { databases: vec![done], ..RehearsalReport::default() };
        decide(&rules, &mut judgments, &report);
        assert_eq!(Status::of(&judgments[0].outcome, Severity::Error), Status::Passed);
    }
}

//! What is to be done by hand: one step for each rule, whatever the number of databases, in the order to do them.

use std::collections::BTreeMap;

use crate::findings::{Severity, Status, When, Who};
use crate::outcome::RunState;
use crate::report::compare::judgments;
use crate::report::model::{AfterStep, JudgmentReport, Report};

/// Subjects that a step names before the rest is only counted.
const SUBJECTS_SHOWN: usize = 3;

/// One thing to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// What to do: the first sentence of the fix. Not escaped.
    pub(crate) action: String,
    /// Who can do it; `None` where the rule does not say it.
    pub(crate) who: Option<Who>,
    pub(crate) rule: String,
    pub(crate) severity: Severity,
    /// What it is about, over all databases.
    pub(crate) subjects: Vec<String>,
    /// The databases by name; none for the whole server.
    pub(crate) databases: Vec<String>,
    /// The anchor of the details.
    pub(crate) anchor: String,
}

impl Step {
    /// What it is about in a few words.
    pub(crate) fn about(&self) -> String {
        let shown = &self.subjects[..self.subjects.len().min(SUBJECTS_SHOWN)];
        let more = self.subjects.len() - shown.len();
        if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
    }

    /// Who can do it, for people; empty where nobody is named.
    pub(crate) fn by(&self) -> &'static str {
        self.who.map_or("", Who::label)
    }

    /// The databases in a few words.
    pub(crate) fn places(&self) -> String {
        match self.databases.as_slice() {
            [] => "server".to_owned(),
            names if names.len() <= 8 => names.join(", "),
            names => format!("{} databases: {}, …", names.len(), names[..8].join(", ")),
        }
    }
}

/// What is to be done before the migration, and after it. What blocks comes first; inside, what concerns the whole
/// server comes before what concerns databases, and the order is that of the rules' names.
pub(crate) fn steps(report: &Report) -> Vec<(&'static str, Vec<Step>)> {
    [(When::Before, "To do before the migration"), (When::After, "To do after the migration")]
        .into_iter()
        .map(|(when, title)| (title, of_time(report, when)))
        .filter(|(_, steps)| !steps.is_empty())
        .collect()
}

fn of_time(report: &Report, when: When) -> Vec<Step> {
    let wanted = |j: &JudgmentReport| {
        matches!(j.status, Status::Failed | Status::Warning) && !j.is_note() && j.when == when
    };
    let mut by_rule: BTreeMap<(Severity, bool, &str), Step> = BTreeMap::new();
    for (database, judgment) in judgments(report).filter(|(_, j)| wanted(j)) {
        let open = || judgment.findings.iter().filter(|f| f.counts());
        let Some(first) = open().next() else { continue };
        let step = by_rule
            .entry((judgment.severity, database.is_some(), judgment.rule.as_str()))
            .or_insert_with(|| Step {
                action: first_sentence(&first.fix),
                who: judgment.who,
                rule: judgment.rule.clone(),
                severity: judgment.severity,
                subjects: Vec::new(),
                databases: Vec::new(),
                anchor: anchor(&judgment.rule),
            });
        step.subjects.extend(open().map(|finding| finding.subject.clone()));
        step.databases.extend(database.map(str::to_owned));
    }
    by_rule.into_values().collect()
}

/// How many steps of a list are whose: `DBA on the source 3, owner of the application 1`. Empty where nobody is named.
pub(crate) fn by_who(steps: &[Step]) -> String {
    let mut counts: BTreeMap<Who, usize> = BTreeMap::new();
    for who in steps.iter().filter_map(|step| step.who) {
        *counts.entry(who).or_default() += 1;
    }
    let parts: Vec<String> = counts.iter().map(|(who, count)| format!("{} {count}", who.label())).collect();
    parts.join(", ")
}

/// What is to be done after a migration whatever was found; nothing before one has succeeded.
pub(crate) fn after_steps(report: &Report) -> &[AfterStep] {
    let migrated = report.databases.iter().any(|d| d.migration.is_some());
    if migrated && report.run.state == RunState::Succeeded { &report.after_migration } else { &[] }
}

/// The anchor of a rule's details on the page.
pub(crate) fn anchor(rule: &str) -> String {
    format!("rule-{}", rule.replace('/', "-"))
}

/// Up to the first full stop that ends a sentence.
fn first_sentence(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = text.match_indices(". ").map(|(at, _)| at).find(|at| {
        // Not inside of an abbreviation or a quoted name.
        let before = &text[..*at];
        before.matches('`').count() % 2 == 0 && before.matches('(').count() == before.matches(')').count()
    });
    end.map_or_else(|| text.trim_end_matches('.').to_owned(), |end| text[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Step, by_who, first_sentence};
    use crate::findings::{Severity, Who};

    #[test]
    fn steps_are_counted_by_who_can_do_them() {
        let step = |who| Step {
            action: "Drop it".to_owned(),
            who,
            rule: "schema/x".to_owned(),
            severity: Severity::Error,
            subjects: Vec::new(),
            databases: Vec::new(),
            anchor: String::new(),
        };
        let steps = [Some(Who::Target), Some(Who::Source), None, Some(Who::Target)].map(step);
        assert_eq!(by_who(&steps), "DBA on the source 1, administrator of the target 2");
        assert_eq!(by_who(&steps[2..3]), "");
    }

    #[test]
    fn a_step_is_one_sentence() {
        assert_eq!(first_sentence("Drop it\non the source. Or wait."), "Drop it on the source");
        assert_eq!(first_sentence("Set `a. b` to 1.5 (see x. y). Then"), "Set `a. b` to 1.5 (see x. y)");
    }
}

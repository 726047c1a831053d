//! From judgments to a report.

use std::collections::BTreeMap;

use serde_json::Map;

use crate::facts::{Cell, FactSet, ProbeFacts, Row};
use crate::findings::{Judgment, Outcome, Status, Verdict};
use crate::outcome::{Deviation, MigrationOutcome, RunState, Substate};
use crate::report::migration::DeviationReport;
use crate::report::model::{
    AfterStep, Counts, DatabaseReport, EndpointReport, JudgmentReport, Report, RunReport, ToolReport,
};
use crate::rules::RuleSet;

/// The table of a profile that lists what is to be done after a migration.
const AFTER_MIGRATION: &str = "after_migration";

/// What a report is made of, besides the judgments.
#[derive(Debug)]
pub struct ReportInput<'a> {
    /// The rules that were judged.
    pub rules: &'a RuleSet,
    /// The facts they were judged over.
    pub facts: &'a FactSet,
    /// About the run; its state is set here, from the verdict.
    pub run: RunReport,
    /// About the source.
    pub source: Option<EndpointReport>,
    /// About the target.
    pub target: Option<EndpointReport>,
    /// The profile in use.
    pub profile: String,
}

/// Makes the report.
pub fn build(input: ReportInput<'_>, judgments: Vec<Judgment>) -> Report {
    let mut instance = Vec::new();
    let mut databases: BTreeMap<String, Vec<JudgmentReport>> = BTreeMap::new();
    for pair in &input.facts.databases {
        databases.insert(pair.source.clone(), Vec::new());
    }
    for judgment in judgments {
        let database = judgment.database.clone();
        let shown = judgment_report(input.rules, judgment);
        match database {
            None => instance.push(shown),
            Some(name) => databases.entry(name).or_default().push(shown),
        }
    }
    let databases: Vec<DatabaseReport> = databases
        .into_iter()
        .map(|(name, mut judgments)| {
            judgments.sort_by(worst_first);
            let target_name = input
                .facts
                .databases
                .iter()
                .find(|p| p.source == name)
                .map_or_else(|| name.clone(), |p| p.target.clone());
            let verdict = Verdict::of(judgments.iter().map(|j| (j.status, j.severity)));
            DatabaseReport { name, target_name, verdict, judgments, migration: None }
        })
        .collect();
    instance.sort_by(worst_first);
    let all = || instance.iter().chain(databases.iter().flat_map(|d| &d.judgments));
    let verdict = Verdict::of(all().map(|j| (j.status, j.severity)));
    let counts = count(all());
    let notices = input
        .rules
        .replaced
        .iter()
        .map(|id| format!("the built-in rule {id} was replaced by a file of the user"))
        .collect();
    let info = input.rules.profiles.get(&input.profile).and_then(|profile| match profile.facts.get("info") {
        Some(ProbeFacts::Table(table)) => table.rows().first(),
        _ => None,
    });
    let parameter_help = match info.map(|row| (row.get("has_superuser"), row.get("parameter_help"))) {
        Some((Some(Cell::Bool(false)), Some(Cell::Text(help)))) => Some(help.clone()),
        _ => None,
    };
    let plan = match input.facts.run.get("plan") {
        Some(ProbeFacts::Table(table)) => table.rows().first().map(Row::to_json).unwrap_or_default(),
        _ => Map::new(),
    };
    let state = match verdict {
        Verdict::Ready | Verdict::ReadyWithWarnings => RunState::Succeeded,
        Verdict::NotReady | Verdict::Unknown => RunState::ValidationFailed,
    };
    let after_migration = after_migration(&input);
    Report {
        schema_version: 1,
        tool: ToolReport { name: "pgpassage".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        run: RunReport { state, substate: Substate::Completed, ..input.run },
        source: input.source,
        target: input.target,
        profile: input.profile,
        verdict,
        counts,
        instance,
        databases,
        plan,
        rehearsal: None,
        verification: None,
        role_deviations: Vec::new(),
        deviations: Vec::new(),
        baseline: None,
        parameter_help,
        after_migration,
        notices,
    }
}

/// The profile's list of what is to be done after a migration.
fn after_migration(input: &ReportInput<'_>) -> Vec<AfterStep> {
    let profile = input.rules.profiles.get(&input.profile);
    let Some(ProbeFacts::Table(table)) = profile.and_then(|p| p.facts.get(AFTER_MIGRATION)) else {
        return Vec::new();
    };
    let text = |cell: Option<&Cell>| match cell {
        Some(Cell::Text(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    let steps = table.rows().iter();
    steps
        .filter_map(|row| {
            Some(AfterStep {
                step: text(row.get("step"))?,
                link: text(row.get("link")).filter(|l| l.starts_with("https://")),
            })
        })
        .collect()
}

fn judgment_report(rules: &RuleSet, judgment: Judgment) -> JudgmentReport {
    let rule = &rules.rules[judgment.rule];
    let status = Status::of(&judgment.outcome, rule.severity);
    let (reason, findings) = match judgment.outcome {
        Outcome::Passed => (None, Vec::new()),
        Outcome::Violated(findings) => (None, findings),
        Outcome::Skipped(reason) | Outcome::Errored(reason) => (Some(reason), Vec::new()),
    };
    JudgmentReport {
        rule: rule.id.clone(),
        title: rule.title.clone(),
        passed: rule.passed.clone(),
        who: rule.who,
        severity: rule.severity,
        status,
        reason,
        why: rule.why.clone(),
        findings_total: findings.len(),
        findings,
        docs: format!("docs/rules/{}.md", rule.id),
        azure_code: rule.azure_code.clone(),
        when: rule.when,
        leaves_open: rule.leaves_open,
    }
}

fn worst_first(a: &JudgmentReport, b: &JudgmentReport) -> std::cmp::Ordering {
    (a.status, a.severity, &a.rule).cmp(&(b.status, b.severity, &b.rule))
}

fn count<'j>(judgments: impl Iterator<Item = &'j JudgmentReport>) -> Counts {
    let mut counts = Counts::default();
    for judgment in judgments {
        match judgment.status {
            Status::Passed => counts.passed += 1,
            Status::Warning if judgment.is_note() => counts.info += 1,
            Status::Warning => counts.warning += 1,
            Status::Failed => counts.failed += 1,
            Status::NotApplicable => counts.not_applicable += 1,
            Status::CouldNotCheck => counts.could_not_check += 1,
        }
        counts.suppressed += judgment.findings.iter().filter(|f| f.suppressed.is_some()).count();
    }
    counts
}

impl Report {
    /// Takes in what a migration did.
    pub fn add_migration(&mut self, outcome: MigrationOutcome) {
        self.role_deviations = outcome.role_deviations.iter().map(Deviation::to_string).collect();
        self.deviations = outcome.role_deviations.iter().map(|d| DeviationReport::of(None, d)).collect();
        for done in outcome.databases {
            let of_database = done.deviations.iter().map(|d| DeviationReport::of(Some(&done.name), d));
            self.deviations.extend(of_database);
            if let Some(database) = self.databases.iter_mut().find(|d| d.name == done.name) {
                database.migration = Some(done.into());
            }
        }
    }
}

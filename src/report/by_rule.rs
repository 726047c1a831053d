//! Judgments grouped by rule: what is wrong in forty databases for one reason is one thing with forty names.

use std::collections::BTreeMap;

use crate::findings::{Finding, Severity, Status};
use crate::report::compare::judgments;
use crate::report::model::{JudgmentReport, Report};

/// Which part of a report a judgment belongs to, in the order in which the parts are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Failed,
    CouldNotCheck,
    Warning,
    Note,
    Passed,
    NotApplicable,
}

impl Part {
    pub(crate) fn of(judgment: &JudgmentReport) -> Part {
        match judgment.status {
            Status::Failed => Self::Failed,
            Status::CouldNotCheck => Self::CouldNotCheck,
            Status::Warning if judgment.is_note() => Self::Note,
            Status::Warning => Self::Warning,
            Status::Passed => Self::Passed,
            Status::NotApplicable => Self::NotApplicable,
        }
    }
}

/// A ready statement, with the database it belongs to.
pub(crate) type Statement<'r> = (Option<&'r str>, &'r str);

/// One rule with what it came to in one part of the report.
#[derive(Debug)]
pub(crate) struct ByRule<'r> {
    pub(crate) part: Part,
    /// The first of the judgments, for what they have in common.
    pub(crate) rule: &'r JudgmentReport,
    /// Each judgment with its database; none for the server, and where the report is of one database only.
    pub(crate) places: Vec<(Option<&'r str>, &'r JudgmentReport)>,
}

impl<'r> ByRule<'r> {
    /// The title, or what a pass found where that is true of every place.
    pub(crate) fn heading(&self) -> &'r str {
        let accepted = self.places.iter().find(|(_, judgment)| !judgment.findings.is_empty());
        accepted.map_or(self.rule, |(_, judgment)| judgment).heading()
    }

    /// The findings that count, each with its database.
    pub(crate) fn open(&self) -> impl Iterator<Item = (Option<&'r str>, &'r Finding)> + '_ {
        self.places
            .iter()
            .flat_map(|(database, j)| j.findings.iter().map(|finding| (*database, finding)))
            .filter(|(_, finding)| finding.counts())
    }

    /// All statements of findings that count, by side, each once, with the database it belongs to.
    pub(crate) fn statements(&self) -> Vec<(&'static str, Vec<Statement<'r>>)> {
        let (mut source, mut target) = (Vec::new(), Vec::new());
        for (database, finding) in self.open() {
            for (list, sql) in
                [(&mut source, &finding.fix_sql.source), (&mut target, &finding.fix_sql.target)]
            {
                list.extend(sql.iter().map(|sql| (database, sql.as_str())));
            }
        }
        [("source", source), ("target", target)]
            .into_iter()
            .map(|(side, mut list)| {
                let mut seen = std::collections::BTreeSet::new();
                list.retain(|line| seen.insert(*line));
                (side, list)
            })
            .filter(|(_, list)| !list.is_empty())
            .collect()
    }
}

/// Every rule, the worst part first; what could not be checked is grouped by its reason instead, see [`open_reasons`].
pub(crate) fn by_rule(report: &Report) -> Vec<ByRule<'_>> {
    let mut rules: BTreeMap<(Part, Severity, &str), ByRule<'_>> = BTreeMap::new();
    let several = report.databases.len() > 1;
    for (database, judgment) in judgments(report) {
        let database = database.filter(|_| several);
        let part = Part::of(judgment);
        rules
            .entry((part, judgment.severity, judgment.rule.as_str()))
            .or_insert_with(|| ByRule { part, rule: judgment, places: Vec::new() })
            .places
            .push((database, judgment));
    }
    rules.into_values().collect()
}

/// Checks that could not be made for one reason.
#[derive(Debug)]
pub(crate) struct OpenReason<'r> {
    pub(crate) reason: &'r str,
    /// The worst of the rules'.
    pub(crate) severity: Severity,
    /// One rule in one place is one check.
    pub(crate) checks: usize,
    pub(crate) rules: Vec<&'r str>,
}

/// What could not be checked, by reason: many rules stay open for one and the same, such as a server that is down.
pub(crate) fn open_reasons(report: &Report) -> Vec<OpenReason<'_>> {
    let mut reasons: BTreeMap<&str, OpenReason<'_>> = BTreeMap::new();
    for (_, judgment) in judgments(report).filter(|(_, j)| Part::of(j) == Part::CouldNotCheck) {
        let reason = judgment.reason.as_deref().unwrap_or_default();
        let open = reasons.entry(reason).or_insert_with(|| OpenReason {
            reason,
            severity: Severity::Info,
            checks: 0,
            rules: Vec::new(),
        });
        open.severity = open.severity.min(judgment.severity);
        open.checks += 1;
        if !open.rules.contains(&judgment.rule.as_str()) {
            open.rules.push(&judgment.rule);
        }
    }
    let mut list: Vec<_> = reasons.into_values().collect();
    list.sort_by(|a, b| b.checks.cmp(&a.checks).then_with(|| a.reason.cmp(b.reason)));
    list
}

//! What a user wants judged, and how: which rules, how severe, with which parameters, and which findings are accepted.
//! Pure: the file it comes from is read elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use glob::Pattern;
use serde::Deserialize;

use crate::facts::Cell;
use crate::findings::{Judgment, Outcome, Severity, Suppressed};
use crate::pg::nearest;
use crate::rules::{Rule, RuleSet};

/// The wishes of a user.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Only these rules, as patterns of ids; all when empty.
    pub only: Vec<String>,
    /// Not these rules, as patterns of ids.
    pub skip: Vec<String>,
    /// Another severity for rules, by pattern of ids; none switches them off.
    pub severities: Vec<(String, Option<Severity>)>,
    /// Parameters, by rule and name.
    pub params: BTreeMap<String, BTreeMap<String, Cell>>,
    /// Findings that are accepted.
    pub suppressions: Vec<Suppression>,
}

/// Findings that somebody has accepted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suppression {
    /// The rule, or a pattern of ids.
    pub rule: String,
    /// The subject, or a pattern; all when left out.
    pub subject: Option<String>,
    /// The database, or a pattern; all when left out.
    pub database: Option<String>,
    /// Why it was accepted.
    pub reason: String,
    /// The last day on which it counts, as `YYYY-MM-DD`.
    pub until: Option<String>,
}

/// A wish that cannot be fulfilled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PolicyError {
    /// What is wrong.
    pub message: String,
    /// What may be meant.
    pub hint: Option<String>,
}

fn wrong(message: impl Into<String>, hint: Option<String>) -> PolicyError {
    PolicyError { message: message.into(), hint }
}

fn pattern(text: &str) -> Result<Pattern, PolicyError> {
    Pattern::new(text).map_err(|error| wrong(format!("`{text}` is no pattern: {error}"), None))
}

impl Policy {
    /// Applies what concerns the rules themselves. Patterns that meet no rule are mistakes.
    pub fn apply_to_rules(&self, rules: &mut RuleSet) -> Result<(), PolicyError> {
        let ids: Vec<String> = rules.rules.iter().map(|rule| rule.id.clone()).collect();
        let matching = |text: &String| -> Result<BTreeSet<String>, PolicyError> {
            let pattern = pattern(text)?;
            let met: BTreeSet<String> = ids.iter().filter(|id| pattern.matches(id)).cloned().collect();
            if met.is_empty() {
                let hint = nearest(text, ids.iter().map(String::as_str))
                    .map(|near| format!("did you mean `{near}`?"));
                return Err(wrong(format!("there is no rule `{text}`"), hint));
            }
            Ok(met)
        };
        let all = |texts: &[String]| -> Result<BTreeSet<String>, PolicyError> {
            Ok(texts.iter().map(matching).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
        };
        let (only, mut skip) = (all(&self.only)?, all(&self.skip)?);
        for (text, severity) in &self.severities {
            let met = matching(text)?;
            match severity {
                None => skip.extend(met),
                Some(severity) => {
                    for rule in rules.rules.iter_mut().filter(|rule| met.contains(&rule.id)) {
                        rule.severity = *severity;
                    }
                }
            }
        }
        for suppression in &self.suppressions {
            matching(&suppression.rule)?;
            for text in [&suppression.subject, &suppression.database].into_iter().flatten() {
                pattern(text)?;
            }
        }
        for (id, values) in &self.params {
            let Some(rule) = rules.rules.iter_mut().find(|rule| rule.id == *id) else {
                let hint =
                    nearest(id, ids.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
                return Err(wrong(format!("there is no rule `{id}`"), hint));
            };
            set_params(rule, values)?;
        }
        rules.rules.retain(|rule| !skip.contains(&rule.id) && (only.is_empty() || only.contains(&rule.id)));
        Ok(())
    }

    /// Marks accepted findings. Returns what a reader should know: acceptances that have expired, or meet nothing.
    pub fn suppress(&self, rules: &RuleSet, judgments: &mut [Judgment], today: &str) -> Vec<String> {
        let mut notices = Vec::new();
        for suppression in &self.suppressions {
            if let Some(until) = suppression.until.as_ref().filter(|until| until.as_str() < today) {
                notices.push(format!(
                    "the acceptance of {} expired on {until}, so its findings count again ({})",
                    suppression.rule, suppression.reason
                ));
                continue;
            }
            if !rules.rules.iter().any(|rule| fits(&suppression.rule, &rule.id)) {
                continue;
            }
            let mut met = false;
            for judgment in judgments.iter_mut() {
                let rule = &rules.rules[judgment.rule];
                let of_database = suppression
                    .database
                    .as_ref()
                    .is_none_or(|text| judgment.database.as_ref().is_some_and(|name| fits(text, name)));
                if !of_database || !fits(&suppression.rule, &rule.id) {
                    continue;
                }
                let Outcome::Violated(findings) = &mut judgment.outcome else { continue };
                let accepted =
                    |subject: &str| suppression.subject.as_ref().is_none_or(|text| fits(text, subject));
                for finding in findings.iter_mut().filter(|finding| accepted(&finding.subject)) {
                    met = true;
                    finding.suppressed = Some(Suppressed {
                        reason: suppression.reason.clone(),
                        until: suppression.until.clone(),
                    });
                }
            }
            if !met {
                notices.push(format!(
                    "the acceptance of {} met no finding and can be removed ({})",
                    suppression.rule, suppression.reason
                ));
            }
        }
        notices
    }
}

fn fits(pattern: &str, text: &str) -> bool {
    pattern == text || Pattern::new(pattern).is_ok_and(|pattern| pattern.matches(text))
}

fn set_params(rule: &mut Rule, values: &BTreeMap<String, Cell>) -> Result<(), PolicyError> {
    for (name, value) in values {
        let Some(param) = rule.params.iter_mut().find(|param| param.name == *name) else {
            let known: Vec<&str> = rule.params.iter().map(|param| param.name.as_str()).collect();
            return Err(wrong(
                format!("rule {} has no parameter `{name}`", rule.id),
                Some(if known.is_empty() {
                    "it has none at all".to_owned()
                } else {
                    format!("it has {}", known.join(", "))
                }),
            ));
        };
        if std::mem::discriminant(&param.default) != std::mem::discriminant(value) {
            return Err(wrong(
                format!(
                    "parameter `{name}` of rule {} must be of the type of its default, {}",
                    rule.id,
                    param.default.key_text()
                ),
                None,
            ));
        }
        param.default = value.clone();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Policy, Suppression};
    use crate::facts::Cell;
    use crate::findings::{Finding, FixSql, Judgment, Outcome, Severity};
    use crate::rules::{Rule, RuleSet, builtin_files, load};

    fn rules() -> RuleSet {
        load(&builtin_files()).expect("the built-in rules load")
    }

    fn judged(rules: &RuleSet, id: &str, subject: &str) -> Vec<Judgment> {
        let finding = Finding {
            subject: subject.to_owned(),
            message: String::new(),
            evidence: serde_json::Map::new(),
            fix: String::new(),
            fix_sql: FixSql::default(),
            fingerprint: String::new(),
            suppressed: None,
            rehearsed: None,
        };
        let rule = rules.rules.iter().position(|rule| rule.id == id).expect("a rule");
        vec![Judgment { rule, database: Some("shop".to_owned()), outcome: Outcome::Violated(vec![finding]) }]
    }

    fn accept(rule: &str, subject: Option<&str>, until: Option<&str>) -> Policy {
        let suppression = Suppression {
            rule: rule.to_owned(),
            subject: subject.map(str::to_owned),
            database: None,
            reason: "known".to_owned(),
            until: until.map(str::to_owned),
        };
        Policy { suppressions: vec![suppression], ..Policy::default() }
    }

    #[test]
    fn rules_are_chosen_weighed_and_set() {
        let mut set = rules();
        let has_number = |rule: &Rule| rule.params.first().is_some_and(|p| matches!(p.default, Cell::Int(_)));
        let at = set.rules.iter().position(has_number).expect("a rule with a number");
        let chosen = &set.rules[at];
        let (id, area, param) = (chosen.id.clone(), chosen.area().to_owned(), chosen.params[0].name.clone());
        let other =
            set.rules.iter().find(|r| r.area() == area && r.id != id).expect("another rule").id.clone();
        let policy = Policy {
            only: vec![format!("{area}/*")],
            skip: vec![other.clone()],
            severities: vec![(id.clone(), Some(Severity::Error))],
            params: [(id.clone(), [(param, Cell::Int(7))].into())].into(),
            ..Policy::default()
        };
        policy.apply_to_rules(&mut set).expect("wishes that can be fulfilled");
        assert!(set.rules.iter().all(|rule| rule.area() == area && rule.id != other));
        let rule = set.rule(&id).expect("it was chosen");
        assert_eq!((rule.severity, &rule.params[0].default), (Severity::Error, &Cell::Int(7)));
        let mistake = Policy { skip: vec![format!("{other}x")], ..Policy::default() };
        let error = mistake.apply_to_rules(&mut rules()).expect_err("no such rule");
        assert_eq!(error.hint, Some(format!("did you mean `{other}`?")));
    }

    #[test]
    fn acceptances_expire_and_are_told_when_they_meet_nothing() {
        let rules = rules();
        let id = rules.rules[0].id.as_str();
        let suppressed = |policy: &Policy| {
            let mut judgments = judged(&rules, id, "index public.i");
            let notices = policy.suppress(&rules, &mut judgments, "2026-06-01");
            let Outcome::Violated(findings) = &judgments[0].outcome else { panic!("still violated") };
            (findings[0].suppressed.is_some(), notices)
        };
        assert_eq!(suppressed(&accept(id, Some("index public.*"), Some("2026-06-01"))), (true, vec![]));
        let (yes, notices) = suppressed(&accept(id, None, Some("2026-05-31")));
        assert!(!yes && notices[0].contains("expired on 2026-05-31"), "{notices:?}");
        let (yes, notices) = suppressed(&accept(id, Some("index other.*"), None));
        assert!(!yes && notices[0].contains("met no finding"), "{notices:?}");
    }
}

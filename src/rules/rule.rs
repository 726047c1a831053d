//! A checked rule.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::facts::{Cell, FactTable};
use crate::findings::{Severity, When, Who};
use crate::rules::expr::Expr;
use crate::rules::probe::Scope;
use crate::rules::template::Template;
use crate::rules::view::Root;

/// Where a rule is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lifecycle {
    /// New; its severity may still change.
    Preview,
    /// In use.
    #[default]
    Stable,
    /// Will be removed.
    Deprecated,
}

impl Lifecycle {
    /// The word in files and pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Stable => "stable",
            Self::Deprecated => "deprecated",
        }
    }
}

/// What a rehearsal has to do with a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RehearsalRole {
    /// Nothing: it sees what no rehearsal can.
    #[default]
    None,
    /// The rule doubts that an object can be created, and a rehearsal knows.
    Decides,
    /// The rule tells what failed in a rehearsal.
    Tells,
}

/// A number or text that a user may set.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its value unless set.
    pub default: Cell,
    /// What it does.
    pub about: String,
}

/// What a case must give.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// Findings with these subjects, in this order; none means a pass.
    Violations(Vec<String>),
    /// The rule does not apply.
    Skipped,
    /// The rule cannot be judged.
    CouldNotCheck,
}

/// A checked case.
#[derive(Debug)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// What it must give.
    pub expected: Expected,
    pub(crate) tables: Vec<((Root, String), FactTable)>,
    pub(crate) no_target: bool,
    pub(crate) params: Vec<(String, Cell)>,
}

/// A checked rule: for each row of a probe, if the rule applies, it is violated if …
#[derive(Debug)]
pub struct Rule {
    /// Its path below the rules folder, without ending: `extensions/missing-on-target`.
    pub id: String,
    /// The problem in a few words.
    pub title: String,
    /// What was found when nothing is wrong, in a sentence; `None` where a rule of a user does not say it.
    pub passed: Option<String>,
    /// Who can do something about a violation; `None` where a rule of a user does not say it.
    pub who: Option<Who>,
    /// How much a violation matters.
    pub severity: Severity,
    /// The version that brought it.
    pub since: String,
    /// Where it is in its life.
    pub lifecycle: Lifecycle,
    /// How often it is judged.
    pub scope: Scope,
    /// The code that Azure's migration service has for the same problem.
    pub azure_code: Option<String>,
    /// When there is something to do about it.
    pub when: When,
    /// Whether a violation means that other questions stay open, such as a server that was not reached.
    pub leaves_open: bool,
    /// Whether it has anything to say here.
    pub applies_if: Option<Expr>,
    /// Why it has nothing to say when it does not.
    pub applies_text: Option<String>,
    /// The rows it goes through.
    pub for_each: Option<(Root, String)>,
    /// Whether the row, or the whole, is wrong.
    pub violated_if: Option<Expr>,
    /// Without a target: whether the question stays open. Without this key the rule does not apply then.
    pub needs_target_if: Option<Expr>,
    /// What a rehearsal has to do with it.
    pub rehearsal: RehearsalRole,
    /// What a finding is about.
    pub subject: Template,
    /// What is wrong.
    pub message: Template,
    /// Why that matters.
    pub why: String,
    /// What to do.
    pub fix: Template,
    /// Whether the ready statements help with this row; always without.
    pub fix_sql_only_if: Option<Expr>,
    /// Statements for the source that do it.
    pub fix_sql_source: Vec<Template>,
    /// Statements for the target that do it.
    pub fix_sql_target: Vec<Template>,
    /// Where to read more.
    pub references: Vec<String>,
    /// What a user may set.
    pub params: Vec<Param>,
    /// Facts with the findings they must give.
    pub cases: Vec<Case>,
    /// Everything it reads.
    pub reads: BTreeSet<(Root, String)>,
    /// The option with which facts are there that it needs, and that are not collected otherwise.
    pub asked_with: Option<String>,
    /// Whether it came from a folder of the user.
    pub custom: bool,
}

impl Rule {
    /// The first part of its id.
    pub fn area(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }

    /// The parameters at their defaults, as they are bound for evaluation.
    pub fn default_params(&self) -> Vec<(String, Cell)> {
        self.params.iter().map(|p| (p.name.clone(), p.default.clone())).collect()
    }
}

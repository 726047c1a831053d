//! Judges rules over facts.
//!
//! Reads no clock, no file and no server, so recorded facts give the same outcomes on every machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::facts::{Cell, FactSet, FactTable, Facts, Missing, ObjectColumns, ProbeFacts, Row, Side};
use crate::findings::{Finding, FixSql, Judgment, Outcome, fingerprint};
use crate::pg::tokens;
use crate::plan::{self, Filters};
use crate::rules::{EvalScope, Lookup, Root, Rule, RuleSet, Scope, View, bind};

/// Judges every rule: those of the instance once, those of databases once for each.
pub fn evaluate(rules: &RuleSet, facts: &FactSet) -> Vec<Judgment> {
    evaluate_with(rules, facts, &|rule| rule.default_params())
}

/// Like [`evaluate`], with the parameters a user has set.
pub fn evaluate_with(
    rules: &RuleSet,
    facts: &FactSet,
    params: &dyn Fn(&Rule) -> Vec<(String, Cell)>,
) -> Vec<Judgment> {
    let unions = Unions::new(rules, facts);
    let instance = instance_view(facts, &unions);
    let databases: Vec<View<'_>> =
        facts.databases.iter().map(|pair| database_view(facts, &pair.source, &pair.target)).collect();
    let mut judgments = Vec::new();
    for (position, rule) in rules.rules.iter().enumerate() {
        let params = params(rule);
        let views: &[View<'_>] = match rule.scope {
            Scope::Instance => std::slice::from_ref(&instance),
            Scope::Database => &databases,
        };
        for view in views {
            // Parameters are owned by this loop, views by the caller: the shorter of the two lives is the one needed.
            let outcome = judge(rule, view, &params);
            let database = view.database.map(str::to_owned);
            // What was found stands beside what was not looked at: neither hides the other.
            if let (Outcome::Violated(_), Some(unread)) = (&outcome, unread(rule, view)) {
                let outcome = Outcome::Errored(unread);
                judgments.push(Judgment { rule: position, database: database.clone(), outcome });
            }
            judgments.push(Judgment { rule: position, database, outcome });
        }
    }
    judgments
}

/// Whether a rule can apply to a kind of target, as far as the profile alone tells.
pub fn can_apply(rule: &Rule, profile: &Facts) -> bool {
    let Some(applies_if) = &rule.applies_if else { return true };
    if applies_if.reads.iter().any(|(root, _)| *root != Root::Profile) {
        return true;
    }
    let mut view = View::default();
    add(&mut view, Root::Profile, profile);
    applies_if.truth(&bind(&view, &applies_if.reads, &rule.default_params())).unwrap_or(true)
}

/// Judges one rule over what it can see.
pub fn judge<'f>(rule: &'f Rule, view: &View<'f>, params: &'f [(String, Cell)]) -> Outcome {
    let mut missing = None;
    let mut failed = None;
    for read in &rule.reads {
        let (root, name) = read;
        match view.tables.get(&(*root, name.as_str())) {
            Some(Lookup::Table(_)) => {}
            Some(Lookup::Failed(reason)) => failed = Some(failure(*root, name, reason)),
            Some(Lookup::Missing(why)) => missing = Some(*why),
            None if rule.asked_with.is_some() => {
                let option = rule.asked_with.as_deref().unwrap_or_default();
                return Outcome::Skipped(format!("needs facts that are only there with {option}"));
            }
            None => return Outcome::Errored(format!("there are no facts for {root}.{name}")),
        }
    }
    if let Some(why) = missing {
        return judge_without(rule, view, why, params);
    }
    match judge_rows(rule, view, params) {
        Ok(Outcome::Passed) => match unread(rule, view) {
            Some(unread) => Outcome::Errored(unread),
            None if read_suspects_only(rule, view) => Outcome::Skipped(ONLY_DEEP.to_owned()),
            None => Outcome::Passed,
        },
        Ok(outcome) => outcome,
        // A failed probe whose answer was needed is the reason, whatever the expression made of it.
        Err(reason) => Outcome::Errored(failed.unwrap_or(reason)),
    }
}

/// What the scans that a rule reads did not get to.
fn unread(rule: &Rule, view: &View<'_>) -> Option<String> {
    rule.reads.iter().find_map(|(root, name)| match view.tables.get(&(*root, name.as_str())) {
        Some(Lookup::Table(table)) => table.unread.clone(),
        _ => None,
    })
}

/// Why a rule over the rows of tables has no answer.
const ONLY_DEEP: &str = "reads the rows of tables, which only --deep does";

/// Whether the scans that a rule reads looked at doubtful parts alone, so that they show no more than those.
fn read_suspects_only(rule: &Rule, view: &View<'_>) -> bool {
    rule.reads.iter().any(|(root, name)| {
        matches!(view.tables.get(&(*root, name.as_str())), Some(Lookup::Table(table)) if table.only_suspects)
    })
}

/// Why facts are not there. A server that was not reached is named by its own message.
fn failure(root: Root, name: &str, reason: &str) -> String {
    if reason.starts_with("connect to the ") { reason.to_owned() } else { format!("{root}.{name}: {reason}") }
}

/// A rule whose facts cannot be there: it does not apply, unless it says that the question stays open.
fn judge_without<'f>(
    rule: &'f Rule,
    view: &View<'f>,
    why: &Missing,
    params: &'f [(String, Cell)],
) -> Outcome {
    let open = match (&rule.needs_target_if, why) {
        (Some(expr), Missing::NoTarget) => expr.truth(&bind(view, &expr.reads, params)),
        _ => Ok(false),
    };
    match open {
        Ok(false) => Outcome::Skipped(why.to_string()),
        Ok(true) => Outcome::Errored(why.to_string()),
        Err(reason) => Outcome::Errored(reason),
    }
}

fn judge_rows<'f>(rule: &'f Rule, view: &View<'f>, params: &'f [(String, Cell)]) -> Result<Outcome, String> {
    let scope = bind(view, &rule.reads, params);
    if let Some(applies_if) = &rule.applies_if
        && !applies_if.truth(&scope)?
    {
        let why = rule.applies_text.clone().unwrap_or_else(|| format!("only if {}", applies_if.source()));
        return Ok(Outcome::Skipped(why));
    }
    let violated =
        |scope: &EvalScope<'_, 'f>| rule.violated_if.as_ref().map_or(Ok(true), |expr| expr.truth(scope));
    let mut findings = Vec::new();
    let mut left_out = false;
    match &rule.for_each {
        None => {
            if violated(&scope)? {
                findings.push(finding(rule, view, &scope, None)?);
            }
        }
        Some((root, name)) => {
            // Without the rows to go through there is nothing to judge: doubt is never a pass.
            let Some(Lookup::Table(table)) = view.tables.get(&(*root, name.as_str())) else {
                return Err(format!("{root}.{name} gave no rows"));
            };
            let out = LeftOut::of(rule, view);
            for row in table.rows() {
                let scope = scope.with_row(row);
                if out.as_ref().is_some_and(|out| out.has(row)) {
                    left_out |= violated(&scope).unwrap_or(false);
                } else if violated(&scope)? {
                    findings.push(finding(rule, view, &scope, Some(row))?);
                }
            }
        }
    }
    Ok(match (findings.is_empty(), left_out) {
        (false, _) => Outcome::Violated(findings),
        (true, true) => Outcome::Skipped("the migration leaves out what it finds".to_owned()),
        (true, false) => Outcome::Passed,
    })
}

/// What the filters of the migration leave out: whatever is wrong with it is no trouble.
struct LeftOut {
    patterns: plan::LeftOut,
    extensions: Vec<String>,
    /// Whether the rows of tables are judged, which may be left out alone.
    rows: bool,
}

impl LeftOut {
    /// None without filters, and for a rule that does not go through rows of the source.
    fn of(rule: &Rule, view: &View<'_>) -> Option<LeftOut> {
        let Some(Lookup::Table(options)) = view.tables.get(&(Root::Run, "plan")) else { return None };
        let options = options.rows().first()?;
        let list = |column: &str| match options.get(column) {
            Some(Cell::List(patterns)) => patterns.clone(),
            _ => Vec::new(),
        };
        let filters = Filters {
            include_schema: list("include_schema"),
            exclude_schema: list("exclude_schema"),
            exclude_table: list("exclude_table"),
            exclude_table_data: list("exclude_table_data"),
        };
        let extensions = list("exclude_extension");
        let of_source = matches!(rule.for_each, Some((Root::Source, _)));
        (of_source && !(filters.is_empty() && extensions.is_empty())).then(|| LeftOut {
            patterns: filters.left_out(),
            extensions,
            rows: rule.asked_with.is_some(),
        })
    }

    /// Whether the object that a row is about is left out.
    fn has(&self, row: &Row) -> bool {
        // Where names without a schema are looked up, the facts do not tell: by default that is here.
        let path = ["public".to_owned()];
        let text = |at: usize| row.cells.get(at).map(Cell::key_text).unwrap_or_default();
        match row.shape.object {
            ObjectColumns::None => false,
            ObjectColumns::Relation(schema, name) if self.rows => {
                self.patterns.rows(&text(schema), &text(name), &path)
            }
            ObjectColumns::Relation(schema, name) => {
                self.patterns.relation(&text(schema), &text(name), &path)
            }
            ObjectColumns::Qualified(name) => {
                schema_of(&text(name)).is_some_and(|schema| self.patterns.schema(&schema))
            }
            ObjectColumns::Extension(name) => self.extensions.contains(&text(name)),
        }
    }
}

/// The schema in the name of an object as the server prints it, maybe behind the kind of object.
fn schema_of(text: &str) -> Option<String> {
    let tokens = tokens(text);
    let before_dot = tokens.windows(2).find(|pair| pair[1].text == ".")?;
    before_dot[0].name()
}

fn finding(
    rule: &Rule,
    view: &View<'_>,
    scope: &EvalScope<'_, '_>,
    row: Option<&Row>,
) -> Result<Finding, String> {
    let subject = rule.subject.fill(scope)?;
    let evidence = row.map(Row::to_json).unwrap_or_default();
    let helps = rule.fix_sql_only_if.as_ref().map_or(Ok(true), |expr| expr.truth(scope))?;
    let fill_all = |templates: &[crate::rules::Template]| -> Result<Vec<String>, String> {
        templates.iter().filter(|_| helps).map(|template| template.fill(scope)).collect()
    };
    Ok(Finding {
        fingerprint: fingerprint(&rule.id, view.database, &subject),
        subject,
        message: rule.message.fill(scope)?,
        evidence,
        fix: rule.fix.fill(scope)?,
        fix_sql: FixSql { source: fill_all(&rule.fix_sql_source)?, target: fill_all(&rule.fix_sql_target)? },
        suppressed: None,
        rehearsed: None,
    })
}

fn lookup(facts: &ProbeFacts) -> Lookup<'_> {
    match facts {
        ProbeFacts::Table(table) => Lookup::Table(table),
        ProbeFacts::Failed(reason) => Lookup::Failed(reason),
        ProbeFacts::Missing(why) => Lookup::Missing(why),
    }
}

fn add<'f>(view: &mut View<'f>, root: Root, facts: &'f Facts) {
    view.tables.extend(facts.iter().map(|(name, facts)| ((root, name.as_str()), lookup(facts))));
}

fn database_view<'f>(facts: &'f FactSet, source: &'f str, target: &str) -> View<'f> {
    let mut view = View { tables: BTreeMap::new(), database: Some(source) };
    add(&mut view, Root::Run, &facts.run);
    add(&mut view, Root::Profile, &facts.profile);
    for (side, name) in [(Side::Source, source), (Side::Target, target)] {
        add(&mut view, side.into(), &facts.side(side).instance);
        if let Some(of_database) = facts.side(side).databases.get(name) {
            add(&mut view, side.into(), of_database);
        }
    }
    view
}

fn instance_view<'f>(facts: &'f FactSet, unions: &'f Unions) -> View<'f> {
    let mut view = View::default();
    add(&mut view, Root::Run, &facts.run);
    add(&mut view, Root::Profile, &facts.profile);
    for side in Side::BOTH {
        add(&mut view, side.into(), &facts.side(side).instance);
        add(&mut view, side.into(), &unions.0[side as usize]);
    }
    view
}

/// The rows of all databases together, for rules of the instance that look at them.
struct Unions([Facts; 2]);

impl Unions {
    fn new(rules: &RuleSet, facts: &FactSet) -> Unions {
        let mut unions = Unions([Facts::new(), Facts::new()]);
        let wanted =
            rules.rules.iter().filter(|rule| rule.scope == Scope::Instance).flat_map(|rule| &rule.reads);
        for (root, name) in wanted {
            let side = match root {
                Root::Source => Side::Source,
                Root::Target => Side::Target,
                Root::Profile | Root::Run => continue,
            };
            let of_databases = rules.probes.get(name).filter(|probe| probe.scope == Scope::Database);
            if let Some(probe) = of_databases
                && !unions.0[side as usize].contains_key(name)
            {
                let union = union(facts, side, name, &Arc::new(probe.shape.with_database()));
                unions.0[side as usize].insert(name.clone(), union);
            }
        }
        unions
    }
}

/// One database that could not be asked makes the union unusable: a rule over part of the facts could pass wrongly.
fn union(facts: &FactSet, side: Side, name: &str, shape: &Arc<crate::facts::Shape>) -> ProbeFacts {
    let mut all = match FactTable::new(Arc::clone(shape), Vec::new()) {
        Ok(table) => table,
        Err(error) => return ProbeFacts::Failed(error.to_string()),
    };
    let mut missing = None;
    for (database, of_database) in &facts.side(side).databases {
        match of_database.get(name) {
            Some(ProbeFacts::Table(table)) => all.extend_from_database(database, table),
            Some(ProbeFacts::Failed(reason)) => {
                return ProbeFacts::Failed(format!("database {database}: {reason}"));
            }
            Some(ProbeFacts::Missing(Missing::NoTarget)) => missing = Some(Missing::NoTarget),
            Some(ProbeFacts::Missing(Missing::NoDatabase(_))) => {}
            None => return ProbeFacts::Failed(format!("database {database}: there are no facts")),
        }
    }
    missing.map_or(ProbeFacts::Table(all), ProbeFacts::Missing)
}

//! From names and texts to a checked rule set. Every mistake of every file is reported at once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;

use crate::facts::{Shape, Side};
use crate::findings::Who;
use crate::rules::cell::toml_cell;
use crate::rules::check::Scopes;
use crate::rules::expr::Expr;
use crate::rules::file::RuleText;
use crate::rules::probe::{INVENTORY, Probe, ProbeKind, Scope, read_probe};
use crate::rules::problem::{ExprProblem, Problems, Reporter, did_you_mean};
use crate::rules::profile::{Profiles, read_profile, read_profile_file};
use crate::rules::rule::{Case, Expected};
use crate::rules::rule::{Param, Rule};
use crate::rules::template::Template;
use crate::rules::types::Type;
use crate::rules::view::Root;

/// Words of `only_with` are columns of the inventory, of truth values.
fn check_inventory(
    probes: &BTreeMap<String, Probe>,
    by_path: &BTreeMap<&str, &RuleFile>,
    problems: &mut Problems,
) {
    let known: Vec<&str> =
        probes.get(INVENTORY).iter().flat_map(|p| p.shape.columns.iter().map(|c| c.name.as_str())).collect();
    for probe in probes.values() {
        for word in probe.only_with.iter().filter(|word| !known.contains(&word.as_str())) {
            let path = format!("probes/{}.toml", probe.name);
            let text = by_path.get(path.as_str()).map(|file| file.text.as_str()).unwrap_or_default();
            let mut reporter = Reporter::new(&path, text);
            let at = text.find(word.as_str()).unwrap_or(0);
            let help = did_you_mean(word, known.iter().copied());
            reporter.report(at..at + word.len(), format!("the inventory has no column `{word}`"), help);
            problems.0.append(&mut reporter.problems);
        }
    }
}

/// The profile whose tables the others take where they have none of their own.
const COMMON_PROFILE: &str = "postgresql";

/// One file below a rules folder.
#[derive(Debug, Clone)]
pub struct RuleFile {
    /// Its path below that folder, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Whether it came from a folder of the user.
    pub custom: bool,
}

/// The rules, probes and profiles in use.
#[derive(Debug, Default)]
pub struct RuleSet {
    /// By id, ascending.
    pub rules: Vec<Rule>,
    /// By name.
    pub probes: BTreeMap<String, Probe>,
    /// By name.
    pub profiles: Profiles,
    /// Ids of built-in rules that a file of the user replaced.
    pub replaced: Vec<String>,
}

/// The files that the program carries inside.
pub fn builtin_files() -> Vec<RuleFile> {
    const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/rule_files.rs"));
    FILES
        .iter()
        .map(|(path, text)| RuleFile { path: (*path).to_owned(), text: (*text).to_owned(), custom: false })
        .collect()
}

/// Reads and checks files. A later file replaces an earlier one of the same path.
pub fn load(files: &[RuleFile]) -> Result<RuleSet, Problems> {
    let mut by_path: BTreeMap<&str, &RuleFile> = BTreeMap::new();
    let mut replaced = Vec::new();
    for file in files {
        if let Some(before) = by_path.insert(&file.path, file)
            && file.custom
            && !before.custom
        {
            replaced.push(file.path.trim_end_matches(".toml").to_owned());
        }
    }
    let mut set = RuleSet { replaced, ..RuleSet::default() };
    let mut problems = Problems::default();

    let queries: BTreeMap<String, String> = by_path
        .iter()
        .filter_map(|(path, file)| {
            let name = path.strip_prefix("probes/")?.strip_suffix(".sql")?;
            Some((name.to_owned(), file.text.clone()))
        })
        .collect();
    for (path, file) in &by_path {
        if let Some(name) = path.strip_prefix("probes/").and_then(|p| p.strip_suffix(".toml")) {
            let mut reporter = Reporter::new(path, &file.text);
            let probe = read_probe(name, &mut reporter, &queries);
            problems.0.append(&mut reporter.problems);
            set.probes.extend(probe.map(|probe| (name.to_owned(), probe)));
        }
    }

    check_inventory(&set.probes, &by_path, &mut problems);

    let mut profiles: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for (path, file) in &by_path {
        if let Some((name, part)) = path.strip_prefix("profiles/").and_then(|p| p.split_once('/')) {
            profiles.entry(name).or_default().insert(part, &file.text);
        }
    }
    // What holds for any PostgreSQL server holds for every kind of target that does not say otherwise.
    let common = profiles.get(COMMON_PROFILE).cloned().unwrap_or_default();
    for (name, mut parts) in profiles {
        for (file, text) in common.iter().filter(|(file, _)| **file != "profile.toml") {
            parts.entry(file).or_insert(text);
        }
        let profile = read_profile(name, &parts, &set.probes, &mut problems.0);
        set.profiles.insert(name.to_owned(), profile);
    }

    for (path, file) in &by_path {
        let Some(id) = path.strip_suffix(".toml") else { continue };
        if id.starts_with("probes/") || id.starts_with("profiles/") {
            continue;
        }
        let mut reporter = Reporter::new(path, &file.text);
        let rule = read_rule(id, file.custom, &mut reporter, &set.probes);
        problems.0.append(&mut reporter.problems);
        set.rules.extend(rule);
    }
    if problems.0.is_empty() { Ok(set) } else { Err(problems) }
}

impl RuleSet {
    /// The rule with this id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// Adds a profile of a user, and returns its name.
    pub fn add_profile(&mut self, path: &str, text: &str) -> Result<String, Problems> {
        let profile = read_profile_file(path, text, &self.profiles, &self.probes).map_err(Problems)?;
        let name = profile.name.clone();
        self.profiles.insert(name.clone(), profile);
        Ok(name)
    }

    /// The shapes of all probes, for recordings.
    pub fn shapes(&self) -> BTreeMap<String, Arc<Shape>> {
        self.probes.iter().map(|(name, probe)| (name.clone(), Arc::clone(&probe.shape))).collect()
    }

    /// The SQL probes that the rules need of one side.
    pub fn probes_needed(&self, side: Side) -> Vec<&Probe> {
        let root = Root::from(side);
        let names: BTreeSet<&str> = self
            .rules
            .iter()
            .flat_map(|r| &r.reads)
            .filter(|(r, _)| *r == root)
            .map(|(_, name)| name.as_str())
            .collect();
        names
            .into_iter()
            .filter_map(|name| self.probes.get(name))
            .filter(|p| p.kind == ProbeKind::Sql)
            .collect()
    }
}

/// Reads one rule; `None` when there are problems, which the reporter then holds.
fn read_rule(
    id: &str,
    custom: bool,
    reporter: &mut Reporter<'_>,
    probes: &BTreeMap<String, Probe>,
) -> Option<Rule> {
    let text: RuleText = match toml::from_str(reporter.text) {
        Ok(text) => text,
        Err(error) => {
            reporter.report_toml(&error);
            return None;
        }
    };
    let (params, param_types) = read_params(reporter, &text);
    let for_each = text.for_each.as_ref().and_then(|raw| read_for_each(reporter, raw, probes));
    if text.for_each.is_none() && text.violated_if.is_none() {
        reporter.report(0..0, "a rule has at least one of `for_each` and `violated_if`", None);
    }
    if text.for_each.is_some() && for_each.is_none() {
        return None;
    }

    // The scope decides what probes look like, and follows from what the rule reads unless it is given.
    let scope = text.scope.unwrap_or_else(|| {
        let texts =
            [&text.applies_if, &text.violated_if, &text.for_each].into_iter().flatten().map(Spanned::get_ref);
        let reads_database = texts.into_iter().any(|expr| names_database_probe(expr, probes));
        if reads_database { Scope::Database } else { Scope::Instance }
    });
    let row = for_each.as_ref().map(|(_, name)| {
        let scopes = Scopes { probes, scope, row: None, params: &param_types };
        scopes.shape(&probes[name])
    });
    let outer = Scopes { probes, scope, row: None, params: &param_types };
    let inner = Scopes { row, ..outer.clone() };

    let applies_if = compile(reporter, text.applies_if.as_ref(), &outer);
    let violated_if = compile(reporter, text.violated_if.as_ref(), &inner);
    let needs_target_if = compile(reporter, text.needs_target_if.as_ref(), &outer);
    let subject = template(reporter, &text.subject, &inner, false);
    let message = template(reporter, &text.message, &inner, false);
    let fix = template(reporter, &unbroken(&text.fix), &inner, false);
    let sql = |reporter: &mut Reporter<'_>, texts: &[Spanned<String>]| -> Vec<Template> {
        texts.iter().filter_map(|text| template(reporter, text, &inner, true)).collect()
    };
    let fix_sql_only_if = compile(reporter, text.fix_sql.only_if.as_ref(), &inner);
    let fix_sql_source = sql(reporter, &text.fix_sql.source);
    let fix_sql_target = sql(reporter, &text.fix_sql.target);

    let mut cases = Vec::new();
    for case in &text.case {
        match Case::check(case.get_ref(), &inner, &params) {
            Ok(case) => cases.push(case),
            Err(found) => {
                let span = first_line(reporter.text, &case.span());
                for problem in found {
                    let message = format!("case \"{}\": {problem}", case.get_ref().name);
                    reporter.report(span.clone(), message, None);
                }
            }
        }
    }
    if cases.len() == text.case.len() {
        check_cases(reporter, &cases, text.violated_if.is_some() || text.applies_if.is_some());
    }

    if !reporter.problems.is_empty() {
        return None;
    }
    let mut reads = BTreeSet::new();
    reads.extend(for_each.clone());
    for expr in [&applies_if, &violated_if, &fix_sql_only_if].into_iter().flatten() {
        reads.extend(expr.reads.iter().cloned());
    }
    let (subject, message, fix) = (subject?, message?, fix?);
    for template in [&subject, &message, &fix].into_iter().chain(&fix_sql_source).chain(&fix_sql_target) {
        reads.extend(template.reads());
    }
    Some(Rule {
        id: id.to_owned(),
        who: text.who.or_else(|| who_runs(&fix_sql_source, &fix_sql_target)),
        title: text.title,
        passed: text.passed,
        severity: text.severity,
        since: text.since,
        lifecycle: text.status,
        scope,
        azure_code: text.azure_code,
        when: text.when,
        leaves_open: text.leaves_open,
        applies_if,
        applies_text: text.applies_text,
        for_each,
        violated_if,
        needs_target_if,
        rehearsal: text.rehearsal,
        subject,
        message,
        why: text.why.trim().replace('\n', " "),
        fix,
        fix_sql_only_if,
        fix_sql_source,
        fix_sql_target,
        references: text.references,
        params,
        cases,
        asked_with: reads.iter().find_map(|(_, name)| probes[name].asked_with.clone()),
        reads,
        custom,
    })
}

/// Who the ready statements are for; `None` where there are none, or some for both sides.
fn who_runs(source: &[Template], target: &[Template]) -> Option<Who> {
    match (source.is_empty(), target.is_empty()) {
        (false, true) => Some(Who::Source),
        (true, false) => Some(Who::Target),
        (true, true) | (false, false) => None,
    }
}

fn read_params(reporter: &mut Reporter<'_>, text: &RuleText) -> (Vec<Param>, BTreeMap<String, Type>) {
    let mut params = Vec::new();
    let mut types = BTreeMap::new();
    for (name, param) in &text.params {
        let kind = match param.default.get_ref() {
            toml::Value::String(_) => Type::Text,
            toml::Value::Integer(_) => Type::Int,
            toml::Value::Float(_) => Type::Float,
            toml::Value::Boolean(_) => Type::Bool,
            toml::Value::Array(_) => Type::List(Some(Box::new(Type::Text))),
            toml::Value::Datetime(_) | toml::Value::Table(_) => {
                reporter.report(
                    param.default.span(),
                    "a parameter is a number, a text, a truth value or a list of texts",
                    None,
                );
                continue;
            }
        };
        match toml_cell(param.default.get_ref()) {
            Some(default) => {
                params.push(Param { name: name.clone(), default, about: param.about.clone() });
                types.insert(name.clone(), kind);
            }
            None => reporter.report(param.default.span(), "a list of texts holds only texts", None),
        }
    }
    (params, types)
}

fn read_for_each(
    reporter: &mut Reporter<'_>,
    raw: &Spanned<String>,
    probes: &BTreeMap<String, Probe>,
) -> Option<(Root, String)> {
    let span = inside(reporter.text, &raw.span());
    let text = raw.get_ref();
    let Some((root, name)) = text.split_once('.') else {
        reporter.report(span, "expected a root and a probe, such as `source.tables`", None);
        return None;
    };
    let Some(root) = Root::parse(root) else {
        let help = did_you_mean(root, Root::ALL.iter().map(|(name, _)| *name));
        reporter.report(span, format!("`{root}` is none of source, target, profile and run"), help);
        return None;
    };
    match probes.get(name).filter(|probe| probe.is_under(root)) {
        Some(probe) if probe.shape.one_row => {
            reporter.report(span, format!("`{text}` is a single row: name it in `violated_if`"), None);
            None
        }
        Some(_) => Some((root, name.to_owned())),
        None => {
            let help =
                did_you_mean(name, probes.values().filter(|p| p.is_under(root)).map(|p| p.name.as_str()));
            reporter.report(span, format!("there is no `{text}`"), help);
            None
        }
    }
}

/// Whether a text names a probe that is asked once per database. Only names are looked at: the checker does the rest.
fn names_database_probe(text: &str, probes: &BTreeMap<String, Probe>) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    ["source.", "target."].iter().any(|root| {
        text.match_indices(root).any(|(at, _)| {
            let name: String = text[at + root.len()..].chars().take_while(|c| is_word(*c)).collect();
            probes
                .get(&name)
                .is_some_and(|probe| probe.is_under(Root::Target) && probe.scope == Scope::Database)
        })
    })
}

fn compile(reporter: &mut Reporter<'_>, raw: Option<&Spanned<String>>, scopes: &Scopes<'_>) -> Option<Expr> {
    let raw = raw?;
    match Expr::compile(raw.get_ref(), scopes) {
        Ok(expr) if expr.kind == Type::Bool => Some(expr),
        Ok(expr) => {
            let span = inside(reporter.text, &raw.span());
            reporter.report(span, format!("this is a {}, not true or false", expr.kind), None);
            None
        }
        Err(problems) => {
            report_at(reporter, raw, problems);
            None
        }
    }
}

fn template(
    reporter: &mut Reporter<'_>,
    raw: &Spanned<String>,
    scopes: &Scopes<'_>,
    sql: bool,
) -> Option<Template> {
    match Template::compile(raw.get_ref().trim(), scopes, sql) {
        Ok(template) => Some(template),
        Err(mut problems) => {
            let leading = raw.get_ref().len() - raw.get_ref().trim_start().len();
            for problem in &mut problems {
                problem.span = problem.span.start + leading..problem.span.end + leading;
            }
            report_at(reporter, raw, problems);
            None
        }
    }
}

/// A paragraph that is broken into lines only for reading, as one line of the same length.
fn unbroken(raw: &Spanned<String>) -> Spanned<String> {
    Spanned::new(raw.span(), raw.get_ref().replace('\n', " "))
}

fn report_at(reporter: &mut Reporter<'_>, raw: &Spanned<String>, problems: Vec<ExprProblem>) {
    let start = inside(reporter.text, &raw.span()).start;
    for problem in problems {
        reporter.report(start + problem.span.start..start + problem.span.end, problem.message, problem.help);
    }
}

/// The bytes of a TOML string between its quotes. A newline right after an opening `'''` belongs to the quotes.
fn inside(text: &str, span: &Range<usize>) -> Range<usize> {
    let raw = &text[span.clone()];
    let quotes = if raw.starts_with("'''") || raw.starts_with("\"\"\"") { 3 } else { 1 };
    let newline = usize::from(quotes == 3 && raw[3..].starts_with('\n'));
    span.start + quotes + newline..span.end.saturating_sub(quotes)
}

fn first_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let end = text[span.clone()].find('\n').map_or(span.end, |at| span.start + at);
    span.start..end
}

/// A rule shows when it is violated, and when it is not, unless it has nothing to judge.
fn check_cases(reporter: &mut Reporter<'_>, cases: &[Case], judges: bool) {
    let violates =
        |case: &Case| matches!(&case.expected, Expected::Violations(subjects) if !subjects.is_empty());
    let passes =
        |case: &Case| matches!(&case.expected, Expected::Violations(subjects) if subjects.is_empty());
    if !cases.iter().any(violates) {
        reporter.report(0..0, "no case shows a violation", None);
    }
    if judges && !cases.iter().any(passes) {
        reporter.report(0..0, "no case shows a pass", None);
    }
}

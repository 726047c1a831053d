//! The type checker of expressions: names, columns, functions and types are settled at load, with positions.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use cel::IdedExpr;
use cel::common::ast::{
    CallExpr, ComprehensionExpr, Expr as Node, LiteralValue, SelectExpr, SourceInfo, operators,
};

use crate::facts::Shape;
use crate::rules::probe::{Probe, Scope};
use crate::rules::problem::{ExprProblem, did_you_mean};
use crate::rules::types::Type;
use crate::rules::view::Root;

/// What an expression may name.
#[derive(Clone)]
pub(crate) struct Scopes<'a> {
    /// All probes, by name.
    pub(crate) probes: &'a BTreeMap<String, Probe>,
    /// Whether the rule is judged once per instance: then probes of databases show the rows of all of them.
    pub(crate) scope: Scope,
    /// The shape of `it`.
    pub(crate) row: Option<Arc<Shape>>,
    /// The types of `params.…`.
    pub(crate) params: &'a BTreeMap<String, Type>,
}

impl Scopes<'_> {
    /// The shape of a probe's rows as this rule sees them.
    pub(crate) fn shape(&self, probe: &Probe) -> Arc<Shape> {
        match (self.scope, probe.scope) {
            (Scope::Instance, Scope::Database) => Arc::new(probe.shape.with_database()),
            _ => Arc::clone(&probe.shape),
        }
    }
}

/// What was found out about an expression.
pub(crate) struct Checked {
    pub(crate) kind: Type,
    pub(crate) reads: BTreeSet<(Root, String)>,
}

/// A function of our own: its name, what it takes, what it gives.
const FUNCTIONS: &[(&str, &[Type], Type)] = &[
    ("ident", &[Type::Text], Type::Sql),
    ("literal", &[Type::Text], Type::Sql),
    ("qualified", &[Type::Text, Type::Text], Type::Sql),
    ("lower", &[Type::Text], Type::Text),
    ("octets", &[Type::Text], Type::Int),
    ("bytes_text", &[Type::Int], Type::Text),
    ("vercmp", &[Type::Text, Type::Text], Type::Int),
    ("major", &[Type::Int], Type::Text),
    ("major_num", &[Type::Int], Type::Int),
    ("regex", &[Type::Text, Type::Text], Type::Bool),
];

/// Methods of texts that CEL brings: one text in, a truth value out.
const TEXT_METHODS: &[&str] = &["startsWith", "endsWith", "contains"];

pub(crate) fn check(
    expr: &IdedExpr,
    info: &SourceInfo,
    scopes: &Scopes<'_>,
) -> Result<Checked, Vec<ExprProblem>> {
    let mut checker =
        Checker { info, scopes, locals: Vec::new(), reads: BTreeSet::new(), problems: Vec::new() };
    let kind = checker.kind(expr);
    match kind {
        Some(kind) if checker.problems.is_empty() => Ok(Checked { kind, reads: checker.reads }),
        _ => Err(checker.problems),
    }
}

struct Checker<'a> {
    info: &'a SourceInfo,
    scopes: &'a Scopes<'a>,
    locals: Vec<(String, Type)>,
    reads: BTreeSet<(Root, String)>,
    problems: Vec<ExprProblem>,
}

impl Checker<'_> {
    fn span(&self, expr: &IdedExpr) -> Range<usize> {
        let (start, stop) = self.info.offset_for(expr.id).unwrap_or((0, 0));
        let source = &self.info.source;
        let byte = |at: u32| source.char_indices().nth(at as usize).map_or(source.len(), |(byte, _)| byte);
        // The parser counts the last character in.
        byte(start)..byte(stop.saturating_add(1)).max(byte(start))
    }

    fn problem<T>(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        help: Option<String>,
    ) -> Option<T> {
        self.problems.push(ExprProblem { span, message: message.into(), help });
        None
    }

    /// The types of several expressions. All are looked at, so that all problems are found.
    fn kinds(&mut self, exprs: &[IdedExpr]) -> Option<Vec<Type>> {
        let kinds: Vec<Option<Type>> = exprs.iter().map(|expr| self.kind(expr)).collect();
        kinds.into_iter().collect()
    }

    /// The type of an expression, or `None` after a problem has been noted.
    fn kind(&mut self, expr: &IdedExpr) -> Option<Type> {
        match &expr.expr {
            Node::Literal(literal) => match literal {
                LiteralValue::Boolean(_) => Some(Type::Bool),
                LiteralValue::Int(_) => Some(Type::Int),
                LiteralValue::Double(_) => Some(Type::Float),
                LiteralValue::String(_) => Some(Type::Text),
                LiteralValue::Null => Some(Type::Null),
                LiteralValue::UInt(_) | LiteralValue::Bytes(_) => self.problem(
                    self.span(expr),
                    "literals of this kind are not used here: write a plain number or text",
                    None,
                ),
            },
            Node::Ident(name) => self.ident(expr, name),
            Node::Select(select) => self.select(expr, select),
            Node::List(list) => {
                let kinds = self.kinds(&list.elements);
                let mut item: Option<Type> = None;
                for (kind, element) in kinds?.into_iter().zip(&list.elements) {
                    item = match item {
                        None => Some(kind),
                        Some(before) if before.accepts(&kind) => Some(before),
                        Some(before) if kind.accepts(&before) => Some(kind),
                        Some(before) => {
                            let message = format!("this list has a {kind} behind a {before}");
                            return self.problem(self.span(element), message, None);
                        }
                    };
                }
                Some(Type::List(item.map(Box::new)))
            }
            Node::Call(call) => self.call(expr, call),
            Node::Comprehension(comprehension) => self.comprehension(comprehension),
            Node::Map(_) | Node::Struct(_) | Node::Unspecified => {
                self.problem(self.span(expr), "maps and structures are not used in rules", None)
            }
        }
    }

    fn ident(&mut self, expr: &IdedExpr, name: &str) -> Option<Type> {
        if let Some((_, kind)) = self.locals.iter().rev().find(|(local, _)| local == name) {
            return Some(kind.clone());
        }
        if let Some(root) = Root::parse(name) {
            return Some(Type::Root(root));
        }
        match name {
            "params" => return Some(Type::Params),
            "it" => {
                return match &self.scopes.row {
                    Some(shape) => Some(Type::Row(Arc::clone(shape))),
                    None => self.problem(
                        self.span(expr),
                        "there is no `it` here: the rule has no `for_each`",
                        None,
                    ),
                };
            }
            _ => {}
        }
        let locals: Vec<String> = self.locals.iter().map(|(local, _)| local.clone()).collect();
        let known = ["it", "params", "source", "target", "profile", "run"]
            .into_iter()
            .chain(locals.iter().map(String::as_str));
        let help = did_you_mean(name, known);
        self.problem(self.span(expr), format!("nothing is called `{name}` here"), help)
    }

    fn select(&mut self, expr: &IdedExpr, select: &SelectExpr) -> Option<Type> {
        let operand = self.kind(&select.operand)?;
        let field = &select.field;
        let kind = match operand {
            Type::Root(root) => self.table(expr, root, field),
            Type::Params => match self.scopes.params.get(field) {
                Some(kind) => Some(kind.clone()),
                None => {
                    let help = did_you_mean(field, self.scopes.params.keys().map(String::as_str));
                    self.problem(
                        self.field_span(expr, field),
                        format!("the rule declares no parameter `{field}`"),
                        help,
                    )
                }
            },
            Type::Row(shape) => match shape.position(field) {
                Some(position) => Some(Type::of_column(shape.columns[position].kind)),
                None => {
                    let help = did_you_mean(field, shape.columns.iter().map(|c| c.name.as_str()));
                    self.problem(self.field_span(expr, field), format!("no column `{field}` here"), help)
                }
            },
            Type::Table(_) => {
                let help = Some(
                    "a probe with many rows is a list: use `for_each`, `[key]`, `in`, `exists`, `all` …"
                        .to_owned(),
                );
                self.problem(self.field_span(expr, field), format!("a table has no `{field}`"), help)
            }
            other => self.problem(self.field_span(expr, field), format!("a {other} has no `{field}`"), None),
        }?;
        Some(if select.test { Type::Bool } else { kind })
    }

    /// The span of the last name of a selection. The parser marks the dot, or the whole.
    fn field_span(&self, expr: &IdedExpr, field: &str) -> Range<usize> {
        let span = self.span(expr);
        let source = &self.info.source;
        match source.get(span.start..).and_then(|rest| rest.find(field)) {
            Some(at) => span.start + at..span.start + at + field.len(),
            None => span,
        }
    }

    fn table(&mut self, expr: &IdedExpr, root: Root, name: &str) -> Option<Type> {
        let Some(probe) = self.scopes.probes.get(name).filter(|probe| probe.is_under(root)) else {
            let known = self.scopes.probes.values().filter(|p| p.is_under(root)).map(|p| p.name.as_str());
            let help = did_you_mean(name, known);
            return self.problem(self.field_span(expr, name), format!("there is no `{root}.{name}`"), help);
        };
        self.reads.insert((root, name.to_owned()));
        let shape = self.scopes.shape(probe);
        Some(if shape.one_row { Type::Row(shape) } else { Type::Table(shape) })
    }

    fn call(&mut self, expr: &IdedExpr, call: &CallExpr) -> Option<Type> {
        if let Some(target) = &call.target {
            return self.method(call, target);
        }
        let kinds = self.kinds(&call.args)?;
        match (call.func_name.as_str(), kinds.as_slice()) {
            (operators::LOGICAL_AND | operators::LOGICAL_OR, [a, b]) => {
                self.want(&call.args[0], &Type::Bool, a)?;
                self.want(&call.args[1], &Type::Bool, b)?;
                Some(Type::Bool)
            }
            (operators::LOGICAL_NOT | operators::NOT_STRICTLY_FALSE, [a]) => {
                self.want(&call.args[0], &Type::Bool, a)?;
                Some(Type::Bool)
            }
            (operators::CONDITIONAL, [condition, a, b]) => {
                self.want(&call.args[0], &Type::Bool, condition)?;
                self.alike(expr, a, b, "the two results of `? :`")
            }
            (operators::EQUALS | operators::NOT_EQUALS, [a, b]) => {
                if *a != Type::Null && *b != Type::Null {
                    self.alike(expr, a, b, "the two sides of the comparison")?;
                }
                Some(Type::Bool)
            }
            (
                operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS,
                [a, b],
            ) => {
                let kind = self.alike(expr, a, b, "the two sides of the comparison")?;
                if !matches!(kind, Type::Int | Type::Float | Type::Text | Type::Sql) {
                    return self.problem(
                        self.span(expr),
                        format!("values of type {kind} have no order"),
                        None,
                    );
                }
                Some(Type::Bool)
            }
            (operators::ADD, [a, b]) => match self.alike(expr, a, b, "the two sides of `+`")? {
                kind @ (Type::Int | Type::Float | Type::Text | Type::Sql | Type::List(_)) => Some(kind),
                kind => self.problem(self.span(expr), format!("values of type {kind} cannot be added"), None),
            },
            (operators::SUBSTRACT | operators::MULTIPLY | operators::DIVIDE | operators::MODULO, [a, b]) => {
                match self.alike(expr, a, b, "the two sides of the calculation")? {
                    kind @ (Type::Int | Type::Float) => Some(kind),
                    kind => self.problem(self.span(expr), format!("a {kind} is no number"), None),
                }
            }
            (operators::NEGATE, [kind @ (Type::Int | Type::Float)]) => Some(kind.clone()),
            (operators::IN, [item, list]) => {
                match list {
                    Type::List(Some(of)) => {
                        self.want(&call.args[0], of, item)?;
                    }
                    Type::List(None) => {}
                    Type::Table(shape) => self.key(&call.args[0], item, shape)?,
                    other => {
                        return self.problem(
                            self.span(&call.args[1]),
                            format!("nothing can be `in` a {other}"),
                            None,
                        );
                    }
                }
                Some(Type::Bool)
            }
            (operators::INDEX, [table, index]) => match table {
                Type::Table(shape) => {
                    self.key(&call.args[1], index, shape)?;
                    Some(Type::Row(Arc::clone(shape)))
                }
                Type::List(Some(item)) => {
                    self.want(&call.args[1], &Type::Int, index)?;
                    Some((**item).clone())
                }
                other => self.problem(self.span(&call.args[0]), format!("a {other} has no `[]`"), None),
            },
            ("size", [kind]) => self.size(&call.args[0], kind),
            ("string", [Type::Int | Type::Float | Type::Bool | Type::Text | Type::Sql]) => Some(Type::Text),
            ("int", [Type::Text | Type::Float]) => Some(Type::Int),
            ("double", [Type::Int]) => Some(Type::Float),
            (name, kinds) => self.function(expr, call, name, kinds),
        }
    }

    fn function(&mut self, expr: &IdedExpr, call: &CallExpr, name: &str, kinds: &[Type]) -> Option<Type> {
        let Some((_, wanted, result)) = FUNCTIONS.iter().find(|(known, ..)| *known == name) else {
            if name.starts_with(|c: char| c.is_alphabetic()) {
                let known =
                    FUNCTIONS.iter().map(|(known, ..)| *known).chain(["size", "string", "int", "double"]);
                let help = did_you_mean(name, known);
                return self.problem(
                    self.name_span(name),
                    format!("there is no function `{name}` for these values"),
                    help,
                );
            }
            let kinds: Vec<String> = kinds.iter().map(ToString::to_string).collect();
            return self.problem(
                self.span(expr),
                format!("`{name}` does not fit {}", kinds.join(" and ")),
                None,
            );
        };
        if kinds.len() != wanted.len() {
            let message = format!("`{name}` takes {} values, not {}", wanted.len(), kinds.len());
            return self.problem(self.name_span(name), message, None);
        }
        for ((arg, kind), wanted) in call.args.iter().zip(kinds).zip(*wanted) {
            self.want(arg, wanted, kind)?;
        }
        if let ("regex", Some(Node::Literal(LiteralValue::String(pattern)))) =
            (name, call.args.get(1).map(|a| &a.expr))
            && let Err(error) = regex::Regex::new(pattern.inner())
        {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().to_owned();
            return self.problem(
                self.span(&call.args[1]),
                format!("this is no regular expression: {reason}"),
                None,
            );
        }
        Some(result.clone())
    }

    fn method(&mut self, call: &CallExpr, target: &IdedExpr) -> Option<Type> {
        let on = self.kind(target)?;
        let name = call.func_name.as_str();
        let kinds = self.kinds(&call.args)?;
        match (&on, name, kinds.as_slice()) {
            (Type::Text | Type::Sql, name, [arg]) if TEXT_METHODS.contains(&name) => {
                self.want(&call.args[0], &Type::Text, arg)?;
                Some(Type::Bool)
            }
            (_, "size", []) => self.size(target, &on),
            (_, "matches", _) => {
                let help = Some("use `regex(text, \"pattern\")`: it compiles the pattern once".to_owned());
                self.problem(self.name_span(name), "`matches` compiles its pattern for every row", help)
            }
            _ => {
                let help = did_you_mean(
                    name,
                    TEXT_METHODS.iter().copied().chain(["exists", "all", "filter", "map", "size"]),
                );
                self.problem(self.name_span(name), format!("a {on} has no `{name}` of this form"), help)
            }
        }
    }

    fn size(&mut self, expr: &IdedExpr, kind: &Type) -> Option<Type> {
        match kind {
            Type::Table(_) | Type::List(_) | Type::Text | Type::Sql => Some(Type::Int),
            other => self.problem(self.span(expr), format!("a {other} has no size"), None),
        }
    }

    fn comprehension(&mut self, c: &ComprehensionExpr) -> Option<Type> {
        let item = match self.kind(&c.iter_range)? {
            Type::Table(shape) => Type::Row(shape),
            Type::List(Some(item)) => *item,
            Type::List(None) => Type::Null,
            other => {
                return self.problem(
                    self.span(&c.iter_range),
                    format!("a {other} has no items to go through"),
                    None,
                );
            }
        };
        let accumulated = self.kind(&c.accu_init)?;
        self.locals.push((c.iter_var.clone(), item));
        self.locals.push((c.accu_var.clone(), accumulated));
        let result = (|| {
            self.kind(&c.loop_cond)?;
            let step = self.kind(&c.loop_step)?;
            // What a step makes is what the next one starts with: a list gets the type of its items here.
            if let Some(last) = self.locals.last_mut() {
                last.1 = step;
            }
            self.kind(&c.result)
        })();
        self.locals.truncate(self.locals.len().saturating_sub(2));
        result
    }

    /// A value that must have a type.
    fn want(&mut self, expr: &IdedExpr, wanted: &Type, found: &Type) -> Option<()> {
        if wanted.accepts(found) {
            return Some(());
        }
        self.problem(self.span(expr), format!("expected a {wanted}, found a {found}"), None)
    }

    /// Two values that must be of one type.
    fn alike(&mut self, expr: &IdedExpr, a: &Type, b: &Type, what: &str) -> Option<Type> {
        if a.accepts(b) {
            return Some(a.clone());
        }
        if b.accepts(a) {
            return Some(b.clone());
        }
        self.problem(self.span(expr), format!("{what} differ: {a} and {b}"), None)
    }

    /// A value used as the key of a table.
    fn key(&mut self, expr: &IdedExpr, found: &Type, shape: &Shape) -> Option<()> {
        match shape.key.as_slice() {
            [] => self.problem(
                self.span(expr),
                "this probe has no key, so nothing can be looked up in it",
                None,
            ),
            [one] => {
                let wanted = Type::of_column(shape.columns[*one].kind);
                self.want(expr, &wanted, found)
            }
            several => {
                let names: Vec<&str> = several.iter().map(|k| shape.columns[*k].name.as_str()).collect();
                let fits = match &expr.expr {
                    Node::List(list) => list.elements.len() == several.len(),
                    _ => false,
                };
                if fits {
                    Some(())
                } else {
                    self.problem(
                        self.span(expr),
                        format!("the key of this probe is [{}]", names.join(", ")),
                        None,
                    )
                }
            }
        }
    }

    /// Where a function's name stands; the parser marks the parenthesis behind it.
    fn name_span(&self, name: &str) -> Range<usize> {
        let at = self.info.source.find(name).unwrap_or(0);
        at..at + name.len()
    }
}

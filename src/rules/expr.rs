//! Expressions: parsed and type-checked at load, evaluated over borrowed facts. The only file that knows `cel`.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex};

use cel::common::traits::{Container, Indexer, Iterable, Iterator as ValIterator, Sizer};
use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelNull, CelString, LIST_TYPE, MAP_TYPE};
use cel::common::value::{CowVal, Val};
use cel::{Context, Env, ExecutionError, Program, Value};
use regex::Regex;

use crate::facts::{Cell, FactTable, Row};
use crate::pg;
use crate::rules::check::{self, Scopes};
use crate::rules::problem::ExprProblem;
use crate::rules::types::Type;
use crate::rules::view::{Lookup, Root, View};

/// A checked expression.
pub struct Expr {
    source: String,
    program: Program,
    /// The type of its value.
    pub kind: Type,
    /// The tables it reads.
    pub reads: BTreeSet<(Root, String)>,
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expr({})", self.source)
    }
}

static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

impl Expr {
    /// Parses and checks a text.
    pub(crate) fn compile(source: &str, scopes: &Scopes<'_>) -> Result<Expr, Vec<ExprProblem>> {
        let program = ENV.compile(source).map_err(|errors| {
            let problem = |error: &cel::ParseError| {
                let at = offset_of(source, error.pos);
                let end = source[at..].chars().next().map_or(at, |c| at + c.len_utf8());
                let message = error.msg.lines().next().unwrap_or("syntax error").trim();
                ExprProblem {
                    span: at..end,
                    message: format!("this is not an expression: {message}"),
                    help: None,
                }
            };
            errors.errors.iter().map(problem).collect::<Vec<_>>()
        })?;
        let checked = check::check(program.expression(), program.source_info(), scopes)?;
        Ok(Expr { source: source.to_owned(), program, kind: checked.kind, reads: checked.reads })
    }

    /// The text as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The value as a truth value.
    pub fn truth(&self, scope: &EvalScope<'_, '_>) -> Result<bool, String> {
        let value = Value::resolve_val(self.program.expression(), &scope.0).map_err(|e| self.failure(&e))?;
        value
            .downcast_ref::<CelBool>()
            .map(|b| *b.inner())
            .ok_or_else(|| format!("`{}` is not true or false", self.source))
    }

    /// The value as text, for messages.
    pub fn text(&self, scope: &EvalScope<'_, '_>) -> Result<String, String> {
        let value = Value::resolve_val(self.program.expression(), &scope.0).map_err(|e| self.failure(&e))?;
        show(value.as_ref()).ok_or_else(|| format!("`{}` cannot be shown as text", self.source))
    }

    fn failure(&self, error: &ExecutionError) -> String {
        match error {
            ExecutionError::NoSuchOverload(_) | ExecutionError::ValuesNotComparable(_, _) => {
                format!("`{}` meets a value that is null: {error}", self.source)
            }
            _ => format!("`{}`: {error}", self.source),
        }
    }
}

fn show(value: &dyn Val) -> Option<String> {
    if let Some(text) = value.downcast_ref::<CelString>() {
        return Some(text.inner().to_owned());
    }
    if let Some(int) = value.downcast_ref::<CelInt>() {
        return Some(int.inner().to_string());
    }
    if let Some(float) = value.downcast_ref::<CelDouble>() {
        return Some(float.inner().to_string());
    }
    if let Some(truth) = value.downcast_ref::<CelBool>() {
        return Some(truth.inner().to_string());
    }
    if value.downcast_ref::<CelNull>().is_some() {
        return Some("unknown".to_owned());
    }
    let mut items = value.as_iterable()?.iter();
    let mut shown = Vec::new();
    while let Some(item) = items.next() {
        shown.push(show(item)?);
    }
    Some(shown.join(", "))
}

/// The byte of a 1-based line and column.
fn offset_of(source: &str, (line, column): (isize, isize)) -> usize {
    let line = usize::try_from(line - 1).unwrap_or(0);
    let column = usize::try_from(column - 1).unwrap_or(0);
    let start: usize = source.split_inclusive('\n').take(line).map(str::len).sum();
    source[start.min(source.len())..].char_indices().nth(column).map_or(source.len(), |(at, _)| start + at)
}

/// Variables of an evaluation.
pub struct EvalScope<'p, 'v>(Context<'p, 'v>);

/// Binds the tables a rule reads, and its parameters.
pub fn bind<'v>(
    view: &View<'v>,
    reads: &BTreeSet<(Root, String)>,
    params: &'v [(String, Cell)],
) -> EvalScope<'v, 'v> {
    let mut context = Context::with_env(Arc::clone(&ENV));
    add_functions(&mut context);
    for (name, root) in Root::ALL {
        let tables = view
            .tables
            .iter()
            .filter(|((r, probe), _)| *r == root && reads.contains(&(root, (*probe).to_owned())))
            .filter_map(|((_, probe), lookup)| match lookup {
                Lookup::Table(table) => Some(((*probe).to_owned(), table_val(table))),
                Lookup::Failed(reason) => {
                    Some(((*probe).to_owned(), Box::new(FailedVal(reason)) as Box<dyn Val + 'v>))
                }
                Lookup::Missing(_) => None,
            })
            .collect();
        context.add_variable_as_val(name, Box::new(RootVal(tables)));
    }
    let params = params.iter().map(|(name, cell)| (name.clone(), cell_val(cell))).collect();
    context.add_variable_as_val("params", Box::new(RootVal(params)));
    EvalScope(context)
}

impl<'v> EvalScope<'_, 'v> {
    /// The same variables, and `it`.
    pub fn with_row<'q>(&'q self, row: &'v Row) -> EvalScope<'q, 'v> {
        let mut inner = self.0.new_inner_scope();
        inner.add_variable_as_val("it", Box::new(RowVal(row)));
        EvalScope(inner)
    }
}

fn add_functions(context: &mut Context<'_, '_>) {
    let added = [
        context.add_function("ident", |name: Arc<String>| pg::visible_ident(&name)),
        context.add_function("literal", |text: Arc<String>| pg::visible_literal(&text)),
        context.add_function("qualified", |schema: Arc<String>, name: Arc<String>| {
            format!("{}.{}", pg::visible_ident(&schema), pg::visible_ident(&name))
        }),
        context.add_function("lower", |text: Arc<String>| text.to_lowercase()),
        context.add_function("octets", |text: Arc<String>| i64::try_from(text.len()).unwrap_or(i64::MAX)),
        context.add_function("bytes_text", |bytes: i64| pg::bytes_text(bytes)),
        context.add_function("vercmp", |a: Arc<String>, b: Arc<String>| version_order(&a, &b)),
        context.add_function("major", |version_num: i64| pg::ServerVersion(version_num).major()),
        context.add_function("major_num", |version_num: i64| pg::ServerVersion(version_num).major_num()),
        context
            .add_function("regex", |text: Arc<String>, pattern: Arc<String>| regex_matches(&text, &pattern)),
    ];
    debug_assert!(added.iter().all(Result::is_ok), "a function hides one of CEL's");
}

/// Compares versions such as `1.10` and `1.9`: numbers as numbers, the rest as text. Negative, zero or positive.
fn version_order(a: &str, b: &str) -> i64 {
    let parts = |text: &str| -> Vec<(u64, String)> {
        text.split(['.', '-', '_', '+'])
            .map(|part| {
                let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
                (digits.parse().unwrap_or(0), part[digits.len()..].to_owned())
            })
            .collect()
    };
    let (mut a, mut b) = (parts(a), parts(b));
    let width = a.len().max(b.len());
    a.resize(width, (0, String::new()));
    b.resize(width, (0, String::new()));
    a.cmp(&b) as i64
}

fn regex_matches(text: &str, pattern: &str) -> Result<Value, ExecutionError> {
    // Patterns are written in rules, so there are few; each is compiled once.
    static COMPILED: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);
    let mut compiled =
        COMPILED.lock().map_err(|_| ExecutionError::function_error("regex", "an earlier use panicked"))?;
    if let Some(regex) = compiled.get(pattern) {
        return Ok(Value::Bool(regex.is_match(text)));
    }
    let regex = Regex::new(pattern).map_err(|e| ExecutionError::function_error("regex", e))?;
    let matches = regex.is_match(text);
    compiled.insert(pattern.to_owned(), regex);
    Ok(Value::Bool(matches))
}

fn table_val(table: &FactTable) -> Box<dyn Val + '_> {
    match table.rows() {
        [row] if table.shape.one_row => Box::new(RowVal(row)),
        rows => Box::new(TableVal { table, rows: rows.iter().map(RowVal).collect() }),
    }
}

fn cell_val(cell: &Cell) -> Box<dyn Val + '_> {
    match cell {
        Cell::Null => Box::new(CelNull),
        Cell::Bool(b) => Box::new(CelBool::from(*b)),
        Cell::Int(i) => Box::new(CelInt::from(*i)),
        Cell::Float(f) => Box::new(CelDouble::from(*f)),
        Cell::Text(text) => Box::new(CelString::from(text.as_str())),
        Cell::List(items) => {
            let items: Vec<Box<dyn Val + '_>> =
                items.iter().map(|i| Box::new(CelString::from(i.as_str())) as Box<dyn Val + '_>).collect();
            Box::new(CelList::from(items))
        }
    }
}

fn key_text(value: &dyn Val) -> Option<&str> {
    value.downcast_ref::<CelString>().map(CelString::inner)
}

fn no_such(index: &dyn Val) -> ExecutionError {
    ExecutionError::no_such_key(&show(index).unwrap_or_default())
}

/// `source`, `target`, …, and `params`: names that hold tables or values.
#[derive(Debug)]
struct RootVal<'v>(HashMap<String, Box<dyn Val + 'v>>);

/// A probe that failed. Touching it is an error, so an expression has a value only if that does not depend on it.
#[derive(Debug, Clone, Copy)]
struct FailedVal<'v>(&'v str);

/// All rows of a probe: a list for the macros, a map by key for `in` and `[]`.
#[derive(Debug, Clone)]
struct TableVal<'v> {
    table: &'v FactTable,
    rows: Vec<RowVal<'v>>,
}

/// One row, by column.
#[derive(Debug, Clone)]
struct RowVal<'v>(&'v Row);

impl Val for RootVal<'_> {
    fn get_type(&self) -> &cel::common::types::Type {
        <Self as Val>::cel_type()
    }

    fn cel_type() -> &'static cel::common::types::Type {
        &MAP_TYPE
    }

    fn as_indexer<'b, 'w>(&'b self) -> Option<&'b (dyn Indexer + 'w)>
    where
        Self: 'w,
    {
        Some(self)
    }

    fn clone_as_boxed<'w>(&self) -> Box<dyn Val + 'w>
    where
        Self: 'w,
    {
        Box::new(RootVal(self.0.iter().map(|(name, val)| (name.clone(), val.clone_as_boxed())).collect()))
    }
}

impl Indexer for RootVal<'_> {
    fn get<'b, 'w>(&'b self, index: &dyn Val) -> Result<CowVal<'b, 'w>, ExecutionError>
    where
        Self: 'w,
    {
        key_text(index)
            .and_then(|key| self.0.get(key))
            .map(|val| CowVal::Borrowed(val.as_ref()))
            .ok_or_else(|| no_such(index))
    }

    fn steal<'w>(mut self: Box<Self>, index: &dyn Val) -> Result<Box<dyn Val + 'w>, ExecutionError>
    where
        Self: 'w,
    {
        key_text(index)
            .and_then(|key| self.0.remove(key))
            .map(|val| val as Box<dyn Val + 'w>)
            .ok_or_else(|| no_such(index))
    }
}

impl FailedVal<'_> {
    fn error(self) -> ExecutionError {
        ExecutionError::InternalError(self.0.to_owned())
    }
}

impl Val for FailedVal<'_> {
    fn get_type(&self) -> &cel::common::types::Type {
        <Self as Val>::cel_type()
    }

    fn cel_type() -> &'static cel::common::types::Type {
        &MAP_TYPE
    }

    fn as_container(&self) -> Option<&dyn Container> {
        Some(self)
    }

    fn as_indexer<'b, 'w>(&'b self) -> Option<&'b (dyn Indexer + 'w)>
    where
        Self: 'w,
    {
        Some(self)
    }

    fn clone_as_boxed<'w>(&self) -> Box<dyn Val + 'w>
    where
        Self: 'w,
    {
        Box::new(*self)
    }
}

impl Container for FailedVal<'_> {
    fn contains(&self, _: &dyn Val) -> Result<bool, ExecutionError> {
        Err(self.error())
    }
}

impl Indexer for FailedVal<'_> {
    fn get<'b, 'w>(&'b self, _: &dyn Val) -> Result<CowVal<'b, 'w>, ExecutionError>
    where
        Self: 'w,
    {
        Err(self.error())
    }

    fn steal<'w>(self: Box<Self>, _: &dyn Val) -> Result<Box<dyn Val + 'w>, ExecutionError>
    where
        Self: 'w,
    {
        Err(self.error())
    }
}

impl Val for TableVal<'_> {
    fn get_type(&self) -> &cel::common::types::Type {
        <Self as Val>::cel_type()
    }

    fn cel_type() -> &'static cel::common::types::Type {
        &LIST_TYPE
    }

    fn as_container(&self) -> Option<&dyn Container> {
        Some(self)
    }

    fn as_indexer<'b, 'w>(&'b self) -> Option<&'b (dyn Indexer + 'w)>
    where
        Self: 'w,
    {
        Some(self)
    }

    fn as_iterable<'b, 'w>(&'b self) -> Option<&'b (dyn Iterable + 'w)>
    where
        Self: 'w,
    {
        Some(self)
    }

    fn as_sizer(&self) -> Option<&dyn Sizer> {
        Some(self)
    }

    fn clone_as_boxed<'w>(&self) -> Box<dyn Val + 'w>
    where
        Self: 'w,
    {
        Box::new(self.clone())
    }
}

impl<'v> TableVal<'v> {
    fn find(&self, index: &dyn Val) -> Option<&'v Row> {
        let mut parts = Vec::new();
        if let Some(text) = show_key(index) {
            parts.push(text);
        } else {
            let mut items = index.as_iterable()?.iter();
            while let Some(item) = items.next() {
                parts.push(show_key(item)?);
            }
        }
        self.table.by_key(&parts)
    }
}

fn show_key(value: &dyn Val) -> Option<String> {
    key_text(value)
        .map(str::to_owned)
        .or_else(|| value.downcast_ref::<CelInt>().map(|i| i.inner().to_string()))
}

impl Container for TableVal<'_> {
    fn contains(&self, value: &dyn Val) -> Result<bool, ExecutionError> {
        Ok(self.find(value).is_some())
    }
}

impl Indexer for TableVal<'_> {
    fn get<'b, 'w>(&'b self, index: &dyn Val) -> Result<CowVal<'b, 'w>, ExecutionError>
    where
        Self: 'w,
    {
        self.find(index).map(|row| CowVal::owned(RowVal(row))).ok_or_else(|| no_such(index))
    }

    fn steal<'w>(self: Box<Self>, index: &dyn Val) -> Result<Box<dyn Val + 'w>, ExecutionError>
    where
        Self: 'w,
    {
        self.find(index).map(|row| Box::new(RowVal(row)) as Box<dyn Val + 'w>).ok_or_else(|| no_such(index))
    }
}

impl Sizer for TableVal<'_> {
    fn size(&self) -> CelInt {
        i64::try_from(self.rows.len()).unwrap_or(i64::MAX).into()
    }
}

impl Iterable for TableVal<'_> {
    fn iter<'b, 'w>(&'b self) -> Box<dyn ValIterator<'b, 'w> + 'b>
    where
        Self: 'w,
    {
        Box::new(RowIterator { rows: &self.rows })
    }
}

struct RowIterator<'b, 'v> {
    rows: &'b [RowVal<'v>],
}

impl<'b, 'v: 'w, 'w> ValIterator<'b, 'w> for RowIterator<'b, 'v> {
    fn next(&mut self) -> Option<&'b (dyn Val + 'w)> {
        let (first, rest) = self.rows.split_first()?;
        self.rows = rest;
        Some(first)
    }
}

impl Val for RowVal<'_> {
    fn get_type(&self) -> &cel::common::types::Type {
        <Self as Val>::cel_type()
    }

    fn cel_type() -> &'static cel::common::types::Type {
        &MAP_TYPE
    }

    fn as_indexer<'b, 'w>(&'b self) -> Option<&'b (dyn Indexer + 'w)>
    where
        Self: 'w,
    {
        Some(self)
    }

    fn into_indexer<'w>(self: Box<Self>) -> Option<Box<dyn Indexer + 'w>>
    where
        Self: 'w,
    {
        Some(self)
    }

    fn clone_as_boxed<'w>(&self) -> Box<dyn Val + 'w>
    where
        Self: 'w,
    {
        Box::new(self.clone())
    }
}

impl<'v> RowVal<'v> {
    fn cell(&self, index: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError> {
        key_text(index).and_then(|column| self.0.get(column)).map(cell_val).ok_or_else(|| no_such(index))
    }
}

impl Indexer for RowVal<'_> {
    fn get<'b, 'w>(&'b self, index: &dyn Val) -> Result<CowVal<'b, 'w>, ExecutionError>
    where
        Self: 'w,
    {
        self.cell(index).map(CowVal::Owned)
    }

    fn steal<'w>(self: Box<Self>, index: &dyn Val) -> Result<Box<dyn Val + 'w>, ExecutionError>
    where
        Self: 'w,
    {
        self.cell(index).map(|val| val as Box<dyn Val + 'w>)
    }
}

#[cfg(test)]
mod tests {
    use super::version_order;

    #[test]
    fn versions_are_compared_by_number() {
        assert!(version_order("1.10", "1.9") > 0);
        assert_eq!(version_order("3.4", "3.4.0"), 0);
        assert!(version_order("2.1-beta", "2.1") > 0);
    }
}

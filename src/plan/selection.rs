//! Filters: which schemas, tables and rows are carried, and what else falls with what is left out.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::outcome::{Deviation, DeviationKind};
use crate::plan::entry::{Entry, Section};
use crate::plan::table::SourceTable;

/// The patterns of a user, as `pg_dump` reads them: `*` and `?`, quotes, `schema.table`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filters {
    /// Only these schemas.
    pub include_schema: Vec<String>,
    /// Not these schemas.
    pub exclude_schema: Vec<String>,
    /// Not these tables, views, materialized views, sequences and foreign tables.
    pub exclude_table: Vec<String>,
    /// These tables without their rows.
    pub exclude_table_data: Vec<String>,
}

/// A pattern: for the schema, if it names one, and for the name.
#[derive(Debug)]
struct Pattern {
    text: String,
    schema: Option<Regex>,
    name: Regex,
}

/// What the patterns leave out, by names alone: what else falls with it only the archive tells.
#[derive(Debug)]
pub struct LeftOut {
    include_schema: Vec<Pattern>,
    exclude_schema: Vec<Pattern>,
    exclude_table: Vec<Pattern>,
    exclude_table_data: Vec<Pattern>,
}

impl LeftOut {
    /// Whether everything in a schema is.
    pub fn schema(&self, schema: &str) -> bool {
        let meets = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.name.is_match(schema));
        (!self.include_schema.is_empty() && !meets(&self.include_schema)) || meets(&self.exclude_schema)
    }

    /// Whether a table, view or sequence is.
    pub fn relation(&self, schema: &str, name: &str, search_path: &[String]) -> bool {
        self.schema(schema)
            || self.exclude_table.iter().any(|pattern| pattern.meets(schema, name, search_path))
    }

    /// Whether the rows of a table are.
    pub fn rows(&self, schema: &str, name: &str, search_path: &[String]) -> bool {
        self.relation(schema, name, search_path)
            || self.exclude_table_data.iter().any(|pattern| pattern.meets(schema, name, search_path))
    }
}

/// What is left of a database.
#[derive(Debug)]
pub struct Selected {
    /// Entries that are made.
    pub entries: Vec<Entry>,
    /// Tables whose rows are copied.
    pub tables: Vec<SourceTable>,
    /// What is left out, and why.
    pub notes: Vec<Deviation>,
}

impl Filters {
    /// Whether everything is carried.
    pub fn is_empty(&self) -> bool {
        *self == Filters::default()
    }

    /// Finds patterns that cannot be used.
    pub fn check(&self) -> Result<(), String> {
        let schemas = self.include_schema.iter().chain(&self.exclude_schema);
        for text in schemas {
            if Pattern::read(text)?.schema.is_some() {
                return Err(format!("`{text}` names more than a schema"));
            }
        }
        self.exclude_table
            .iter()
            .chain(&self.exclude_table_data)
            .try_for_each(|text| Pattern::read(text).map(drop))
    }

    /// Applies the patterns. `search_path` are the schemas in which names without a schema are looked up, as `pg_dump`
    /// does. A schema to include that is not there is an error; an exclusion that meets nothing is noted.
    pub fn apply(
        &self,
        entries: Vec<Entry>,
        tables: Vec<SourceTable>,
        search_path: &[String],
    ) -> Result<Selected, String> {
        if self.is_empty() {
            return Ok(Selected { entries, tables, notes: Vec::new() });
        }
        let read =
            |texts: &[String]| texts.iter().map(|text| Pattern::read(text)).collect::<Result<Vec<_>, _>>();
        let (include, exclude) = (read(&self.include_schema)?, read(&self.exclude_schema)?);
        let (tables_out, rows_out) = (read(&self.exclude_table)?, read(&self.exclude_table_data)?);
        let mut unmet: BTreeSet<&str> =
            exclude.iter().chain(&tables_out).chain(&rows_out).map(|p| p.text.as_str()).collect();
        let mut included: BTreeSet<&str> = BTreeSet::new();
        // Why an entry is left out.
        let mut out: BTreeMap<i32, String> = BTreeMap::new();
        // Schemas that are only made if something that is carried lies in them, such as an extension.
        let mut schemas_out: BTreeMap<i32, String> = BTreeMap::new();
        for entry in &entries {
            if let Some(schema) = entry.namespace() {
                let out = if entry.kind == "SCHEMA" { &mut schemas_out } else { &mut out };
                for pattern in include.iter().filter(|p| p.name.is_match(schema)) {
                    included.insert(&pattern.text);
                }
                if !include.is_empty() && !include.iter().any(|p| p.name.is_match(schema)) {
                    out.insert(entry.id, "its schema is not among those to include".to_owned());
                }
                for pattern in exclude.iter().filter(|p| p.name.is_match(schema)) {
                    unmet.remove(pattern.text.as_str());
                    out.insert(entry.id, format!("excluded by `{}`", pattern.text));
                }
            }
            if entry.is_relation()
                && let Some(schema) = &entry.schema
            {
                for pattern in tables_out.iter().filter(|p| p.meets(schema, &entry.tag, search_path)) {
                    unmet.remove(pattern.text.as_str());
                    out.insert(entry.id, format!("excluded by `{}`", pattern.text));
                }
            }
        }
        if let Some(missing) = include.iter().find(|p| !included.contains(p.text.as_str())) {
            return Err(format!("no schema matches `{}`", missing.text));
        }
        owned_sequences(&entries, &mut out);
        fall(&entries, &mut out);
        for entry in entries.iter().filter(|e| !out.contains_key(&e.id) && e.is_worth_a_note()) {
            for need in &entry.needs {
                schemas_out.remove(need);
            }
        }
        out.extend(schemas_out);
        fall(&entries, &mut out);
        let by_object: BTreeMap<u32, &Entry> =
            entries.iter().filter(|e| e.kind == "TABLE").map(|e| (e.object, e)).collect();
        let mut notes = Vec::new();
        let mut without_rows = BTreeSet::new();
        let mut kept_tables = Vec::new();
        for mut table in tables {
            let is_out = |oid: u32| by_object.get(&oid).is_some_and(|e| out.contains_key(&e.id));
            if is_out(table.oid) {
                continue;
            }
            for partition in &table.partitions {
                for pattern in
                    rows_out.iter().filter(|p| p.meets(&partition.schema, &partition.name, search_path))
                {
                    unmet.remove(pattern.text.as_str());
                    let rows = format!("the rows of table {}", partition.title());
                    let reason = format!("were left out: excluded by `{}`", pattern.text);
                    notes.push(Deviation::new(DeviationKind::LeftOut, rows, reason));
                }
            }
            table.leave_out_partitions(|partition| {
                is_out(partition.oid)
                    || rows_out.iter().any(|p| p.meets(&partition.schema, &partition.name, search_path))
            });
            let entry = by_object.get(&table.oid);
            let mut excluded = None;
            for pattern in rows_out.iter().filter(|p| p.meets(&table.schema, &table.name, search_path)) {
                unmet.remove(pattern.text.as_str());
                excluded = Some(&pattern.text);
            }
            if let Some(text) = excluded {
                let rows = format!("the rows of table {}", table.title());
                let reason = format!("were left out: excluded by `{text}`");
                notes.push(Deviation::new(DeviationKind::LeftOut, rows, reason));
                without_rows.extend(entry.map(|e| e.id));
            } else if entry.is_none() && self.omits_extension_table(&include, &exclude, &table) {
                let rows = format!("the rows of table {} of an extension", table.title());
                notes.push(Deviation::new(DeviationKind::LeftOut, rows, "were left out"));
            } else {
                kept_tables.push(table);
            }
        }
        keys_to_empty_tables(&entries, &without_rows, &mut out);
        fall(&entries, &mut out);
        for entry in &entries {
            if let Some(why) = out.get(&entry.id).filter(|_| entry.is_worth_a_note()) {
                notes.push(Deviation::left_out(entry.title(), why));
            }
        }
        notes.extend(
            unmet.into_iter().map(|text| {
                Deviation::new(DeviationKind::Note, format!("the filter `{text}`"), "met nothing")
            }),
        );
        let entries = entries.into_iter().filter(|e| !out.contains_key(&e.id)).collect();
        Ok(Selected { entries, tables: kept_tables, notes })
    }

    /// The tables that the patterns leave, by their names alone.
    pub fn keep_tables(&self, tables: Vec<SourceTable>, search_path: &[String]) -> Vec<SourceTable> {
        let left_out = self.left_out();
        let stays = |table: &SourceTable| !left_out.rows(&table.schema, &table.name, search_path);
        tables.into_iter().filter(stays).collect()
    }

    /// The patterns, to be asked about one name after the other. One that cannot be used meets nothing: [`Filters::check`]
    /// has told of it.
    pub fn left_out(&self) -> LeftOut {
        let read = |texts: &[String]| texts.iter().filter_map(|text| Pattern::read(text).ok()).collect();
        LeftOut {
            include_schema: read(&self.include_schema),
            exclude_schema: read(&self.exclude_schema),
            exclude_table: read(&self.exclude_table),
            exclude_table_data: read(&self.exclude_table_data),
        }
    }

    fn omits_extension_table(&self, include: &[Pattern], exclude: &[Pattern], table: &SourceTable) -> bool {
        let schema_of = |patterns: &[Pattern]| patterns.iter().any(|p| p.name.is_match(&table.schema));
        (!self.include_schema.is_empty() && !schema_of(include)) || schema_of(exclude)
    }
}

/// A sequence that belongs to a column goes with its table.
fn owned_sequences(entries: &[Entry], out: &mut BTreeMap<i32, String>) {
    let by_id: BTreeMap<i32, &Entry> = entries.iter().map(|e| (e.id, e)).collect();
    for owned in entries.iter().filter(|e| e.kind == "SEQUENCE OWNED BY") {
        let needs = || owned.needs.iter().filter_map(|id| by_id.get(id));
        if let Some(table) = needs().find(|e| e.kind == "TABLE" && out.contains_key(&e.id)) {
            for sequence in needs().filter(|e| e.kind == "SEQUENCE") {
                out.entry(sequence.id).or_insert_with(|| format!("it belongs to {}", table.title()));
            }
        }
    }
}

/// What needs something that is left out is left out too.
fn fall(entries: &[Entry], out: &mut BTreeMap<i32, String>) {
    let titles: BTreeMap<i32, String> = entries.iter().map(|e| (e.id, e.title())).collect();
    loop {
        let before = out.len();
        for entry in entries.iter().filter(|e| !out.contains_key(&e.id)).collect::<Vec<_>>() {
            if let Some(need) = entry.needs.iter().find(|id| out.contains_key(id)) {
                let title = titles.get(need).cloned().unwrap_or_default();
                out.insert(entry.id, format!("it needs {title}"));
            }
        }
        if out.len() == before {
            return;
        }
    }
}

/// A foreign key to a table without rows cannot hold.
fn keys_to_empty_tables(entries: &[Entry], without_rows: &BTreeSet<i32>, out: &mut BTreeMap<i32, String>) {
    let by_id: BTreeMap<i32, &Entry> = entries.iter().map(|e| (e.id, e)).collect();
    for key in entries.iter().filter(|e| e.kind == "FK CONSTRAINT") {
        let direct = key.needs.iter().filter_map(|id| by_id.get(id));
        let behind = direct.clone().flat_map(|e| &e.needs).filter_map(|id| by_id.get(id));
        let own = |e: &Entry| e.schema == key.schema && key.tag.starts_with(&format!("{} ", e.tag));
        let tables: Vec<&&Entry> = direct.chain(behind).filter(|e| e.kind == "TABLE").collect();
        if tables.iter().any(|e| own(e) && without_rows.contains(&e.id)) {
            continue;
        }
        if let Some(empty) = tables.iter().find(|e| !own(e) && without_rows.contains(&e.id)) {
            out.entry(key.id).or_insert_with(|| format!("the rows of {} were left out", empty.title()));
        }
    }
}

impl Entry {
    /// The schema it lies in, or is.
    fn namespace(&self) -> Option<&str> {
        if self.kind == "SCHEMA" { Some(&self.tag) } else { self.schema.as_deref() }
    }

    fn is_relation(&self) -> bool {
        matches!(self.kind.as_str(), "TABLE" | "VIEW" | "MATERIALIZED VIEW" | "SEQUENCE" | "FOREIGN TABLE")
    }

    /// Comments, grants and the like go without a word when their object does.
    fn is_worth_a_note(&self) -> bool {
        const SILENT: &[&str] =
            &["COMMENT", "ACL", "DEFAULT", "SEQUENCE OWNED BY", "SECURITY LABEL", "ROW SECURITY"];
        !SILENT.contains(&self.kind.as_str())
            && (self.section == Section::PreData
                || !matches!(self.kind.as_str(), "INDEX" | "CONSTRAINT" | "INDEX ATTACH"))
    }
}

impl Pattern {
    /// Reads a pattern. Source: <https://www.postgresql.org/docs/18/app-psql.html#APP-PSQL-PATTERNS>.
    fn read(text: &str) -> Result<Pattern, String> {
        let mut parts = vec![String::new()];
        let mut quoted = false;
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            let part = parts.last_mut().ok_or("a pattern has parts")?;
            match letter {
                '"' if quoted && letters.peek() == Some(&'"') => {
                    letters.next();
                    part.push('"');
                }
                '"' => quoted = !quoted,
                _ if quoted => part.push_str(&regex::escape(letter.encode_utf8(&mut [0; 4]))),
                '.' => parts.push(String::new()),
                '*' => part.push_str(".*"),
                '?' => part.push('.'),
                '$' => part.push_str("\\$"),
                _ => part.extend(letter.to_lowercase()),
            }
        }
        if quoted {
            return Err(format!("`{text}` has a quote that is not closed"));
        }
        if parts.len() > 2 || parts.iter().any(String::is_empty) {
            return Err(format!("`{text}` is no name, and no schema and name"));
        }
        let expression = |part: &str| {
            Regex::new(&format!("(?s)^(?:{part})$"))
                .map_err(|error| format!("`{text}` is no pattern: {error}"))
        };
        let name = parts.pop().unwrap_or_default();
        Ok(Pattern {
            text: text.to_owned(),
            schema: parts.pop().map(|schema| expression(&schema)).transpose()?,
            name: expression(&name)?,
        })
    }

    fn meets(&self, schema: &str, name: &str, search_path: &[String]) -> bool {
        self.name.is_match(name)
            && self
                .schema
                .as_ref()
                .map_or_else(|| search_path.iter().any(|s| s == schema), |s| s.is_match(schema))
    }
}

#[cfg(test)]
mod tests {
    use super::{Filters, Pattern};
    use crate::plan::{Entry, SourceTable};

    fn entry(id: i32, kind: &str, tag: &str, needs: &[i32]) -> Entry {
        Entry {
            id,
            kind: kind.to_owned(),
            schema: Some("public".to_owned()),
            tag: tag.to_owned(),
            needs: needs.to_vec(),
            object: u32::try_from(id).expect("a positive number"),
            ..Entry::default()
        }
    }

    fn table(oid: u32, name: &str) -> SourceTable {
        SourceTable { oid, schema: "public".into(), name: name.into(), bytes: 1, ..SourceTable::default() }
    }

    fn meets(pattern: &str, schema: &str, name: &str) -> bool {
        Pattern::read(pattern).expect("a pattern").meets(schema, name, &["public".to_owned()])
    }

    #[test]
    fn patterns_are_those_of_pg_dump() {
        assert!(meets("Orders", "public", "orders"));
        assert!(!meets("orders", "audit", "orders"), "without a schema only the search path counts");
        assert!(meets("*.orders", "audit", "orders"));
        assert!(meets("audit.o*", "audit", "orders_old"));
        assert!(meets("\"Odd.Name\"", "public", "Odd.Name"));
        assert!(!meets("\"o*\"", "public", "orders"));
        assert!(meets("log_[0-9]?", "public", "log_12"));
        assert!(!meets("a", "public", "ab"));
        assert!(
            Pattern::read("a.b.c").is_err() && Pattern::read("\"a").is_err() && Pattern::read("a(").is_err()
        );
    }

    #[test]
    fn what_needs_a_table_falls_with_it() {
        let entries = vec![
            entry(1, "TABLE", "log", &[]),
            entry(2, "SEQUENCE", "log_id_seq", &[]),
            entry(3, "SEQUENCE OWNED BY", "log_id_seq", &[1, 2]),
            entry(4, "VIEW", "recent", &[1]),
            entry(5, "VIEW", "newest", &[4]),
            entry(6, "TABLE", "users", &[]),
        ];
        let filters = Filters { exclude_table: vec!["log".into(), "nothing".into()], ..Filters::default() };
        let found = filters
            .apply(entries, vec![table(1, "log"), table(6, "users")], &["public".to_owned()])
            .expect("patterns that can be used");
        assert_eq!(found.entries.iter().map(|e| e.id).collect::<Vec<_>>(), [6]);
        assert_eq!(found.tables.len(), 1);
        assert_eq!(
            found.notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "table public.log was left out: excluded by `log`",
                "sequence public.log_id_seq was left out: it belongs to table public.log",
                "view public.recent was left out: it needs table public.log",
                "view public.newest was left out: it needs view public.recent",
                "the filter `nothing` met nothing",
            ]
        );
    }

    #[test]
    fn a_foreign_key_to_a_table_without_rows_falls() {
        let entries = vec![
            entry(1, "TABLE", "users", &[]),
            entry(2, "TABLE", "orders", &[]),
            entry(3, "CONSTRAINT", "users users_pkey", &[1]),
            entry(4, "FK CONSTRAINT", "orders orders_user_fkey", &[2, 3]),
            entry(5, "FK CONSTRAINT", "users users_order_fkey", &[1, 2]),
        ];
        let filters = Filters { exclude_table_data: vec!["users".into()], ..Filters::default() };
        let found = filters
            .apply(entries, vec![table(1, "users"), table(2, "orders")], &["public".to_owned()])
            .expect("patterns that can be used");
        assert_eq!(found.entries.iter().map(|e| e.id).collect::<Vec<_>>(), [1, 2, 3, 5]);
        assert_eq!(found.tables[0].name, "orders");
    }

    #[test]
    fn a_schema_to_include_must_be_there() {
        let filters = Filters { include_schema: vec!["shop".into()], ..Filters::default() };
        let error =
            filters.apply(vec![entry(1, "TABLE", "t", &[])], Vec::new(), &[]).expect_err("no such schema");
        assert_eq!(error, "no schema matches `shop`");
    }
}

//! Values as text that is the same on every version and under every setting, made by output functions alone.
//!
//! What prints a value is `concat`, `record_out` or a binary output function: they call the output function of the value's
//! type. A cast (`value::text`) would run a function of a user where one is defined for the type.

use std::collections::BTreeMap;

use crate::pg::ident;
use crate::plan::SourceTable;

/// A table with its columns, names and types, as the source has them.
#[derive(Debug)]
pub(crate) struct ReadTable<'a> {
    pub(crate) table: &'a SourceTable,
    pub(crate) columns: Vec<(String, u32)>,
}

/// What a type is made of, as far as the text of its values depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A base type, an enum and the like, by name; `None` for one outside of `pg_catalog`.
    Base(Option<String>),
    /// A domain over a type.
    Domain(u32),
    /// An array of a type.
    Array(u32),
    /// A range over a type.
    Range(u32),
    /// A composite type: names and types of its attributes.
    Composite(Vec<(String, u32)>),
}

/// The types of a database by number.
pub(crate) type Shapes = BTreeMap<u32, Shape>;

/// A column as it is read.
#[derive(Debug)]
struct Value {
    /// An expression for the value.
    sql: String,
    /// An expression for its length, where the value may hold the sign that stands between values.
    length: Option<String>,
    /// Whether asking for the length means to print the value.
    length_is_dear: bool,
}

/// How deep types are looked into. PostgreSQL lets no type contain itself, so this is never reached.
const DEPTH_MAX: usize = 32;

/// From this length on a text or binary value stands for itself by a digest: in hexadecimal it would not fit into the
/// 1 GB that a value may have.
const LONG_BYTES: u32 = 16 * 1024 * 1024;

/// Columns of a row that is read as one text. A function takes at most 100 arguments (`FUNC_MAX_ARGS`): a value and a length
/// for each column, and two more.
const COLUMNS_MAX: usize = 49;

/// The first number that an object of a user gets (`FirstNormalObjectId`).
const FIRST_USER_OID: u32 = 16384;

/// Types whose values never hold the control character that stands between values: numbers, times and the like, binary
/// values, which are printed in hexadecimal, and documents, in which it is escaped.
const PLAIN: &[&str] = &[
    "bool",
    "bytea",
    "cidr",
    "date",
    "inet",
    "int2",
    "int4",
    "int8",
    "interval",
    "json",
    "jsonb",
    "macaddr",
    "macaddr8",
    "numeric",
    "oid",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "uuid",
];

/// The binary output function of types whose text depends on the version or on settings: floats have 17 digits up to
/// PostgreSQL 11 and the fewest that are exact since 12 (<https://www.postgresql.org/docs/release/12.0/>), money depends on
/// `lc_monetary`, and `"char"` is printed in octal since 16 (<https://www.postgresql.org/docs/release/16.0/>).
fn send_function(type_name: &str) -> Option<&'static str> {
    Some(match type_name {
        "float4" => "float4send",
        "float8" => "float8send",
        "money" => "cash_send",
        "char" => "charsend",
        "point" => "point_send",
        "line" => "line_send",
        "lseg" => "lseg_send",
        "box" => "box_send",
        "path" => "path_send",
        "polygon" => "poly_send",
        "circle" => "circle_send",
        _ => return None,
    })
}

/// Types that are printed as the names of objects, which each version quotes by its own list of reserved words.
fn is_name_of_object(type_name: &str) -> bool {
    type_name.starts_with("reg")
}

/// An expression for a whole row as text, with a control character between its values. Much faster than the text of a
/// record, which looks at every character twice, and as unambiguous: nulls are left out, and the end says which columns
/// are null, if any; before it stand the lengths of the values that may hold the character themselves, but for one, which
/// follows from the others.
pub(crate) fn row_text(columns: &[(String, u32)], shapes: &Shapes) -> String {
    const SEPARATOR: &str = "E'\\x1f'";
    if columns.len() > COLUMNS_MAX {
        return record_text(columns, shapes);
    }
    let values: Vec<Value> =
        columns.iter().map(|(name, oid)| column_value(shapes, *oid, &ident(name))).collect();
    // The one without a length is one whose length would cost most.
    let mut lengths: Vec<&Value> = values.iter().filter(|v| v.length.is_some()).collect();
    lengths.sort_by_key(|v| !v.length_is_dear);
    let lengths = lengths.into_iter().skip(1).filter_map(|v| v.length.clone());
    let texts: Vec<String> = values.iter().map(|v| v.sql.clone()).chain(lengths).collect();
    let names: Vec<String> = columns.iter().map(|(name, _)| ident(name)).collect();
    let nulls: Vec<String> = names.iter().map(|name| format!("pg_catalog.num_nulls({name})")).collect();
    format!(
        "pg_catalog.concat_ws({SEPARATOR}, {}, case when pg_catalog.num_nulls({}) operator(pg_catalog.>) 0 then pg_catalog.concat({}) else '' end)",
        texts.join(", "),
        names.join(", "),
        nulls.join(", ")
    )
}

/// An expression for the text of a row of any number of columns.
pub(crate) fn record_text(columns: &[(String, u32)], shapes: &Shapes) -> String {
    let values: Vec<String> =
        columns.iter().map(|(name, oid)| column_value(shapes, *oid, &ident(name)).sql).collect();
    record(&values)
}

fn record(values: &[String]) -> String {
    format!("pg_catalog.textin(pg_catalog.record_out(row({})))", values.join(", "))
}

fn column_value(shapes: &Shapes, oid: u32, column: &str) -> Value {
    let base = base_name(shapes, oid);
    let name = base.as_deref().unwrap_or("");
    let plain = |sql: String| Value { sql, length: None, length_is_dear: false };
    let digest_of_long = |text: String| {
        format!(
            "case when pg_catalog.octet_length({column}) operator(pg_catalog.>) {LONG_BYTES} then pg_catalog.md5({column}) else {text} end"
        )
    };
    match name {
        "bytea" => plain(digest_of_long(format!("pg_catalog.encode({column}, 'hex')"))),
        "text" | "varchar" => Value {
            sql: digest_of_long(column.to_owned()),
            length: Some(format!("pg_catalog.octet_length({column})")),
            length_is_dear: false,
        },
        _ if PLAIN.contains(&name) || send_function(name).is_some() => plain(value(shapes, oid, column, 0)),
        _ => {
            let sql = value(shapes, oid, column, 0);
            let length = format!("pg_catalog.octet_length(pg_catalog.concat({sql}))");
            Value { sql, length: Some(length), length_is_dear: true }
        }
    }
}

/// The name of a type of PostgreSQL itself, below its domains.
fn base_name(shapes: &Shapes, oid: u32) -> Option<String> {
    let mut oid = oid;
    for _ in 0..DEPTH_MAX {
        match shapes.get(&oid)? {
            Shape::Domain(base) => oid = *base,
            Shape::Base(name) => return name.clone(),
            _ => return None,
        }
    }
    None
}

/// Whether the text of a type depends on the version or on settings.
fn varies(shapes: &Shapes, oid: u32, depth: usize) -> bool {
    let inside = |oid: u32| depth < DEPTH_MAX && varies(shapes, oid, depth + 1);
    match shapes.get(&oid) {
        None => false,
        Some(Shape::Base(name)) => {
            name.as_ref().is_some_and(|name| send_function(name).is_some() || is_name_of_object(name))
        }
        Some(Shape::Domain(other) | Shape::Array(other) | Shape::Range(other)) => inside(*other),
        Some(Shape::Composite(attributes)) => attributes.iter().any(|(_, oid)| inside(*oid)),
    }
}

/// An expression that gives the value of an expression in a form that does not vary.
fn value(shapes: &Shapes, oid: u32, sql: &str, depth: usize) -> String {
    if !varies(shapes, oid, 0) || depth > DEPTH_MAX {
        return sql.to_owned();
    }
    let inside = |oid: u32, sql: &str| value(shapes, oid, sql, depth + 1);
    let unless_null = |text: String| {
        format!("case when pg_catalog.num_nulls({sql}) operator(pg_catalog.=) 0 then {text} end")
    };
    match shapes.get(&oid) {
        None => sql.to_owned(),
        Some(Shape::Base(name)) => match name.as_deref().and_then(send_function) {
            Some(send) => format!("pg_catalog.{send}({sql})"),
            // Two names that are alike but for quotes are taken as one: no version quotes without need.
            None => format!("pg_catalog.replace(pg_catalog.concat({sql}), '\"', '')"),
        },
        Some(Shape::Domain(base)) => inside(*base, sql),
        // The binary form of an array names the type of its elements by number, which is the same for PostgreSQL's own.
        Some(Shape::Array(element))
            if *element < FIRST_USER_OID
                && base_name(shapes, *element).is_some_and(|name| send_function(&name).is_some()) =>
        {
            format!("pg_catalog.array_send({sql})")
        }
        Some(Shape::Array(element)) => unless_null(format!(
            "pg_catalog.concat(pg_catalog.array_dims({sql}), (select pg_catalog.string_agg({}, ',') \
               from (select pg_catalog.unnest({sql}) as element offset 0) as elements))",
            record(&[inside(*element, "elements.element")])
        )),
        Some(Shape::Range(subtype)) => {
            let bound = |bound: &str| inside(*subtype, &format!("pg_catalog.{bound}({sql})"));
            let parts = ["isempty", "lower_inc", "upper_inc"].map(|part| format!("pg_catalog.{part}({sql})"));
            unless_null(record(&[&parts[..], &[bound("lower"), bound("upper")]].concat()))
        }
        Some(Shape::Composite(attributes)) => {
            let attributes: Vec<String> = attributes
                .iter()
                .map(|(name, oid)| inside(*oid, &format!("({sql}).{}", ident(name))))
                .collect();
            unless_null(record(&attributes))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Shape, Shapes, row_text, value};

    fn shapes() -> Shapes {
        let base = |name: &str| Shape::Base(Some(name.to_owned()));
        [
            (23, base("int4")),
            (25, base("text")),
            (701, base("float8")),
            (1022, Shape::Array(701)),
            (20000, Shape::Domain(701)),
            (20001, Shape::Array(20000)),
            (20002, Shape::Range(701)),
            (20003, Shape::Composite(vec![("a\"b".into(), 20000), ("n".into(), 23)])),
            (20004, Shape::Base(None)),
        ]
        .into()
    }

    #[test]
    fn no_value_is_cast() {
        let columns: Vec<(String, u32)> =
            shapes().keys().enumerate().map(|(n, oid)| (format!("c{n}"), *oid)).collect();
        assert!(!row_text(&columns, &shapes()).contains("::"));
    }

    #[test]
    fn floats_are_read_in_binary_wherever_they_are() {
        let of = |oid| value(&shapes(), oid, "c", 0);
        assert_eq!(of(23), "c");
        assert_eq!(of(20004), "c");
        assert_eq!(of(20000), "pg_catalog.float8send(c)");
        assert_eq!(of(1022), "pg_catalog.array_send(c)");
        for oid in [20001, 20002, 20003] {
            assert!(of(oid).contains("float8send"), "{}", of(oid));
        }
        assert!(of(20003).contains("(c).\"a\"\"b\""));
    }

    #[test]
    fn lengths_tell_apart_what_holds_the_separator() {
        let columns = [("a".to_owned(), 25), ("b".to_owned(), 25), ("n".to_owned(), 23)];
        assert_eq!(row_text(&columns, &shapes()).matches("octet_length(\"b\")").count(), 2);
    }
}

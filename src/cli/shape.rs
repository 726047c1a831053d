//! Results as a user wants them: a table for people, or JSON that is queried and written in another notation.

use serde_json::Value;

use crate::cli::args::{Format, FormatArgs};
use crate::cli::output;
use crate::error::Error;
use crate::report::safe;

/// A result in the format that was asked for. With a query there is no table of ours: the JSON is what is queried.
pub(crate) fn shaped(
    args: &FormatArgs,
    json: impl FnOnce() -> Value,
    table: impl FnOnce() -> String,
) -> Result<String, Error> {
    let value = |json: Value| match &args.query {
        Some(expression) => query(&json, expression),
        None => Ok(json),
    };
    match args.format() {
        Format::Table if args.query.is_some() => Ok(tsv(&value(json())?)),
        Format::Table => Ok(table()),
        Format::Json => output::pretty(&value(json())?),
        Format::Tsv => Ok(tsv(&value(json())?)),
        Format::Yaml => {
            serde_yaml_ng::to_string(&value(json())?).map_err(|error| Error::Render(error.to_string()))
        }
        // What cannot be queried is a mistake, whether or not anybody looks.
        Format::None => value(json()).map(|_| String::new()),
    }
}

fn query(json: &Value, expression: &str) -> Result<Value, Error> {
    let wrong = |error: &dyn std::fmt::Display| Error::Usage {
        message: format!("query `{expression}`: {}", error.to_string().trim_end()),
        hint: Some(
            "--query takes a JMESPath expression, such as currentStatus.state: https://jmespath.org"
                .to_owned(),
        ),
    };
    let compiled = jmespath::compile(expression).map_err(|error| wrong(&error))?;
    let found = compiled.search(json).map_err(|error| wrong(&error))?;
    serde_json::to_value(&*found).map_err(|error| wrong(&error))
}

/// A line for each element of a list, and for anything else one; the values of an object stand side by side.
fn tsv(value: &Value) -> String {
    let lines: Vec<String> = match value {
        Value::Array(items) => items.iter().map(tsv_line).collect(),
        Value::Null => Vec::new(),
        other => vec![tsv_line(other)],
    };
    lines.iter().map(|line| line.clone() + "\n").collect()
}

fn tsv_line(value: &Value) -> String {
    match value {
        Value::Object(fields) => fields.values().map(tsv_cell).collect::<Vec<_>>().join("\t"),
        Value::Array(items) => items.iter().map(tsv_cell).collect::<Vec<_>>().join("\t"),
        other => tsv_cell(other),
    }
}

/// Tabs and line breaks inside of a value are shown as escapes.
fn tsv_cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => safe(text),
        other => safe(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::shaped;
    use crate::cli::args::{Format, FormatArgs};

    fn text(format: Option<Format>, query: Option<&str>) -> Result<String, String> {
        let args = FormatArgs { format, query: query.map(str::to_owned) };
        let json = || json!([{"name": "july", "state": "Failed"}, {"name": "a\tb", "state": null}]);
        shaped(&args, json, || "table".to_owned()).map_err(|error| crate::error::show(&error))
    }

    #[test]
    fn a_result_is_queried_and_written_as_scripts_of_the_service_want_it() {
        assert_eq!(text(None, None).unwrap(), "table");
        assert_eq!(text(None, Some("[0].state")).unwrap(), "\"Failed\"\n");
        assert_eq!(text(Some(Format::Tsv), Some("[].name")).unwrap(), "july\na\\tb\n");
        assert_eq!(text(Some(Format::Tsv), None).unwrap(), "july\tFailed\na\\tb\t\n");
        assert_eq!(text(Some(Format::Tsv), Some("[0].nothing")).unwrap(), "");
        assert_eq!(text(Some(Format::Yaml), Some("[0]")).unwrap(), "name: july\nstate: Failed\n");
        assert_eq!(text(Some(Format::None), None).unwrap(), "");
        assert!(text(Some(Format::None), Some("[0")).unwrap_err().contains("query `[0`"));
    }
}

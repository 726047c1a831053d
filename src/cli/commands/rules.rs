//! `rules`: list, explain, test, and the generated documents.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::rules::{RulesArgs, RulesCommand, SchemaKind};
use crate::cli::{Exit, output};
use crate::config::{load_profile, load_rules, properties_schema};
use crate::error::Error;
use crate::evaluate::{can_apply, judge};
use crate::findings::Severity;
use crate::pg::nearest;
use crate::report;
use crate::rules::{CaseResult, Rule, run_case};

pub(crate) fn run(args: &RulesArgs) -> Result<Exit, Error> {
    match &args.command {
        RulesCommand::List { area, profile, severity, folders, format } => {
            list(area.as_deref(), profile.as_deref(), *severity, &folders.rules, format.format)
        }
        RulesCommand::Explain { id, folders } => explain(id, &folders.rules),
        RulesCommand::New { id, folder } => new(id, folder),
        RulesCommand::Test { folder } => test(folder.as_deref()),
        RulesCommand::Schema { of } => {
            let schema = match of {
                SchemaKind::Report => report::schema(),
                SchemaKind::Properties => {
                    serde_json::to_string_pretty(&properties_schema()).map(|text| text + "\n")
                }
            };
            output::result(&schema.map_err(|e| Error::Render(e.to_string()))?)?;
            Ok(Exit::Ready)
        }
        RulesCommand::Pages { folder } => pages(folder),
    }
}

fn list(
    area: Option<&str>,
    profile: Option<&str>,
    severity: Option<Severity>,
    folders: &[PathBuf],
    format: Format,
) -> Result<Exit, Error> {
    let mut rules = load_rules(folders)?;
    let profile = profile.map(|given| load_profile(&mut rules, given)).transpose()?;
    let profile = profile.and_then(|name| rules.profiles.get(&name));
    if let Some(area) = area
        && !rules.rules.iter().any(|rule| rule.area() == area)
    {
        let hint =
            nearest(area, rules.rules.iter().map(Rule::area)).map(|near| format!("did you mean `{near}`?"));
        return Err(Error::Usage { message: format!("no rule has the area `{area}`"), hint });
    }
    let chosen = rules.rules.iter().filter(|rule| {
        area.is_none_or(|area| rule.area() == area)
            && severity.is_none_or(|s| rule.severity == s)
            && profile.is_none_or(|profile| can_apply(rule, &profile.facts))
    });
    let text = match format {
        Format::Json => {
            let all: Vec<_> = chosen
                .map(|r| {
                    json!({"id": r.id, "title": r.title, "severity": r.severity, "since": r.since,
                    "status": r.lifecycle.name(), "azure_code": r.azure_code, "custom": r.custom})
                })
                .collect();
            output::pretty(&all)?
        }
        Format::Table => {
            let mut table = Table::new();
            table
                .load_style(NOTHING)
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(output::width());
            for rule in chosen {
                table.add_row(vec![rule.id.clone(), rule.severity.name().to_owned(), rule.title.clone()]);
            }
            table.lines().fold(String::new(), |mut text, line| {
                let _ = writeln!(text, "{}", line.trim_end());
                text
            })
        }
    };
    output::result(&text)?;
    Ok(Exit::Ready)
}

fn explain(id: &str, folders: &[PathBuf]) -> Result<Exit, Error> {
    let rules = load_rules(folders)?;
    let Some(rule) = rules.rule(id) else {
        let hint = nearest(id, rules.rules.iter().map(|r| r.id.as_str()))
            .map(|near| format!("did you mean `{near}`?"));
        return Err(Error::Usage { message: format!("there is no rule `{id}`"), hint });
    };
    output::result(&report::rule_page(rule).map_err(|e| Error::Render(e.to_string()))?)?;
    Ok(Exit::Ready)
}

fn test(folder: Option<&Path>) -> Result<Exit, Error> {
    let folders: Vec<PathBuf> = folder.into_iter().map(Path::to_owned).collect();
    let rules = load_rules(&folders)?;
    let tested = rules.rules.iter().filter(|rule| folder.is_none() || rule.custom);
    let (mut cases, mut failed, mut count) = (0, 0, 0);
    let mut text = String::new();
    for rule in tested {
        count += 1;
        for case in &rule.cases {
            cases += 1;
            if let CaseResult::Differs(how) = run_case(rule, case, judge) {
                failed += 1;
                let _ = writeln!(text, "{}: case \"{}\": {how}", rule.id, case.name);
            }
        }
    }
    let _ = writeln!(text, "{count} rules, {cases} cases, {failed} failed");
    output::result(&text)?;
    if count == 0 {
        return Err(Error::Usage { message: "the folder holds no rule".to_owned(), hint: None });
    }
    Ok(if failed == 0 { Exit::Ready } else { Exit::Usage })
}

fn pages(folder: &Path) -> Result<Exit, Error> {
    let rules = load_rules(&[])?;
    let write = |path: PathBuf, text: &str| -> Result<(), Error> {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|source| Error::File {
                action: "make",
                path: parent.to_owned(),
                source,
            })?;
        }
        output::file(&path, text)
    };
    for rule in &rules.rules {
        let page = report::rule_page(rule).map_err(|e| Error::Render(e.to_string()))?;
        write(folder.join(format!("{}.md", rule.id)), &page)?;
    }
    write(folder.join("README.md"), &report::index_page(&rules))?;
    Ok(Exit::Ready)
}

/// The file of a rule, every key explained.
const TEMPLATE: &str = include_str!("../../../templates/rule.toml");

/// Begins a rule.
fn new(id: &str, folder: &Path) -> Result<Exit, Error> {
    let good = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    let Some((area, name)) = id.split_once('/').filter(|(area, name)| good(area) && good(name)) else {
        return Err(Error::Usage {
            message: format!("`{id}` cannot be the id of a rule"),
            hint: Some(
                "AREA/NAME with small letters, digits and hyphens, such as schema/table-too-wide".to_owned(),
            ),
        });
    };
    let path = folder.join(area).join(format!("{name}.toml"));
    let failed = |action| {
        let path = path.clone();
        move |source| Error::File { action, path, source }
    };
    std::fs::create_dir_all(folder.join(area)).map_err(failed("make the folder of"))?;
    // What is there already is somebody's work.
    let mut file = std::fs::File::create_new(&path).map_err(failed("create"))?;
    std::io::Write::write_all(&mut file, TEMPLATE.as_bytes()).map_err(failed("write"))?;
    output::result(&format!("{}\n", path.display()))?;
    output::complain(&format!("fill it in, then: pgpassage rules test {}", folder.display()));
    Ok(Exit::Ready)
}

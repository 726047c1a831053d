//! `rules`: list, explain, test, and the generated documents.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use serde_json::json;

use crate::cli::args::{ListFormat, RulesArgs, RulesCommand, SchemaArg, SeverityArg};
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
        RulesCommand::List { area, profile, severity, rules, output } => {
            list(area.as_deref(), profile.as_deref(), *severity, rules, *output)
        }
        RulesCommand::Explain { id, rules } => explain(id, rules),
        RulesCommand::Test { folder } => test(folder.as_deref()),
        RulesCommand::Schema { of } => {
            let schema = match of {
                SchemaArg::Report => report::schema(),
                SchemaArg::Properties => {
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
    severity: Option<SeverityArg>,
    folders: &[PathBuf],
    format: ListFormat,
) -> Result<Exit, Error> {
    let mut rules = load_rules(folders)?;
    let profile = profile.map(|given| load_profile(&mut rules, given)).transpose()?;
    let profile = profile.and_then(|name| rules.profiles.get(&name));
    let severity = severity.map(|s| match s {
        SeverityArg::Error => Severity::Error,
        SeverityArg::Warning => Severity::Warning,
        SeverityArg::Info => Severity::Info,
    });
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
        ListFormat::Json => {
            let all: Vec<_> = chosen
                .map(|r| {
                    json!({"id": r.id, "title": r.title, "severity": r.severity, "since": r.since,
                    "status": r.lifecycle.name(), "azure_code": r.azure_code, "custom": r.custom})
                })
                .collect();
            serde_json::to_string_pretty(&all).map_err(|e| Error::Render(e.to_string()))? + "\n"
        }
        ListFormat::Table => {
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

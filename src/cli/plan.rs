//! `plan`: what a migration would do, with sizes. Does nothing.

use std::fmt::Write as _;

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

use crate::cli::args::{ListFormat, PlanArgs};
use crate::cli::collect::plan;
use crate::cli::migrate::{check_facts, jobs, need_both, need_pg_dump};
use crate::cli::{Exit, output};
use crate::collect::collect;
use crate::config::{Environment, load_rules};
use crate::error::Error;
use crate::migrate::{DatabasePlan, DescribePlan, describe};
use crate::pg::bytes_text;
use crate::report::safe;
use crate::rules::RuleSet;
use crate::server::connect_any;

/// Tables that are shown before the rest is only counted; the JSON has all.
const TABLES_SHOWN: usize = 20;

pub(crate) async fn run(args: &PlanArgs, env: &Environment) -> Result<Exit, Error> {
    let mut rules = load_rules(&args.servers.rules)?;
    let collect_plan = plan(&args.servers, env, &mut rules)?;
    let (source, target) = need_both(&collect_plan)?;
    let pg_dump = need_pg_dump(&collect_plan)?;
    let probes = RuleSet { probes: rules.probes, profiles: rules.profiles, ..RuleSet::default() };
    let collected = collect(&probes, &collect_plan).await;
    check_facts(&collected, pg_dump.1, false)?;
    let session = connect_any(target, collect_plan.home.as_deref())
        .await
        .map_err(|e| Error::Unreached(e.to_string()))?;
    let describe_plan = DescribePlan {
        source,
        target: &session,
        home: collect_plan.home.as_deref(),
        pg_dump: &pg_dump.0,
        jobs: jobs(&collected.facts),
    };
    let mut plans = Vec::new();
    for pair in &collected.facts.databases {
        plans.push(describe(&describe_plan, pair).await.map_err(|e| Error::Migrate(e.to_string()))?);
    }
    let text = match args.output {
        ListFormat::Json => {
            serde_json::to_string_pretty(&plans).map_err(|e| Error::Render(e.to_string()))? + "\n"
        }
        ListFormat::Table => plans.iter().map(shown).collect::<Vec<_>>().join("\n"),
    };
    output::result(&text)?;
    Ok(Exit::Ready)
}

fn shown(plan: &DatabasePlan) -> String {
    let mut text = format!(
        "Database {} to {}: {} in {} tables\n  {}\n",
        safe(&plan.name),
        safe(&plan.target_name),
        bytes_text(plan.bytes),
        plan.tables.len(),
        safe(&plan.create)
    );
    for (label, kinds) in
        [("before the data", &plan.before_data), ("with and after the data", &plan.after_data)]
    {
        let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let _ = writeln!(
            text,
            "  {label}: {}",
            if kinds.is_empty() { "nothing".to_owned() } else { kinds.join(", ") }
        );
    }
    for line in &plan.left_out {
        let _ = writeln!(text, "  left out: {}", safe(line));
    }
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(output::width());
    for t in plan.tables.iter().take(TABLES_SHOWN) {
        let parts = if t.parts == 1 { "whole".to_owned() } else { format!("{} parts", t.parts) };
        table.add_row(vec![format!("  {}", safe(&t.name)), bytes_text(t.bytes), t.format.clone(), parts]);
    }
    for line in table.lines() {
        let _ = writeln!(text, "{}", line.trim_end());
    }
    if plan.tables.len() > TABLES_SHOWN {
        let _ = writeln!(text, "   … and {} smaller tables", plan.tables.len() - TABLES_SHOWN);
    }
    text
}

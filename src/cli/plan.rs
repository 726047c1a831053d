//! `plan`: what a migration would do, with sizes. Does nothing.

use std::fmt::Write as _;

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

use crate::cli::args::{ListFormat, PlanArgs};
use crate::cli::collect::plan;
use crate::cli::migrate::{check_facts, jobs, need_both, need_pg_dump};
use crate::cli::progress::seconds_text;
use crate::cli::request::{check_filters, filters_of};
use crate::cli::{Exit, output};
use crate::collect::collect;
use crate::config::{Environment, load_rules, state_folder};
use crate::error::Error;
use crate::migrate::{DatabasePlan, DescribePlan, describe};
use crate::pg::bytes_text;
use crate::report::{Report, safe};
use crate::rules::RuleSet;
use crate::server::connect_any;
use crate::store::Store;

/// Bytes from which on a migration tells something about speed.
const BYTES_MIN: u64 = 50 * 1024 * 1024;

/// The speed that is assumed where nothing is known, in bytes a second.
const ASSUMED: f64 = 20.0 * 1024.0 * 1024.0;

/// Tables that are shown before the rest is only counted; the JSON has all.
const TABLES_SHOWN: usize = 20;

pub(crate) async fn run(args: &PlanArgs, env: &Environment) -> Result<Exit, Error> {
    let mut rules = load_rules(&args.servers.rules)?;
    let collect_plan = plan(&args.servers, env, &mut rules)?;
    let filters = filters_of(&args.filters);
    check_filters(&filters)?;
    let speed = speed(env);
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
        filters: &filters,
        bytes_per_second: speed.bytes_per_second,
    };
    let mut plans = Vec::new();
    for pair in &collected.facts.databases {
        plans.push(describe(&describe_plan, pair).await.map_err(|e| Error::Migrate(e.to_string()))?);
    }
    let text = match args.output {
        ListFormat::Json => {
            serde_json::to_string_pretty(&plans).map_err(|e| Error::Render(e.to_string()))? + "\n"
        }
        ListFormat::Table => {
            let plans = plans.iter().map(shown).collect::<Vec<_>>().join("\n");
            format!("{plans}\nTimes are reckoned with {}.\n", speed.origin)
        }
    };
    output::result(&text)?;
    Ok(Exit::Ready)
}

/// How fast tables are expected to travel, and why.
struct Speed {
    bytes_per_second: f64,
    origin: String,
}

/// What the migrations that are remembered here have reached; without any, a modest guess.
fn speed(env: &Environment) -> Speed {
    let runs = state_folder(None, env).map(|folder| Store::new(&folder).list().0).unwrap_or_default();
    let reached = runs.iter().find_map(|run| {
        let report: Report = serde_json::from_str(&run.report().ok()??).ok()?;
        let done: Vec<_> = report.databases.iter().filter_map(|d| d.migration.as_ref()).collect();
        let bytes: u64 = done.iter().flat_map(|d| &d.tables).map(|t| t.bytes).sum();
        let seconds: f64 = done.iter().map(|d| d.seconds).sum();
        #[expect(clippy::cast_precision_loss, reason = "an expectation need not be exact")]
        let enough = (bytes >= BYTES_MIN && seconds > 0.0).then(|| bytes as f64 / seconds);
        enough.map(|speed| (speed, run.record.name.clone()))
    });
    #[expect(clippy::cast_possible_truncation, reason = "a speed for people")]
    let text = |speed: f64| bytes_text(speed as i64);
    match reached {
        Some((speed, name)) => Speed {
            bytes_per_second: speed,
            origin: format!(
                "{}/s, which migration {} has reached, verification included",
                text(speed),
                safe(&name)
            ),
        },
        None => Speed {
            bytes_per_second: ASSUMED,
            origin: format!("{}/s, a guess: no migration of some size is remembered here", text(ASSUMED)),
        },
    }
}

fn shown(plan: &DatabasePlan) -> String {
    let mut text = format!(
        "Database {} to {}: {} in {} tables, about {}\n  {}\n",
        safe(&plan.name),
        safe(&plan.target_name),
        bytes_text(plan.bytes),
        plan.tables.len(),
        seconds_text(whole_seconds(plan.expected_seconds)),
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

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "seconds for people, never negative"
)]
fn whole_seconds(seconds: f64) -> u64 {
    seconds.ceil() as u64
}

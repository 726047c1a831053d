//! `plan`: shows what a migration would do, with sizes. Does nothing.

use std::fmt::Write as _;

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

use crate::app::{RunOption, Speed, describe};
use crate::cli::args::{Format, PlanArgs};
use crate::cli::progress::seconds_text;
use crate::cli::{Context, Exit, output, unless_signaled};
use crate::error::Error;
use crate::migrate::DatabasePlan;
use crate::pg::bytes_text;
use crate::report::safe;

/// Tables that are shown before the rest is only counted; the JSON has all.
const TABLES_SHOWN: usize = 20;

pub(crate) async fn run(args: &PlanArgs, context: &mut Context) -> Result<Exit, Error> {
    let spec = args.spec.spec(RunOption::Migrate);
    let (env, folder) = (context.env.clone(), args.store.state_dir.as_deref());
    let described = unless_signaled(context, Box::pin(describe(&spec, folder, &env))).await?;
    output::result(&match args.format.format {
        Format::Json => output::pretty(&described)?,
        Format::Table => {
            let plans: Vec<String> = described.databases.iter().map(shown).collect();
            format!("{}\nTimes are computed from {}.\n", plans.join("\n"), speed_text(&described.speed))
        }
    })?;
    Ok(Exit::Ready)
}

fn speed_text(speed: &Speed) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a speed for people")]
    let rate = bytes_text(speed.bytes_per_second as i64);
    match &speed.reached_by {
        Some(name) => {
            format!("{rate}/s, which migration {} has reached, verification included", safe(name))
        }
        None => format!("{rate}/s, a guess: no migration of some size is remembered here"),
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

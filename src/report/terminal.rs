//! The report for a terminal: worst first, by instance and database, with counts of everything not shown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, Color, ColumnConstraint, ContentArrangement, Table, Width};

use crate::findings::{Status, Verdict};
use crate::pg::bytes_text;
use crate::report::model::{Counts, EndpointReport, JudgmentReport, Report};
use crate::report::plain::safe;

/// How to show the report.
#[derive(Debug, Clone, Copy)]
pub struct TerminalOptions {
    /// Characters in a line.
    pub width: u16,
    /// Whether to use colour. Everything is also said in words.
    pub colour: bool,
    /// Whether to list what passed and what does not apply.
    pub verbose: bool,
}

/// Findings of one rule that are shown before the rest is only counted.
const FINDINGS_SHOWN: usize = 5;
/// Differences of one database that are shown before the rest is only counted.
const DIFFERENCES_SHOWN: usize = 20;
/// Databases with findings that are shown before the rest is only counted.
const DATABASES_SHOWN: usize = 20;

/// The whole report as text.
pub fn terminal(report: &Report, options: TerminalOptions) -> String {
    let mut text = String::new();
    endpoint_line(&mut text, "source", report.source.as_ref());
    endpoint_line(&mut text, "target", report.target.as_ref());
    let _ = writeln!(text, "profile  {}", safe(&report.profile));
    for notice in &report.notices {
        let _ = writeln!(text, "notice   {}", safe(notice));
    }
    if !report.instance.is_empty() {
        section(&mut text, "Instance", &report.instance, options);
    }
    let with_news: Vec<_> = report
        .databases
        .iter()
        .filter(|d| options.verbose || d.judgments.iter().any(|j| is_news(j.status)))
        .collect();
    for database in with_news.iter().take(DATABASES_SHOWN) {
        let mut title = format!("Database {}", safe(&database.name));
        if database.target_name != database.name {
            let _ = write!(title, " (as {})", safe(&database.target_name));
        }
        section(&mut text, &title, &database.judgments, options);
    }
    if with_news.len() > DATABASES_SHOWN {
        let rest = with_news.len() - DATABASES_SHOWN;
        let _ = writeln!(
            text,
            "\n{rest} more databases have findings: write a report with --report FILE.html or FILE.json"
        );
    }
    let quiet = if report.instance.is_empty() { 0 } else { report.databases.len() - with_news.len() };
    if quiet > 0 {
        let _ = writeln!(text, "\n{quiet} of {} databases: nothing found", report.databases.len());
    }
    migration(&mut text, report);
    verification(&mut text, report);
    let c = report.counts;
    if c == Counts::default() {
        let _ = writeln!(
            text,
            "\nRun: {}",
            coloured(report.run.state.name(), verdict_colour(report.verdict), options)
        );
        return text;
    }
    let _ = writeln!(
        text,
        "\n{} failed, {} warnings, {} passed, {} could not be checked, {} not applicable{}{}",
        c.failed,
        c.warning,
        c.passed,
        c.could_not_check,
        c.not_applicable,
        if c.info > 0 { format!(", {} notes", c.info) } else { String::new() },
        if c.suppressed > 0 { format!(", {} findings suppressed", c.suppressed) } else { String::new() }
    );
    let _ = writeln!(
        text,
        "Verdict: {}",
        coloured(report.verdict.label(), verdict_colour(report.verdict), options)
    );
    text
}

/// What became of each database.
fn migration(text: &mut String, report: &Report) {
    for deviation in &report.role_deviations {
        let _ = writeln!(text, "\nroles: {}", safe(deviation));
    }
    for done in report.databases.iter().filter_map(|d| d.migration.as_ref()) {
        let (rows, bytes) = done.tables.iter().fold((0, 0), |(r, b), t| (r + t.rows, b + t.bytes));
        let _ = writeln!(
            text,
            "\nMigration of {} to {}: {} in {:.1} s\n  {} tables, {rows} rows, {}; {} other objects, {} sequences, {} large objects",
            safe(&done.name),
            safe(&done.target_name),
            done.state,
            done.seconds,
            done.tables.len(),
            bytes_text(i64::try_from(bytes).unwrap_or(i64::MAX)),
            done.objects,
            done.sequences,
            done.large_objects
        );
        for (label, line) in [
            ("error", &done.error),
            ("left on the target", &done.left_on_target),
            ("to remove it", &done.cleanup),
        ] {
            if let Some(line) = line {
                let _ = writeln!(text, "  {label}: {}", safe(line));
            }
        }
        for deviation in &done.deviations {
            let _ = writeln!(text, "  other than on the source: {}", safe(deviation));
        }
    }
}

/// What the comparison found.
fn verification(text: &mut String, report: &Report) {
    for v in report.verification.iter().flat_map(|v| &v.databases) {
        let _ = writeln!(
            text,
            "\nVerification of {} ({}): {}\n  {} properties of objects, {} tables with {} rows, {} sequences, {} large objects compared",
            safe(&v.database),
            v.level,
            if v.passed {
                "nothing differs".to_owned()
            } else {
                format!("{} differences", v.differences.len())
            },
            v.properties,
            v.tables,
            v.rows,
            v.sequences,
            v.large_objects
        );
        for notice in &v.notices {
            let _ = writeln!(text, "  notice: {}", safe(notice));
        }
        for d in v.differences.iter().take(DIFFERENCES_SHOWN) {
            let side =
                |value: &Option<String>| value.as_ref().map_or_else(|| "absent".to_owned(), |v| safe(v));
            let _ = writeln!(
                text,
                "  {}: {}: source {}, target {}",
                safe(&d.subject),
                d.what,
                side(&d.source),
                side(&d.target)
            );
            for row in &d.rows {
                let _ = writeln!(text, "    row {}", safe(row));
            }
        }
        if v.differences.len() > DIFFERENCES_SHOWN {
            let _ = writeln!(text, "  … and {} more", v.differences.len() - DIFFERENCES_SHOWN);
        }
    }
}

fn endpoint_line(text: &mut String, label: &str, endpoint: Option<&EndpointReport>) {
    let _ = match endpoint {
        None => writeln!(text, "{label}   none"),
        Some(e) => writeln!(
            text,
            "{label}   {}, port {}, user {}: {}{}",
            safe(&e.host),
            e.port,
            safe(&e.user),
            e.version
                .as_ref()
                .map_or_else(|| "not reached".to_owned(), |v| format!("PostgreSQL {}", safe(v))),
            match e.tls.encrypted {
                Some(true) => ", TLS",
                Some(false) => ", no TLS",
                None => "",
            }
        ),
    };
}

fn is_news(status: Status) -> bool {
    match status {
        Status::Failed | Status::Warning | Status::CouldNotCheck => true,
        Status::Passed | Status::NotApplicable => false,
    }
}

fn section(text: &mut String, title: &str, judgments: &[JudgmentReport], options: TerminalOptions) {
    let passed = judgments.iter().filter(|j| j.status == Status::Passed).count();
    let _ = writeln!(text, "\n{title}: {passed} of {} checks passed", judgments.len());
    let shown: Vec<&JudgmentReport> =
        judgments.iter().filter(|j| options.verbose || is_news(j.status)).collect();
    if shown.is_empty() {
        return;
    }
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(options.width);
    // Many rules often stay open for one and the same reason, such as a server that does not answer.
    let mut by_reason: BTreeMap<(Status, &str), Vec<&str>> = BTreeMap::new();
    for judgment in &shown {
        if let Some(reason) = &judgment.reason {
            by_reason.entry((judgment.status, reason)).or_default().push(&judgment.rule);
        }
    }
    for status in
        [Status::Failed, Status::CouldNotCheck, Status::Warning, Status::Passed, Status::NotApplicable]
    {
        for judgment in shown.iter().filter(|j| j.status == status && j.reason.is_none()) {
            table.add_row(vec![
                status_cell(judgment.label(), status, options),
                Cell::new(judgment_text(judgment)),
            ]);
        }
        for ((_, reason), rules) in by_reason.iter().filter(|((of, _), _)| *of == status) {
            let content = match rules.as_slice() {
                [rule] => format!("{rule}\n{}", safe(reason)),
                rules => format!("{} rules: {}\n{}", rules.len(), safe(reason), rules.join(", ")),
            };
            table.add_row(vec![status_cell(status.label(), status, options), Cell::new(content)]);
        }
    }
    if let Some(column) = table.column_mut(0) {
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(17)));
    }
    for line in table.lines() {
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

fn judgment_text(judgment: &JudgmentReport) -> String {
    let mut text = format!("{}  [{}]", judgment.title, judgment.rule);
    let open: Vec<_> = judgment.findings.iter().filter(|f| f.suppressed.is_none()).collect();
    for finding in open.iter().take(FINDINGS_SHOWN) {
        let _ = write!(text, "\n- {}", safe(&finding.message));
    }
    if open.len() > FINDINGS_SHOWN {
        let _ = write!(text, "\n- … and {} more", open.len() - FINDINGS_SHOWN);
    }
    if let Some(first) = open.first() {
        let _ = write!(text, "\nfix: {}", safe(&first.fix));
        let mut seen = BTreeSet::new();
        for finding in open.iter().take(FINDINGS_SHOWN) {
            for (side, statements) in
                [("source", &finding.fix_sql.source), ("target", &finding.fix_sql.target)]
            {
                for statement in statements.iter().filter(|s| seen.insert((side, s.as_str()))) {
                    let _ = write!(text, "\non the {side}: {}", safe(statement));
                }
            }
        }
    }
    text
}

fn status_cell(label: &str, status: Status, options: TerminalOptions) -> Cell {
    let cell = Cell::new(label);
    let colour = match status {
        Status::Failed => Color::Red,
        Status::CouldNotCheck => Color::Magenta,
        Status::Warning => Color::Yellow,
        Status::Passed => Color::Green,
        Status::NotApplicable => Color::Grey,
    };
    if options.colour { cell.fg(colour) } else { cell }
}

fn verdict_colour(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Ready => 32,
        Verdict::ReadyWithWarnings => 33,
        Verdict::NotReady => 31,
        Verdict::Unknown => 35,
    }
}

fn coloured(text: &str, colour: u8, options: TerminalOptions) -> String {
    if options.colour { format!("\u{1b}[1;{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
}

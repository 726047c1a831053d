//! The report for a terminal: the outcome, what was migrated and compared, then what was found, the worst first, with
//! counts of everything not shown.

use std::fmt::Write as _;

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, Color, ColumnConstraint, ContentArrangement, Table, Width};

use crate::report::by_rule::{ByRule, OpenReason, Part, by_rule, open_reasons};
use crate::report::headline::{Headline, Tone, counts_text, headline};
use crate::report::model::{EndpointReport, Report};
use crate::report::plain::safe;
use crate::report::steps::{by_who, steps};
use crate::report::words::{bytes_of, duration_text, number_of};

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
/// Rules named under a reason for which they could not be checked.
const OPEN_RULES_SHOWN: usize = 6;

/// The whole report as text: the outcome leads, and is the last line again.
pub fn terminal(report: &Report, options: TerminalOptions) -> String {
    let headline = headline(report);
    let mut text = String::new();
    shown(&mut text, &headline, options);
    for (sentence, command) in &headline.next {
        paragraph(&mut text, &safe(sentence), options);
        if let Some(command) = command {
            let _ = writeln!(text, "    {}", safe(command));
        }
    }
    text.push('\n');
    endpoint_line(&mut text, "source", report.source.as_ref());
    endpoint_line(&mut text, "target", report.target.as_ref());
    let _ = writeln!(text, "profile  {}", safe(&report.profile));
    for notice in &report.notices {
        let _ = writeln!(text, "notice   {}", safe(notice));
    }
    migration(&mut text, report);
    verification(&mut text, report);
    findings(&mut text, report, options);
    let counts = counts_text(report);
    if !counts.is_empty() {
        text.push('\n');
        paragraph(&mut text, &counts, options);
    }
    for (title, list) in steps(report) {
        let by_who = by_who(&list);
        if !by_who.is_empty() {
            paragraph(&mut text, &format!("{title}: {by_who}"), options);
        }
    }
    if is_migrated(report) && !counts.is_empty() {
        let _ = writeln!(text, "Validation: {}", report.verdict.label());
    }
    if counts.is_empty() {
        text.push('\n');
    }
    shown(&mut text, &headline, options);
    text
}

/// A text in lines of the terminal's width.
fn paragraph(text: &mut String, words: &str, options: TerminalOptions) {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(options.width);
    table.add_row(vec![words]);
    for line in table.lines() {
        let _ = writeln!(text, "{}", line.trim());
    }
}

fn is_migrated(report: &Report) -> bool {
    report.databases.iter().any(|d| d.migration.is_some())
}

fn shown(text: &mut String, headline: &Headline, options: TerminalOptions) {
    let colour = match headline.tone {
        Tone::Good => 32,
        Tone::Warning => 33,
        Tone::Bad => 31,
        Tone::Open => 35,
    };
    let mut lines = String::new();
    paragraph(&mut lines, &safe(&headline.text), options);
    for line in lines.lines() {
        let _ = writeln!(text, "{}", coloured(line, colour, options));
    }
}

/// What was found, each rule once for all databases, the worst first.
fn findings(text: &mut String, report: &Report, options: TerminalOptions) {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(options.width);
    let rules = by_rule(report);
    for part in
        [Part::Failed, Part::CouldNotCheck, Part::Warning, Part::Note, Part::Passed, Part::NotApplicable]
    {
        let of_part = || rules.iter().filter(|rule| rule.part == part);
        match part {
            Part::CouldNotCheck => {
                for open in open_reasons(report) {
                    table.add_row(vec![part_cell(part, options), Cell::new(open_text(&open, options))]);
                }
            }
            // A note asks for nothing: its title and number are enough, unless more is asked for.
            Part::Note if !options.verbose => {
                for rule in of_part() {
                    let count = rule.open().count();
                    let line = format!(
                        "{} ({})  [{}]",
                        rule.rule.title,
                        number_of(count, "finding"),
                        rule.rule.rule
                    );
                    table.add_row(vec![part_cell(part, options), Cell::new(line)]);
                }
            }
            Part::Failed | Part::Warning | Part::Note => {
                for rule in of_part() {
                    table.add_row(vec![part_cell(part, options), Cell::new(rule_text(rule))]);
                }
            }
            Part::Passed | Part::NotApplicable if options.verbose => {
                for rule in of_part() {
                    table.add_row(vec![part_cell(part, options), Cell::new(quiet_text(rule))]);
                }
            }
            Part::Passed | Part::NotApplicable => {}
        }
    }
    if table.row_count() == 0 {
        return;
    }
    if let Some(column) = table.column_mut(0) {
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(17)));
    }
    text.push('\n');
    for line in table.lines() {
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

fn rule_text(rule: &ByRule<'_>) -> String {
    let mut text = format!("{}  [{}]", rule.rule.title, rule.rule.rule);
    let open: Vec<_> = rule.open().collect();
    for (database, finding) in open.iter().take(FINDINGS_SHOWN) {
        let place = database.map(|name| format!("{}: ", safe(name))).unwrap_or_default();
        let _ = write!(text, "\n- {place}{}", safe(&finding.message));
    }
    if open.len() > FINDINGS_SHOWN {
        let mut places: Vec<&str> = open.iter().filter_map(|(database, _)| *database).collect();
        places.dedup();
        let _ = write!(text, "\n- … and {} more", open.len() - FINDINGS_SHOWN);
        if places.len() > 1 {
            let _ = write!(text, ", in {} in all", number_of(places.len(), "database"));
        }
    }
    if let Some((_, first)) = open.first() {
        for (n, line) in first.fix.trim().split("\n\n").enumerate() {
            let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
            let _ = write!(text, "\n{}{}", if n == 0 { "fix: " } else { "" }, safe(&line));
        }
        for (side, statements) in rule.statements() {
            for (_, statement) in statements.iter().take(FINDINGS_SHOWN) {
                let _ = write!(text, "\non the {side}: {}", safe(statement));
            }
            if statements.len() > FINDINGS_SHOWN {
                let more = statements.len() - FINDINGS_SHOWN;
                let _ = write!(text, "\non the {side}: … and {more} more, all with --fix-script {side}.sql");
            }
        }
    }
    text
}

fn quiet_text(rule: &ByRule<'_>) -> String {
    let mut text = format!("{}  [{}]", rule.heading(), rule.rule.rule);
    if let Some(reason) = &rule.rule.reason {
        let _ = write!(text, "\n{}", safe(reason));
    }
    text
}

fn open_text(open: &OpenReason<'_>, options: TerminalOptions) -> String {
    let shown = if options.verbose { open.rules.len() } else { OPEN_RULES_SHOWN };
    let mut rules = open.rules.iter().take(shown).copied().collect::<Vec<_>>().join(", ");
    if open.rules.len() > shown {
        let _ = write!(rules, ", … ({} rules)", open.rules.len());
    }
    format!("{}: {}\n{rules}", number_of(open.checks, "check"), safe(open.reason))
}

fn part_cell(part: Part, options: TerminalOptions) -> Cell {
    let (word, colour) = match part {
        Part::Failed => ("failed", Color::Red),
        Part::CouldNotCheck => ("could not check", Color::Magenta),
        Part::Warning => ("warning", Color::Yellow),
        Part::Note => ("note", Color::Grey),
        Part::Passed => ("passed", Color::Green),
        Part::NotApplicable => ("not applicable", Color::Grey),
    };
    let cell = Cell::new(word);
    if options.colour { cell.fg(colour) } else { cell }
}

/// What became of each database.
fn migration(text: &mut String, report: &Report) {
    for deviation in &report.role_deviations {
        let _ = writeln!(text, "\ndeviation: {}", safe(deviation));
    }
    for done in report.databases.iter().filter_map(|d| d.migration.as_ref()) {
        let (rows, bytes) = done.tables.iter().fold((0, 0), |(r, b), t| (r + t.rows, b + t.bytes));
        let name = if done.name == done.target_name {
            safe(&done.name)
        } else {
            format!("{} to {}", safe(&done.name), safe(&done.target_name))
        };
        let _ = writeln!(
            text,
            "\nMigration of {name}: {} in {}\n  {}, {rows} rows, {}; {}, {}, {}",
            done.state,
            duration_text(done.seconds),
            number_of(done.tables.len(), "table"),
            bytes_of(bytes),
            number_of(done.objects, "other object"),
            number_of(done.sequences, "sequence"),
            number_of(done.large_objects, "large object"),
        );
        if let Some(error) = &done.error {
            for (n, line) in error.lines().enumerate() {
                let _ = writeln!(text, "  {}{}", if n == 0 { "error: " } else { "  " }, safe(line));
            }
        }
        for (label, line) in [("left on the target", &done.left_on_target), ("to remove it", &done.cleanup)] {
            if let Some(line) = line {
                let _ = writeln!(text, "  {label}: {}", safe(line));
            }
        }
        for deviation in &done.deviations {
            let _ = writeln!(text, "  deviation: {}", safe(deviation));
        }
    }
}

/// What the comparison found.
fn verification(text: &mut String, report: &Report) {
    for v in report.verification.iter().flat_map(|v| &v.databases) {
        let _ = writeln!(
            text,
            "\nVerification of {} ({}): {}\n  {} properties of objects, {} with {} rows, {}, {} compared",
            safe(&v.database),
            v.level,
            v.summary(),
            v.properties,
            number_of(v.tables, "table"),
            v.rows,
            number_of(v.sequences, "sequence"),
            number_of(v.large_objects, "large object")
        );
        for notice in &v.notices {
            let _ = writeln!(text, "  notice: {}", safe(notice));
        }
        for unchecked in v.could_not_check.iter().take(DIFFERENCES_SHOWN) {
            let (subject, reason) = (safe(&unchecked.subject), safe(&unchecked.reason));
            let _ = writeln!(text, "  could not compare {subject}: {reason}");
        }
        if v.could_not_check.len() > DIFFERENCES_SHOWN {
            let _ = writeln!(text, "  … and {} more", v.could_not_check.len() - DIFFERENCES_SHOWN);
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

fn coloured(text: &str, colour: u8, options: TerminalOptions) -> String {
    if options.colour { format!("\u{1b}[1;{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
}

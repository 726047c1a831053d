//! Progress on standard error: bars on a terminal, lines elsewhere, JSON events on request.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::cli::args::{ProgressArgs, ProgressKind};
use crate::cli::output;
use crate::migrate::Event;
use crate::outcome::{DatabaseRunState, Phase};
use crate::pg::bytes_text;
use crate::report::safe;
use crate::store::{DatabaseState, JournalEntry, State};

/// How long nothing may be said, where lines are printed.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// Whoever tells the user how far the work is.
#[derive(Debug)]
pub(crate) enum Progress {
    /// Nobody.
    Quiet,
    /// Lines, each with the time of the last.
    Lines(Instant),
    /// Events.
    Json,
    /// A bar for each database.
    Bars { all: MultiProgress, bars: BTreeMap<String, ProgressBar> },
}

impl Progress {
    /// As the arguments want it.
    pub(crate) fn new(args: ProgressArgs) -> Progress {
        match args.progress {
            _ if args.quiet => Self::Quiet,
            ProgressKind::Json => Self::Json,
            ProgressKind::Auto if std::io::stderr().is_terminal() => {
                Self::Bars { all: MultiProgress::new(), bars: BTreeMap::new() }
            }
            ProgressKind::Auto | ProgressKind::Plain => Self::Lines(Instant::now()),
        }
    }

    /// As it is without arguments.
    pub(crate) fn of_kind(progress: ProgressKind) -> Progress {
        Progress::new(ProgressArgs { progress, quiet: false })
    }

    /// Says something that belongs to no event.
    pub(crate) fn say(&self, at: &str, text: &str) {
        match self {
            Self::Quiet => {}
            Self::Json => {
                let event = Event::Message { database: None, text: text.to_owned() };
                print_event(at, event);
            }
            Self::Lines(_) => output::complain(&safe(text)),
            Self::Bars { all, .. } => all.suspend(|| output::complain(&safe(text))),
        }
    }

    /// Says something that must be seen, also by who wants no progress.
    pub(crate) fn warn(&self, text: &str) {
        match self {
            Self::Bars { all, .. } => all.suspend(|| output::complain(&safe(text))),
            Self::Quiet | Self::Json | Self::Lines(_) => output::complain(&safe(text)),
        }
    }

    /// Tells an event, and how far the work is with it.
    pub(crate) fn tell(&mut self, at: &str, event: &Event, state: &State) {
        if matches!(self, Self::Json) {
            return print_event(at, event.clone());
        }
        if let Event::Message { database, text } = event {
            let name = database.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
            self.say(at, &format!("{name}{text}"));
            if let Self::Lines(last) = self {
                *last = Instant::now();
            }
            return;
        }
        match self {
            Self::Lines(last) if last.elapsed() > SILENCE_MAX => {
                *last = Instant::now();
                for database in state.databases.iter().filter(|d| d.state == DatabaseRunState::InProgress) {
                    output::complain(&safe(&format!("{}: {}", database.name, summary(database))));
                }
            }
            Self::Bars { all, bars } => {
                for database in &state.databases {
                    show(all, bars, database);
                }
            }
            Self::Quiet | Self::Json | Self::Lines(_) => {}
        }
    }

    /// Takes the bars away, so that the result stands alone.
    pub(crate) fn end(&mut self) {
        if let Self::Bars { all, bars } = self {
            for bar in bars.values() {
                bar.finish_and_clear();
            }
            // Bars on a terminal that is gone are no loss.
            let _ = all.clear();
        }
    }
}

fn print_event(at: &str, event: Event) {
    if let Ok(line) = serde_json::to_string(&JournalEntry { v: 1, at: at.to_owned(), event }) {
        output::complain(&line);
    }
}

fn show(all: &MultiProgress, bars: &mut BTreeMap<String, ProgressBar>, database: &DatabaseState) {
    let ended = database.state != DatabaseRunState::InProgress;
    if ended {
        if let Some(bar) = bars.remove(&database.name) {
            bar.finish_and_clear();
        }
        return;
    }
    let bar = bars.entry(database.name.clone()).or_insert_with(|| {
        let bar = all.add(ProgressBar::new(1));
        if let Ok(style) = ProgressStyle::with_template("{prefix} {bar:20} {percent:>3}% {wide_msg}") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(safe(&database.name));
        bar.enable_steady_tick(Duration::from_millis(500));
        bar
    });
    bar.set_length(u64::try_from(database.heap_bytes).unwrap_or(0).max(1));
    bar.set_position(u64::try_from(database.heap_bytes_completed).unwrap_or(0));
    bar.set_message(safe(&summary(database)));
}

/// How far a database is, in one line.
pub(crate) fn summary(database: &DatabaseState) -> String {
    let mut parts = vec![format!(
        "{}: {} of {} tables, {} rows, {}",
        if database.phase == Phase::None { "preparing" } else { database.phase.name() },
        database.tables_completed,
        database.tables,
        database.rows,
        bytes_text(i64::try_from(database.bytes).unwrap_or(i64::MAX)),
    )];
    if let Some(seconds) = database.seconds_left {
        parts.push(format!("about {} left", seconds_text(seconds)));
    }
    let now: Vec<&str> =
        database.loading.iter().chain(&database.making).map(String::as_str).take(3).collect();
    if !now.is_empty() {
        parts.push(format!("now {}", now.join(", ")));
    }
    parts.join("; ")
}

/// `95` as `1 min 35 s`.
pub(crate) fn seconds_text(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::{seconds_text, summary};
    use crate::store::DatabaseState;

    #[test]
    fn a_summary_says_how_far_it_is_and_what_runs_now() {
        let mut database =
            DatabaseState { tables: 4, tables_completed: 1, rows: 10, ..DatabaseState::default() };
        database.seconds_left = Some(95);
        database.loading.insert("public.orders".into());
        assert_eq!(
            summary(&database),
            "preparing: 1 of 4 tables, 10 rows, 0 bytes; about 1 min 35 s left; now public.orders"
        );
        assert_eq!((seconds_text(7), seconds_text(7260)), ("7 s".to_owned(), "2 h 1 min".to_owned()));
    }
}

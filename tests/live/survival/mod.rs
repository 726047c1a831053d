//! Faults in the middle of a migration. Each is injected at a moment of a step; then the state that is shown must be true within
//! a bounded time, and the migration must be resumed to a copy that has passed its verification and that independent
//! queries find equal.
//!
//! With `PGPASSAGE_LIVE_LONG` every step meets every fault, before it is asked for and before its answer has arrived, and
//! migrations are killed at two hundred random points; `PGPASSAGE_BLESS` then writes the table of `docs/reliability.md`.

mod fault;
mod scene;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use crate::proxy::Moment;
use crate::support::repository;
use crate::survival::fault::{Fault, Side};
use crate::survival::scene::{Ended, Scene, try_execute, wait};
use crate::{found, newest};

use Side::{Source, Target};

/// The source where there is one of this version: objects of it are printed in other words than by the newest, so that a
/// reference database is needed.
const OLDER: u32 = 14;

/// A kind of step, with the side that does it and the text by which it is known.
const STEPS: &[(&str, Side, &str)] = &[
    ("roles", Target, "CREATE ROLE"),
    ("read: snapshot", Source, "pg_export_snapshot"),
    ("read: pg_dump", Source, "SET TRANSACTION SNAPSHOT"),
    ("database", Target, "CREATE DATABASE"),
    ("schema", Target, "CREATE TABLE app."),
    ("table, out", Source, "to stdout"),
    ("table, in", Target, "from stdin"),
    ("part of a table", Source, "::pg_catalog.tid"),
    ("sequences", Target, "pg_catalog.setval"),
    ("large objects", Target, "lo_from_bytea"),
    ("index", Target, "CREATE INDEX"),
    ("constraint", Target, "ADD CONSTRAINT"),
    ("trigger", Target, "CREATE TRIGGER"),
    ("refresh", Target, "REFRESH MATERIALIZED VIEW"),
    ("verify: rows of the source", Source, "hashtextextended"),
    ("verify: rows of the target", Target, "hashtextextended"),
    ("policy", Target, "CREATE POLICY"),
    ("analyze", Target, "analyze "),
    ("event trigger", Target, "CREATE EVENT TRIGGER"),
    ("properties", Target, "ALTER DATABASE"),
    ("verify: pg_dump", Target, "SET TRANSACTION SNAPSHOT"),
    ("reference", Target, "pgpassage_rehearsal_"),
];

/// What is tried in the short form, so that every kind of fault and both moments are there.
const SHORT: &[(&str, Fault, bool)] = &[
    ("roles", Fault::Cut(Target), true),
    ("read: pg_dump", Fault::ClientProgram, false),
    ("read: pg_dump", Fault::Silence(Source), true),
    ("database", Fault::Kill, true),
    ("schema", Fault::Sessions(Target), true),
    ("part of a table", Fault::Garbage(Source), true),
    ("table, in", Fault::Restart(Target), true),
    ("sequences", Fault::Terminate, false),
    ("large objects", Fault::DiskFull, false),
    ("constraint", Fault::Dropped, false),
    ("refresh", Fault::Revoke(Target), false),
    ("reference", Fault::Sessions(Target), false),
];

/// What must be alike, whatever has happened.
const DATA: &str = "select md5(string_agg(x, '|' order by x)) from ( \
      select 'parent ' || t::text from app.parent t union all select 'child ' || t::text from app.child t \
      union all select tableoid::regclass || t::text from app.part t union all select 'counted ' || t::text from app.counted t \
      union all select 'large ' || t::text from app.large t union all select 'numbers ' || last_value || is_called from app.numbers \
      union all select 'large object ' || oid || ' ' || md5(lo_get(oid)) from pg_largeobject_metadata) d(x)";

/// What must be alike where nothing was refused.
const OBJECTS: &str = "select string_agg(x, '|' order by x) from ( \
      select relkind::text || relname from pg_class where relnamespace = 'app'::regnamespace \
      union all select conname from pg_constraint where connamespace = 'app'::regnamespace and contype <> 'n' \
      union all select tgname from pg_trigger where not tgisinternal union all select polname from pg_policy \
      union all select evtname from pg_event_trigger union all select pubname from pg_publication \
      union all select defaclobjtype::text from pg_default_acl \
      union all select indexrelid::regclass || ' ' || indisvalid from pg_index join pg_class c on c.oid = indexrelid where c.relnamespace = 'app'::regnamespace \
      union all select shobj_description(oid, 'pg_database') from pg_database where datname = current_database()) d(x)";

/// How long anything may take. Silence is noticed after seconds here.
const LIMIT: Duration = Duration::from_mins(2);

/// What came of an injected fault.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Survived,
    /// The run was over before the moment came.
    NotReached,
    Impossible(&'static str),
    Lost(String),
    Hung(String),
    /// A state that is not true, or that cannot be resumed.
    Wrong(String),
}

/// Whether the copy is what the source is.
fn compare(scene: &Scene, copy: &str, refused: bool) -> Outcome {
    for (sql, excused) in [(DATA, false), (OBJECTS, refused)] {
        let of_source = try_execute(&scene.source, "injected", sql);
        let of_copy = try_execute(&scene.target, copy, sql);
        if of_source != of_copy && !excused {
            return Outcome::Lost(format!("{of_source:?}\n{of_copy:?}"));
        }
    }
    let left = try_execute(
        &scene.target,
        "postgres",
        "select string_agg(datname, ' ') from pg_database where datname ~ '^pgpassage_'",
    );
    match left {
        Ok(None) => Outcome::Survived,
        left => Outcome::Wrong(format!("left on the target: {left:?}")),
    }
}

/// What is wrong with a run that is shown as succeeded.
fn judge(scene: &Scene, copy: &str) -> Outcome {
    let report = scene.report(copy);
    if report["verification"]["passed"] != true {
        return Outcome::Wrong(format!(
            "succeeded, and its verification did not: {:#}",
            report["verification"]
        ));
    }
    let deviations = &report["databases"][0]["migration"]["deviations"];
    compare(scene, copy, deviations != &serde_json::json!([]))
}

/// Why a run has failed, for whoever reads the test's output.
fn error_of(scene: &Scene, copy: &str) -> String {
    let report = scene.report(copy);
    format!("{} {}", report["databases"][0]["migration"]["error"], report["verification"]["databases"][0])
}

fn inject(scene: &Scene, step: usize, fault: Fault, answered: bool, copy: &str) -> Outcome {
    if let Some(why) = fault.impossible(scene) {
        return Outcome::Impossible(why);
    }
    let (_, side, text) = STEPS[step];
    let proxy = scene.side(side).1;
    let caught = proxy.catch(if answered { Moment::Answered(text) } else { Moment::Asked(text) });
    let mut child = scene.begin(copy);
    let began = Instant::now();
    loop {
        match caught.recv_timeout(Duration::from_millis(100)) {
            Ok(()) => break,
            Err(RecvTimeoutError::Timeout) if began.elapsed() < LIMIT => {}
            Err(_) => {
                proxy.release();
                wait(&mut child, Duration::ZERO);
                return Outcome::Hung("before anything happened".to_owned());
            }
        }
        if child.try_wait().expect("the process is ours").is_some() {
            proxy.release();
            return Outcome::NotReached;
        }
    }
    fault.inject(scene, &mut child, copy);
    proxy.release();
    let ended = wait(&mut child, LIMIT);
    let state = scene.state(copy);
    fault.heal(scene);
    if ended == Ended::Hung {
        return Outcome::Hung("it did not end".to_owned());
    }
    let expected: &[&str] = match fault {
        Fault::Kill => &["Interrupted", "unknown"],
        Fault::Terminate => &["Canceled"],
        _ if fault.is_harmless() => &["Succeeded"],
        _ => &["Failed", "Succeeded"],
    };
    if !expected.contains(&state.as_str()) {
        return Outcome::Wrong(format!("{state} ({ended:?}): {}", error_of(scene, copy)));
    }
    if state != "Succeeded" {
        let ended = wait(&mut scene.resume(copy), LIMIT);
        let state = scene.state(copy);
        if ended == Ended::Hung {
            return Outcome::Hung("resuming did not end".to_owned());
        }
        if state != "Succeeded" || ended != Ended::Code(0) {
            return Outcome::Wrong(format!("resumed to {state} ({ended:?}): {}", error_of(scene, copy)));
        }
    }
    judge(scene, copy)
}

/// Tells how far a test is that may take hours.
fn say(text: &str) {
    let mut stderr = std::io::stderr();
    // Nobody may be there to read it.
    let _ = writeln!(stderr, "{text}");
}

fn is_long() -> bool {
    std::env::var_os("PGPASSAGE_LIVE_LONG").is_some()
}

/// Writes what a test has counted into `docs/reliability.md`, between the marks of a name.
fn bless(name: &str, text: &str) {
    if !is_long() || std::env::var_os("PGPASSAGE_BLESS").is_none() {
        return;
    }
    let path = repository("docs/reliability.md");
    let before = std::fs::read_to_string(&path).expect("the page is there");
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let (head, rest) = before.split_once(&begin).expect("the mark is there");
    let (_, tail) = rest.split_once(&end).expect("the mark is there");
    std::fs::write(&path, format!("{head}{begin}{text}{end}{tail}")).expect("the page is writable");
}

/// Steps, faults and moments to try. In the long form a step meets each fault at one of the two moments, and the next step at
/// the other.
fn cells() -> Vec<(usize, Fault, bool)> {
    if !is_long() {
        let position = |name: &str| STEPS.iter().position(|(step, ..)| *step == name).expect("a step");
        return SHORT.iter().map(|(step, fault, answered)| (position(step), *fault, *answered)).collect();
    }
    let of_step = |step: usize| {
        let faults = Fault::ALL.iter().enumerate();
        // There is no other program at the other steps.
        let tried = faults
            .filter(move |(_, f)| **f != Fault::ClientProgram || STEPS[step].2 == "SET TRANSACTION SNAPSHOT");
        tried.map(move |(number, fault)| (step, *fault, (step + number).is_multiple_of(2)))
    };
    (0..STEPS.len()).flat_map(of_step).collect()
}

/// What came of everything that was injected.
#[derive(Default)]
struct Tally {
    counts: BTreeMap<&'static str, usize>,
    bad: Vec<String>,
}

impl Tally {
    fn add(&mut self, what: &str, outcome: &Outcome) {
        let word = match outcome {
            Outcome::Survived => "survived",
            Outcome::NotReached => "not reached",
            Outcome::Impossible(_) => "not possible here",
            Outcome::Lost(_) => "lost",
            Outcome::Hung(_) => "hung",
            Outcome::Wrong(_) => "wrong state",
        };
        *self.counts.entry(word).or_default() += 1;
        if matches!(outcome, Outcome::Lost(_) | Outcome::Hung(_) | Outcome::Wrong(_)) {
            self.bad.push(format!("{what}: {outcome:?}"));
        }
    }

    /// A row of the table: what, injected, survived, lost, hung, wrong state.
    fn row(&self, what: &str) -> String {
        let of = |word: &str| self.counts.get(word).copied().unwrap_or(0);
        let injected = of("survived") + of("lost") + of("hung") + of("wrong state");
        format!(
            "| {what} | {injected} | {} | {} | {} | {} |\n",
            of("survived"),
            of("lost"),
            of("hung"),
            of("wrong state")
        )
    }
}

#[test]
fn what_meets_a_fault_is_resumed_to_a_true_copy() {
    let found = found();
    let target = newest(&found);
    let source = found.iter().find(|i| i.major == OLDER).unwrap_or(target);
    let scene = Scene::new(source, target);
    // To look at one of them.
    let only = std::env::var("PGPASSAGE_ONLY").unwrap_or_default();
    let mut tally = Tally::default();
    for (number, (step, fault, answered)) in cells().into_iter().enumerate() {
        let when = if answered { "answered" } else { "asked" };
        let cell = format!("{}: {fault:?} when {when}", STEPS[step].0);
        if !cell.contains(&only) {
            continue;
        }
        let copy = format!("copy{number}");
        let outcome = inject(&scene, step, fault, answered, &copy);
        say(&format!("{cell}: {outcome:?}"));
        tally.add(&cell, &outcome);
        scene.clear(&copy);
    }
    say(&format!("{:?}", tally.counts));
    bless("faults", &tally.row(&format!("{} → {}: each fault at each step", source.major, target.major)));
    assert!(tally.bad.is_empty(), "{}", tally.bad.join("\n"));
}

#[test]
fn what_is_killed_at_random_points_is_resumed_to_a_true_copy() {
    let points = if is_long() { 200 } else { 6 };
    let found = found();
    let target = newest(&found);
    let scene = Scene::new(target, target);
    assert_eq!(wait(&mut scene.begin("whole"), LIMIT), Ended::Code(0));
    let totals = [scene.from.crossed(), scene.into.crossed()];
    scene.clear("whole");
    let mut tally = Tally::default();
    // Numbers that look random, and are the same each time.
    let mut seed: u64 = 22;
    let mut random = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below.max(1)
    };
    let mut killed = 0;
    for number in 0.. {
        if killed >= points {
            break;
        }
        let copy = format!("killed{number}");
        let mut child = scene.begin(&copy);
        for _ in 0..=random(4) {
            let side = if random(2) == 0 { Source } else { Target };
            let proxy = scene.side(side).1;
            proxy.crossed();
            let caught = proxy.catch(Moment::Bytes(random(totals[side as usize])));
            while caught.recv_timeout(Duration::from_millis(20)).is_err()
                && child.try_wait().expect("the process is ours").is_none()
            {}
            let is_over = child.try_wait().expect("the process is ours").is_some();
            if !is_over {
                killed += 1;
                child.kill().expect("the process is ours");
                child.wait().expect("the process is ours");
            }
            proxy.release();
            if is_over {
                break;
            }
            child = scene.resume(&copy);
        }
        let outcome = match (wait(&mut child, LIMIT), scene.state(&copy).as_str()) {
            (Ended::Hung, _) => Outcome::Hung("it did not end".to_owned()),
            (Ended::Code(0), "Succeeded") => judge(&scene, &copy),
            (ended, state) => Outcome::Wrong(format!("{state} ({ended:?}): {}", error_of(&scene, &copy))),
        };
        say(&format!("{copy}, {killed} killed so far: {outcome:?}"));
        tally.add(&copy, &outcome);
        scene.clear(&copy);
    }
    let what = format!("{0} → {0}: migrations killed at {killed} random points", target.major);
    bless("kills", &tally.row(&what));
    assert!(tally.bad.is_empty(), "{}", tally.bad.join("\n"));
}

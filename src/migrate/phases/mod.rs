//! The way of one database, on one page: what is read and created first, then a list of phases over one context. A new
//! step has its place in the list, and a file of its own.

mod analyze;
mod clean;
mod create_database;
mod data;
mod memberships;
mod pre_data;
mod properties;
mod read;
mod resumed;
mod unsupported;

pub(crate) use unsupported::of_server;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use crate::facts::DatabasePair;
use crate::migrate::context::{Context, Source};
use crate::migrate::database::MAINTENANCE_DATABASE;
use crate::migrate::error::MigrateError;
use crate::migrate::event::Event;
use crate::migrate::identity;
use crate::migrate::restore::Restorer;
use crate::migrate::resume::Start;
use crate::migrate::run::Run;
use crate::migrate::schema::SchemaTarget;
use crate::outcome::{DatabaseOutcome, Verification};
use crate::pg::ident;
use crate::plan::{OnRefused, Stage, build_graph};
use crate::server::Session;
use crate::verify::{verify_contents, verify_objects};

/// A phase. Each ends when the user wants to stop, wherever it is.
#[derive(Debug, Clone, Copy)]
enum Phase {
    /// Everything that comes before the data; in a database that an interrupted run has left, what of it still counts.
    PreData,
    /// Tables, sequences and large objects, with the indexes and constraints that wait for them.
    Data,
    /// Triggers, rules, publications, the contents of materialized views and what waits for them.
    PostData,
    /// Rows, sequences and large objects are compared: before policies could hide any.
    VerifyContents,
    /// Row-level security.
    Policies,
    /// Statistics.
    Analyze,
    /// Event triggers, which would have fired for everything else. Rights that were granted for the time of the migration are revoked.
    Last,
    /// The database gets its comment, limit, settings, grants and owner.
    Properties,
    /// Objects and their properties are compared.
    VerifyObjects,
}

/// All phases, in their order.
const PHASES: &[Phase] = &[
    Phase::PreData,
    Phase::Data,
    Phase::PostData,
    Phase::VerifyContents,
    Phase::Policies,
    Phase::Analyze,
    Phase::Last,
    Phase::Properties,
    Phase::VerifyObjects,
];

impl Phase {
    async fn run(self, cx: &mut Context<'_>) -> Result<(), MigrateError> {
        match self {
            Phase::PreData => pre_data::restore(cx).await,
            Phase::Data => data::copy(cx).await,
            Phase::PostData => {
                cx.say("creating the rest");
                cx.tell(Event::Finishing { database: cx.database() });
                for stage in [Stage::PostData, Stage::Refresh, Stage::AfterRefresh] {
                    cx.restore_stage(stage).await?;
                }
                unsupported::list(cx).await
            }
            Phase::VerifyContents => {
                let Some(plan) = cx.verify_plan() else { return Ok(()) };
                cx.tell(Event::Verifying { database: cx.database() });
                cx.say("verifying");
                let found = verify_contents(&cx.source.snapshot, &cx.source.tables, &plan).await?;
                cx.verification = Some(found);
                Ok(())
            }
            Phase::Policies => cx.restore_stage(Stage::Policies).await,
            Phase::Analyze => analyze::analyze(cx).await,
            Phase::Last => {
                cx.restore_stage(Stage::Last).await?;
                let rights = std::mem::take(&mut cx.restorer.rights);
                let role_map = &cx.run.plan.role_map;
                let left = rights.revoke(&cx.source.snapshot.session, &cx.session, role_map).await;
                cx.outcome.deviations.extend(left);
                Ok(())
            }
            Phase::VerifyObjects => {
                let Some(mut found) = cx.verification.take() else { return Ok(()) };
                cx.refused_properties = identity::identify(&cx.source, &cx.refused).await?;
                if let Some(plan) = cx.verify_plan() {
                    verify_objects(&cx.source.snapshot, &plan, &mut found).await?;
                }
                cx.verification = Some(found);
                Ok(())
            }
            Phase::Properties => properties::set(cx).await,
        }
    }
}

/// Migrates one database. What came of it is in the outcome, also when it fails.
pub(crate) async fn migrate_database(
    run: &Run<'_>,
    pair: &DatabasePair,
    control: &Session,
    started: Instant,
    outcome: &mut DatabaseOutcome,
) -> Result<Option<Verification>, MigrateError> {
    let target = SchemaTarget {
        version_num: run.target_version,
        user: run.user.name.clone(),
        superuser: run.user.superuser,
        lists_refusals: run.plan.on_refused == OnRefused::List,
    };
    // Everything is read from the source before anything is dropped on the target.
    let source = run.unless_canceled(read::read(run, pair, control, &target, outcome)).await?;
    let source = Arc::new(source);
    let granted = memberships::grant(run, pair, control, &source).await?;
    let result = restore(run, pair, control, &source, target, started, outcome).await;
    outcome.deviations.extend(memberships::revoke(run, control, &granted).await);
    outcome.deviations.extend(read::written_since(run, pair, source.writes).await);
    result
}

async fn restore(
    run: &Run<'_>,
    pair: &DatabasePair,
    control: &Session,
    source: &Arc<Source>,
    target: SchemaTarget,
    started: Instant,
    outcome: &mut DatabaseOutcome,
) -> Result<Option<Verification>, MigrateError> {
    let created = create_database::create(run, pair, control, source, outcome).await?;
    let graph =
        build_graph(&source.entries, &source.tables, &source.relations, run.workers, run.source_version);
    let phases = async {
        let mut cx = Context {
            run,
            pair,
            control,
            source: Arc::clone(source),
            session: run.target_session(pair).await?,
            graph,
            target,
            restorer: Restorer::new(matches!(created.start, Start::Schema | Start::Data)),
            start: created.start,
            was_there: created.was_there,
            before: created.before,
            started,
            outcome,
            verification: None,
            properties_refused: false,
            refused: Vec::new(),
            refused_properties: BTreeSet::new(),
        };
        for refused in std::mem::take(&mut cx.before.refused) {
            cx.restorer.note_refused(&refused);
            cx.outcome.deviations.push(refused.deviation.clone());
            cx.refused.push(refused);
        }
        for phase in PHASES {
            let began = Instant::now();
            let result = run.unless_canceled(Box::pin(phase.run(&mut cx))).await;
            let (database, duration_ms) = (&pair.target, began.elapsed().as_millis());
            tracing::info!(database, ?phase, duration_ms, succeeded = result.is_ok(), "phase");
            result?;
        }
        Ok(cx.verification)
    };
    let result = phases.await;
    if result.is_err() {
        let which = if created.was_there {
            ", which existed before, with a part of the objects"
        } else {
            ", incomplete"
        };
        outcome.left_on_target = Some(format!("database {}{which}: it must not be used", pair.target));
        // The database of the administrator stays, whatever is in it.
        let may_go = pair.target != MAINTENANCE_DATABASE;
        outcome.cleanup = may_go.then(|| format!("DROP DATABASE {}", ident(&pair.target)));
    }
    result
}

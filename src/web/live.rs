//! Server-sent events of one run: a page is told when there is something new to show.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use crate::store::{Liveness, StoredRun};
use crate::web::{Shared, details};

/// How often the store is looked at. The run is not touched, however many pages watch it.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

pub(super) async fn events(
    State(site): State<Shared>,
    Path((target, name)): Path<(String, String)>,
) -> Response {
    let run = match details::find(&site, &target, &name) {
        Ok(run) => run,
        Err(response) => return *response,
    };
    let folder = run.folder;
    let events = stream::unfold((folder, None, false), |(folder, last, ended)| async move {
        if ended {
            return None;
        }
        loop {
            if last.is_some() {
                tokio::time::sleep(LOOK_INTERVAL).await;
            }
            let now = StoredRun::read(&folder).ok().map(|run| (run.state, run.liveness));
            let ended = now.as_ref().is_none_or(|(_, liveness)| *liveness != Liveness::Running);
            if now != last || ended {
                let event = Event::default().event(if ended { "ended" } else { "changed" }).data("look");
                return Some((Ok::<_, Infallible>(event), (folder, now, ended)));
            }
        }
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

//! What all pages have in common: the frame, the style sheet and script, and pages that only say something.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};

use crate::error::{Error, show};

#[derive(Template)]
#[template(path = "web/message.html")]
struct Message<'a> {
    title: &'a str,
    lines: Vec<&'a str>,
}

/// A page that only says something.
pub(super) fn message(status: StatusCode, title: &str, text: &str) -> Response {
    render(status, &Message { title, lines: text.lines().collect() })
}

/// A page that says what went wrong, and what to do about it.
pub(super) fn error(status: StatusCode, error: &Error) -> Response {
    message(status, "That did not work", &show(error))
}

/// A page.
pub(super) fn page(template: &impl Template) -> Response {
    render(StatusCode::OK, template)
}

fn render(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

pub(super) async fn not_found() -> Response {
    message(StatusCode::NOT_FOUND, "No such page", "Go back to the list of migrations.")
}

/// The style of the report, and what only the page needs.
pub(super) async fn style() -> impl IntoResponse {
    let text = concat!(
        include_str!("../../templates/report.css"),
        "\n",
        include_str!("../../templates/web/page.css")
    );
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], text)
}

/// What helps where there is JavaScript; every page works without.
pub(super) async fn script() -> impl IntoResponse {
    let text =
        concat!(include_str!("../../templates/web/page.js"), "\n", include_str!("../../templates/report.js"));
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], text)
}

//! A form as it was sent: names with their values, some of them several times.

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::Response;

use crate::web::{Shared, shell};

/// A form that carried the secret of this server.
#[derive(Debug)]
pub(super) struct OwnForm {
    pairs: Vec<(String, String)>,
}

impl OwnForm {
    /// The value of a name, if it was sent.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a name.
    pub(super) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl FromRequest<Shared> for OwnForm {
    type Rejection = Response;

    async fn from_request(request: Request, site: &Shared) -> Result<OwnForm, Response> {
        let pairs = axum::Form::<Vec<(String, String)>>::from_request(request, site).await;
        let Ok(axum::Form(pairs)) = pairs else {
            let text = "The form could not be read: it is too large, or was cut off.";
            return Err(shell::message(StatusCode::BAD_REQUEST, "That did not work", text));
        };
        let form = OwnForm { pairs };
        let csrf = form.get("csrf").map(str::to_owned);
        if !site.keys.is_csrf(csrf.as_ref()) {
            let text =
                "The form is not of this server, which may have been started anew: open the page again.";
            return Err(shell::message(StatusCode::FORBIDDEN, "Not allowed", text));
        }
        Ok(form)
    }
}

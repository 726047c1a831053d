//! Who may see the page: whoever has the link with the token. It is exchanged for a cookie; every form carries a second
//! secret that other sites do not know, and requests under another host name are refused (DNS rebinding).

use std::fmt::Write as _;
use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, HOST, LOCATION, ORIGIN, REFERRER_POLICY, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::error::Error;
use crate::web::{Shared, shell};

/// Nothing is loaded from elsewhere, nothing stands inline, nobody frames the page, and forms only go back to it.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const COOKIE_NAME: &str = "pgpassage_page";

/// The secrets of one server process, and the names it answers to.
pub(super) struct Keys {
    token: String,
    cookie: String,
    csrf: String,
    hosts: Vec<String>,
    scheme: &'static str,
}

/// Secrets are not shown.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("hosts", &self.hosts).finish_non_exhaustive()
    }
}

impl Keys {
    pub(super) fn new(address: SocketAddr, tls: bool) -> Result<Keys, Error> {
        let mut random = [0u8; 32];
        getrandom::fill(&mut random).map_err(|error| Error::Internal(format!("make a token: {error}")))?;
        let derived = |purpose: &str| {
            let mut hash = Sha256::new();
            hash.update(random);
            hash.update(purpose);
            hash.finalize().iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
        };
        let mut hosts = vec![address.to_string()];
        if address.ip().is_loopback() {
            hosts.push(format!("localhost:{}", address.port()));
        }
        Ok(Keys {
            token: derived("token"),
            cookie: derived("cookie"),
            csrf: derived("csrf"),
            hosts,
            scheme: if tls { "https" } else { "http" },
        })
    }

    pub(super) fn link(&self) -> String {
        format!("{}://{}/?token={}", self.scheme, self.hosts[0], self.token)
    }

    /// The secret that every form carries.
    pub(super) fn csrf(&self) -> &str {
        &self.csrf
    }

    pub(super) fn is_csrf(&self, given: Option<&String>) -> bool {
        given.is_some_and(|given| same(given, &self.csrf))
    }

    fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        cookies
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .any(|(name, value)| name == COOKIE_NAME && same(value, &self.cookie))
    }

    fn is_own_host(&self, headers: &HeaderMap) -> bool {
        let host = headers.get(HOST).and_then(|value| value.to_str().ok());
        host.is_some_and(|host| self.hosts.iter().any(|own| own == host))
    }

    /// A browser says where a form comes from; what comes from elsewhere is refused.
    fn is_own_origin(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(ORIGIN) else { return true };
        let own = |host: &String| format!("{}://{host}", self.scheme);
        origin.to_str().is_ok_and(|origin| self.hosts.iter().map(own).any(|host| host == origin))
    }
}

/// Compares in a time that does not depend on where the two differ.
fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// Stands before every page.
pub(super) async fn guard(State(site): State<Shared>, request: Request, next: Next) -> Response {
    let mut response = match refusal(&site, &request) {
        Some(response) => response,
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Under `no-referrer` a browser would not say of its own forms where they come from.
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Why a request is not let through; none when it is.
fn refusal(site: &Shared, request: &Request) -> Option<Response> {
    let refuse = |text: &str| Some(shell::message(StatusCode::FORBIDDEN, "Not allowed", text));
    let (keys, headers) = (&site.keys, request.headers());
    if !keys.is_own_host(headers) {
        return refuse("This page answers only under the address that it has printed.");
    }
    let token =
        request.uri().query().and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("token=")));
    if request.method() == Method::GET
        && let Some(token) = token
    {
        if !same(token, &keys.token) {
            return refuse(
                "The token of the link is not that of this server: use the link that it has printed last.",
            );
        }
        let secure = if keys.scheme == "https" { "; Secure" } else { "" };
        let cookie = format!("{COOKIE_NAME}={}; HttpOnly; SameSite=Strict; Path=/{secure}", keys.cookie);
        return Some(
            (StatusCode::SEE_OTHER, [(LOCATION, "/".to_owned()), (SET_COOKIE, cookie)]).into_response(),
        );
    }
    if !keys.has_cookie(headers) {
        return refuse("Open the link with the token that pgpassage serve has printed.");
    }
    if request.method() != Method::GET && !keys.is_own_origin(headers) {
        return refuse("This form comes from another page.");
    }
    None
}

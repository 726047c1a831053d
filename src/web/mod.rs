//! The local web page: a grid of runs, a wizard that starts them, and the details of each. It only reads and writes the
//! store and starts runs as processes of their own, so that closing the page, or this server, stops nothing.

mod details;
mod form;
mod grid;
mod live;
mod probe;
mod security;
mod shell;
mod tls;
mod wizard;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use tokio::net::TcpListener;

use crate::config::Environment;
use crate::error::Error;
use crate::store::Store;
use crate::web::security::Keys;
use crate::web::wizard::Drafts;

/// The largest form that is read, in bytes.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// Where the page is served, and from which store.
#[derive(Debug)]
pub struct ServeOptions {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Certificate chain and key, both PEM files. Without them the page is served in clear.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// The folder of the store.
    pub state_dir: PathBuf,
}

/// A server that is ready to be run.
pub struct Server {
    /// The link that opens the page. It holds the token: whoever has it may do what the page can.
    pub link: String,
    listener: TcpListener,
    tls: Option<tokio_rustls::TlsAcceptor>,
    router: Router,
}

/// What every page needs.
#[derive(Debug)]
struct Site {
    env: Environment,
    state_dir: PathBuf,
    keys: Keys,
    drafts: Drafts,
}

impl Site {
    fn store(&self) -> Store {
        Store::new(&self.state_dir)
    }
}

type Shared = Arc<Site>;

/// Binds the address and makes the token.
pub async fn bind(options: ServeOptions, env: &Environment) -> Result<Server, Error> {
    let failed = |source| Error::Listen { address: options.listen, source };
    let tls = options.tls.as_ref().map(|(cert, key)| tls::acceptor(cert, key)).transpose()?;
    let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let keys = Keys::new(address, tls.is_some())?;
    let link = keys.link();
    // Nobody is at the terminal to answer a prompt for a password.
    let env = env.clone().with("PGPASSAGE_NO_PROMPT", "1");
    let site = Arc::new(Site { env, state_dir: options.state_dir, keys, drafts: Drafts::default() });
    let router = Router::new()
        .route("/", get(grid::page))
        .route("/grid", get(grid::rows))
        .route("/new", get(wizard::begin))
        .route("/new/{draft}/{tab}", get(wizard::show).post(wizard::save))
        .route("/runs/{target}/{name}", get(details::page))
        .route("/runs/{target}/{name}/progress", get(details::progress))
        .route("/runs/{target}/{name}/events", get(live::events))
        .route("/runs/{target}/{name}/download/{file}", get(details::download))
        .route("/runs/{target}/{name}/cancel", post(details::cancel))
        .route("/runs/{target}/{name}/resume", post(details::resume))
        .route("/runs/{target}/{name}/delete", post(details::delete))
        .route("/style.css", get(shell::style))
        .route("/page.js", get(shell::script))
        .fallback(shell::not_found)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&site), security::guard))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(site);
    Ok(Server { link, listener, tls, router })
}

impl Server {
    /// Serves until `stop` is done. Runs that were started go on.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), Error> {
        let served = match self.tls {
            Some(tls) => {
                let listener = tls::TlsListener::new(self.listener, tls);
                axum::serve(listener, self.router).with_graceful_shutdown(stop).await
            }
            None => axum::serve(self.listener, self.router).with_graceful_shutdown(stop).await,
        };
        served.map_err(Error::Serve)
    }
}

//! `serve`: the local page, until Ctrl-C.

use crate::cli::args::ServeArgs;
use crate::cli::{Context, Exit, output};
use crate::config::state_folder;
use crate::error::Error;
use crate::web::{ServeOptions, bind};

pub(crate) async fn run(args: ServeArgs, context: &mut Context) -> Result<Exit, Error> {
    let tls = args.tls_cert.zip(args.tls_key);
    if !args.listen.ip().is_loopback() && tls.is_none() && !args.allow_clear_text {
        return Err(Error::Usage {
            message: format!(
                "{} can be reached from other machines, and the page would be served in clear",
                args.listen
            ),
            hint: Some(
                "name a certificate with --tls-cert and --tls-key, or take the risk with --allow-clear-text"
                    .to_owned(),
            ),
        });
    }
    let state_dir =
        state_folder(args.store.state_dir.as_deref(), &context.env).ok_or_else(|| Error::Usage {
            message: "there is no folder in which runs are remembered".to_owned(),
            hint: Some("name one with --state-dir or PGPASSAGE_STATE_DIR".to_owned()),
        })?;
    std::fs::create_dir_all(&state_dir).map_err(|source| Error::File {
        action: "make folder",
        path: state_dir.clone(),
        source,
    })?;
    let server = bind(ServeOptions { listen: args.listen, tls, state_dir }, &context.env).await?;
    output::result(&format!("{}\n", server.link))?;
    output::complain("Open this link in a browser. Ctrl-C ends the page; runs that were started go on.");
    let stop = context.cancel.clone();
    let page = server.run(async move { stop.cancelled().await });
    tokio::select! {
        result = page => result?,
        () = context.signals.next() => {}
    }
    Ok(Exit::Ready)
}

//! TLS for a page that others than this machine may open.

use std::path::Path;
use std::sync::Arc;

use axum::serve::Listener;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::error::Error;

/// How long a client may take for its handshake.
const HANDSHAKE: std::time::Duration = std::time::Duration::from_secs(10);

/// Reads certificate chain and key.
pub(super) fn acceptor(cert: &Path, key: &Path) -> Result<TlsAcceptor, Error> {
    let refuse = |path: &Path, problem: String| Error::Usage {
        message: format!("use {} for TLS: {problem}", path.display()),
        hint: Some("--tls-cert and --tls-key name PEM files".to_owned()),
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect)
        .map_err(|error| refuse(cert, error.to_string()))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| refuse(key, error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private))
        .map_err(|error| refuse(cert, error.to_string()))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Takes connections whose handshake succeeds. Handshakes are done one after the other, each within a limit.
pub(super) struct TlsListener {
    tcp: TcpListener,
    tls: TlsAcceptor,
}

impl TlsListener {
    pub(super) fn new(tcp: TcpListener, tls: TlsAcceptor) -> TlsListener {
        TlsListener { tcp, tls }
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = Listener::accept(&mut self.tcp).await;
            // A client that fails its handshake is no reason to stop.
            if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, self.tls.accept(stream)).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}

//! TLS with libpq's meaning of `sslmode`, by rustls.
//!
//! Source: <https://www.postgresql.org/docs/18/libpq-ssl.html>.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::pg::{Conninfo, SslMode};

/// Why TLS cannot be set up on this side of the wire.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsSetupError {
    /// A file cannot be read or holds something else.
    #[error("read {what} {path}: {reason}")]
    File {
        /// What the file is.
        what: &'static str,
        /// Where it is.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// `verify-ca` and `verify-full` need certificates to verify against.
    #[error("sslmode={0} needs the certificates to trust: set sslrootcert to a file, or to `system`")]
    NoRoots(&'static str),
    /// rustls refuses the combination.
    #[error("set up TLS")]
    Rustls(#[from] Error),
}

/// How far a server's certificate is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    Nothing,
    Chain,
    ChainAndName,
}

/// A TLS connector for a connection string. `home` is where libpq's default files are.
pub(crate) fn connector(
    conninfo: &Conninfo,
    home: Option<&Path>,
) -> Result<MakeRustlsConnect, TlsSetupError> {
    let default_file =
        |name: &str| home.map(|home| home.join(".postgresql").join(name)).filter(|path| path.exists());
    let root_file = conninfo.sslrootcert.clone().or_else(|| {
        // As in libpq, the default file is only used from `require` on; then `require` checks the chain too.
        default_file("root.crt").filter(|_| conninfo.sslmode >= SslMode::Require)
    });
    let check = match (conninfo.sslmode, &root_file) {
        (SslMode::VerifyFull, _) => Check::ChainAndName,
        (SslMode::VerifyCa | SslMode::Require, Some(_)) | (SslMode::VerifyCa, None) => Check::Chain,
        _ => Check::Nothing,
    };
    let provider = Arc::new(ring::default_provider());
    let verifier =
        Arc::new(Verifier::new(check, root_file.as_deref(), conninfo.sslmode, Arc::clone(&provider))?);
    let versions: &[&rustls::SupportedProtocolVersion] =
        match (conninfo.ssl_min_tls13, conninfo.ssl_max_tls12) {
            (true, false) => &[&rustls::version::TLS13],
            (false, true) => &[&rustls::version::TLS12],
            _ => &[&rustls::version::TLS13, &rustls::version::TLS12],
        };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let cert_file = conninfo.sslcert.clone().or_else(|| default_file("postgresql.crt"));
    let key_file = conninfo.sslkey.clone().or_else(|| default_file("postgresql.key"));
    let mut config = match (cert_file, key_file) {
        (Some(cert), Some(key)) => {
            builder.with_client_auth_cert(certificates("client certificate", &cert)?, private_key(&key)?)?
        }
        (Some(path), None) => {
            let reason = "there is no sslkey for it".to_owned();
            return Err(TlsSetupError::File { what: "client certificate", path, reason });
        }
        (None, _) => builder.with_no_client_auth(),
    };
    config.enable_sni = conninfo.sslsni;
    Ok(MakeRustlsConnect::new(config))
}

fn certificates(what: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsSetupError> {
    let problem = |reason: String| TlsSetupError::File { what, path: path.to_owned(), reason };
    let found: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| problem(error.to_string()))?;
    if found.is_empty() { Err(problem("it holds no certificate".to_owned())) } else { Ok(found) }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsSetupError> {
    let problem = |reason: String| TlsSetupError::File { what: "private key", path: path.to_owned(), reason };
    let metadata = std::fs::metadata(path).map_err(|error| problem(error.to_string()))?;
    let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    if metadata.permissions().mode() & forbidden != 0 {
        return Err(problem("others may read it: its mode must be u=rw (0600)".to_owned()));
    }
    PrivateKeyDer::from_pem_file(path).map_err(|error| problem(error.to_string()))
}

/// Checks a server's certificate as far as `sslmode` asks. Signatures of the handshake are always checked.
#[derive(Debug)]
struct Verifier {
    check: Check,
    roots: Vec<CertificateDer<'static>>,
    chain: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn new(
        check: Check,
        root_file: Option<&Path>,
        mode: SslMode,
        provider: Arc<CryptoProvider>,
    ) -> Result<Verifier, TlsSetupError> {
        if check == Check::Nothing {
            return Ok(Verifier { check, roots: Vec::new(), chain: None, provider });
        }
        let roots = match root_file {
            None => return Err(TlsSetupError::NoRoots(mode.name())),
            Some(path) if path == Path::new("system") => rustls_native_certs::load_native_certs().certs,
            Some(path) => certificates("root certificate", path)?,
        };
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(roots.iter().cloned());
        let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(&provider))
            .build()
            .map_err(|error| TlsSetupError::File {
                what: "root certificate",
                path: root_file.map(Path::to_owned).unwrap_or_default(),
                reason: error.to_string(),
            })?;
        Ok(Verifier { check, roots, chain: Some(chain), provider })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        // A self-signed certificate that is itself the root is trusted by OpenSSL, but is no "end entity" for webpki.
        if self.roots.iter().any(|root| root.as_ref() == end_entity.as_ref()) {
            if self.check == Check::ChainAndName {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            }
            return Ok(ServerCertVerified::assertion());
        }
        match chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The chain is checked before the name, so a wrong name means that the chain is good.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.check == Check::Chain => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

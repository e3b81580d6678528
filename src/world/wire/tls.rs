//! TLS to a store: whom it trusts, and what its failures mean.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, OtherError, SignatureScheme};
use rustls_platform_verifier::Verifier;
use thiserror::Error;

use crate::s3::address::{Endpoint, Proof};
use crate::s3::catalogue::{self, phrase};

/// Whom the connections to one store trust.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// A PEM file of certificates that are trusted besides the machine's.
    pub ca_file: Option<PathBuf>,
    /// Whether the store has to prove who it is.
    pub proof: Proof,
}

/// TLS 1.2 or later, as the machine trusts it, private authorities of a company included, and the file besides. Reads the root
/// store, so not on the async threads.
pub(super) fn config(trust: &Trust) -> Result<ClientConfig, Box<dyn Error + Send + Sync>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match trust.proof {
        Proof::Wanted => Arc::new(Judge::new(extra_roots(trust)?, provider.clone())?),
        Proof::Waived => Arc::new(Anybody(provider.clone())),
    };
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

fn extra_roots(trust: &Trust) -> Result<Vec<CertificateDer<'static>>, TlsTrouble> {
    trust.ca_file.as_deref().map_or(Ok(Vec::new()), |file| Ok(read_bundle(file)?.certificates))
}

/// A file of certificates that can be trusted.
pub(crate) struct Bundle {
    /// As the file holds them.
    pub(crate) pem: Vec<u8>,
    certificates: Vec<CertificateDer<'static>>,
}

/// Reads a file of certificates in the PEM format, at least one, and each whole.
pub(crate) fn read_bundle(file: &Path) -> Result<Bundle, TlsTrouble> {
    let refused = |why: String| TlsTrouble::BadFile { file: file.display().to_string(), why };
    let pem = std::fs::read(file).map_err(|error| refused(error.to_string()))?;
    let certificates: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = certificates.map_err(|error| refused(format!("it is not in the PEM format: {error}")))?;
    if certificates.is_empty() {
        return Err(refused("it holds no certificate in the PEM format".to_owned()));
    }
    for certificate in &certificates {
        let broken = |error| refused(format!("one of its certificates cannot be read: {error}"));
        webpki::anchor_from_trusted_cert(certificate).map_err(broken)?;
    }
    Ok(Bundle { pem, certificates })
}

/// The machine's verifier, which is asked why where it does not say.
#[derive(Debug)]
struct Judge {
    verifier: Verifier,
    /// The certificates of the file, which may be those of servers themselves.
    named: Vec<CertificateDer<'static>>,
}

impl Judge {
    fn new(named: Vec<CertificateDer<'static>>, provider: Arc<CryptoProvider>) -> Result<Self, rustls::Error> {
        Ok(Self { verifier: Verifier::new_with_extra_roots(named.iter().cloned(), provider)?, named })
    }

    /// `error`, or why it does not count: a certificate that may sign others is what `openssl req -x509` makes, and trusted
    /// where the file holds it, as by curl. The verifier complains of that right only after it looked at the dates.
    fn weighed(
        &self,
        error: rustls::Error,
        certificate: &CertificateDer<'_>,
        name: &ServerName<'_>,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let may_sign = matches!(&error, rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(other)))
            if other.to_string().contains("CaUsedAsEndEntity"));
        let is_unknown = error == rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let Ok(parsed) = webpki::EndEntityCert::try_from(certificate) else { return Err(error) };
        if may_sign && self.named.iter().any(|named| named == certificate) {
            return match parsed.verify_is_valid_for_subject_name(name) {
                Ok(()) => Ok(ServerCertVerified::assertion()),
                Err(_) => Err(CertificateError::NotValidForName.into()),
            };
        }
        if (may_sign || is_unknown) && parsed.issuer() == parsed.subject() {
            return Err(CertificateError::Other(OtherError(Arc::new(TlsTrouble::SelfSigned))).into());
        }
        Err(error)
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let judged = self.verifier.verify_server_cert(certificate, chain, name, ocsp, now);
        judged.or_else(|error| self.weighed(error, certificate, name))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// Takes every certificate, and wants only that its owner speaks.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Why TLS was not agreed on.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum TlsTrouble {
    /// Nobody vouches for the certificate but itself.
    #[error("its certificate is self-signed, and this machine does not trust it")]
    SelfSigned,
    /// Somebody vouches for it whom nobody here knows.
    #[error("its certificate comes from nobody whom this machine trusts")]
    UnknownIssuer,
    /// Its time is over.
    #[error("its certificate has expired")]
    Expired,
    /// Its time has not come.
    #[error("its certificate is not valid yet")]
    NotYetValid,
    /// It belongs to others: their names, as far as it tells them.
    #[error("its certificate is for another name{}", told(.0))]
    OtherName(Vec<String>),
    /// It was withdrawn.
    #[error("its certificate was revoked")]
    Revoked,
    /// The other side wants to know who asks.
    #[error("it wants a certificate of the client, and daypass has none")]
    WantsOurs,
    /// The other side knows only what is broken by now.
    #[error("it speaks no TLS of version 1.2 or later that daypass knows")]
    TooOld,
    /// Something else answers there.
    #[error("what answers there does not speak TLS")]
    NotTls,
    /// The file of further certificates is of no use.
    #[error("the certificates in {file} cannot be used: {why}")]
    BadFile {
        /// The file, as it was named.
        file: String,
        /// Why.
        why: String,
    },
    /// Anything else, in the words of the library that saw it.
    #[error("TLS failed: {0}")]
    Other(String),
}

/// `: a.example, b.example`; nothing where there are no names.
fn told(names: &[String]) -> String {
    const MOST: usize = 3;
    let some: Vec<&str> = names.iter().take(MOST).map(String::as_str).collect();
    let more = if names.len() > MOST { " …" } else { "" };
    if some.is_empty() { String::new() } else { format!(": {}{more}", some.join(", ")) }
}

impl TlsTrouble {
    /// What the library means.
    pub(super) fn of(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(error) => Self::of_certificate(error),
            rustls::Error::InvalidMessage(_) => Self::NotTls,
            rustls::Error::PeerIncompatible(_) | rustls::Error::AlertReceived(AlertDescription::ProtocolVersion) => {
                Self::TooOld
            }
            rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => Self::WantsOurs,
            other => Self::Other(other.to_string()),
        }
    }

    fn of_certificate(error: &CertificateError) -> Self {
        match error {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::UnknownIssuer,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYetValid,
            CertificateError::NotValidForName => Self::OtherName(Vec::new()),
            CertificateError::NotValidForNameContext { presented, .. } => {
                // The library tells them as `DnsName("a.example")`.
                let name = |told: &String| told.split('"').nth(1).unwrap_or(told).to_owned();
                Self::OtherName(presented.iter().map(name).collect())
            }
            CertificateError::Revoked => Self::Revoked,
            CertificateError::Other(OtherError(other)) => match other.downcast_ref::<Self>() {
                Some(known) => known.clone(),
                None => Self::Other(other.to_string()),
            },
            other => Self::Other(format!("the certificate is not taken: {other}")),
        }
    }

    /// What to do about it at `endpoint`.
    pub(super) fn hint(&self, endpoint: &Endpoint) -> String {
        let hint = match self {
            Self::SelfSigned => {
                "if it is the store's own, write its certificate into a file and name that in ca_file for this store \
                 (or in AWS_CA_BUNDLE); otherwise somebody may be listening in. The last resort is insecure_tls = true for \
                 this store, with which anybody may answer in its name"
            }
            Self::UnknownIssuer => {
                "if the store or a company's proxy has an authority of its own, name its certificate in ca_file for this \
                 store (or in AWS_CA_BUNDLE); otherwise somebody may be listening in. The last resort is insecure_tls = \
                 true for this store, with which anybody may answer in its name"
            }
            Self::Expired => "look at this machine's clock; if it is right, the store's operator has to renew it",
            Self::NotYetValid => "look at this machine's clock; if it is right, the store's operator has to act",
            Self::OtherName(_) => {
                return catalogue::by_code("TRANSPORT-TLS-NAME").map_or_else(String::new, |row| phrase(&row.fix));
            }
            Self::Revoked | Self::TooOld => "ask the store's operator",
            Self::WantsOurs => "ask the store's operator for a way without one",
            Self::BadFile { .. } => "look at ca_file of this store and at AWS_CA_BUNDLE",
            Self::NotTls if endpoint.is_loopback() => {
                return format!("a store on this machine may speak plain HTTP: try http://{}", endpoint.authority);
            }
            Self::NotTls | Self::Other(_) => "check the endpoint's host and port",
        };
        hint.to_owned()
    }
}

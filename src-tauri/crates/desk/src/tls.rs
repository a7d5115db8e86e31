//! TLS of the public listener: 1.2 and 1.3, with a certificate of our own making or the clinic's.
//!
//! The PBX talks TLS 1.2 only (manual 1.2), so 1.2 is always offered.

mod error;
#[cfg(test)]
pub(crate) mod tests;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject, SectionKind};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::version::{TLS12, TLS13};
use rustls::{CertificateError, RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;
use tracing::{info, warn};

pub use error::{Found, TlsError};

/// How long a certificate of our own making is valid, in years.
const VALID: i64 = 10;

/// How many days before its end a certificate is spoken of.
const SOON: u8 = 30;

/// The longest PEM file that is read, in bytes. A full chain has some ten thousand.
const LONGEST_FILE: u64 = 1024 * 1024;

/// How the public listener is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsSetting {
    /// Plain HTTP.
    Off,
    /// A certificate made once and kept in the data folder, to be uploaded to the PBX or not checked there.
    SelfSigned,
    /// The clinic's own certificate.
    Files {
        /// PEM: the certificate first, then the intermediate ones.
        cert: PathBuf,
        /// PEM: the private key (PKCS#8, RSA or EC), without a passphrase.
        key: PathBuf,
    },
}

/// What encrypts the listener's connections; None when it is off. TLS 1.2 and 1.3, ALPN `http/1.1`.
///
/// A self-signed certificate is kept in `data_dir` and made anew only when it is expired or unreadable: it may
/// have been uploaded to the PBX, so new `names` (host names or IP addresses) alone are only logged. A
/// certificate of the clinic's that is expired is used and logged: some calls are better than none.
///
/// # Errors
/// [`TlsError`], for somebody who edits the settings.
pub fn acceptor(setting: &TlsSetting, data_dir: &Path, names: &[String]) -> Result<Option<TlsAcceptor>, TlsError> {
    acceptor_at(setting, data_dir, names, Timestamp::now())
}

/// What is known of a clinic's own certificate that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// For longer than a month.
    Good,
    /// It expires within this many days, 1 to 30.
    EndsIn {
        /// Whole days, rounded up.
        days: u8,
    },
    /// It has expired: a PBX that checks certificates does not come.
    Expired,
    /// It begins later, or this computer's clock is behind.
    NotYet,
}

/// Tries a setting's certificate without starting anything; `None` when there is no file of the clinic's own to try.
///
/// # Errors
/// [`TlsError`]: a file is missing or no PEM, or the key is another's.
pub fn examine(setting: &TlsSetting, now: Timestamp) -> Result<Option<Validity>, TlsError> {
    let TlsSetting::Files { cert, key } = setting else { return Ok(None) };
    let loaded = load(cert, key)?;
    let in_days = |days: u8| {
        let then = now.saturating_add((i64::from(days) * 24).hours()).unwrap_or(now);
        judge(&loaded.chain, "localhost", then)
    };
    Ok(Some(match in_days(0) {
        Verdict::Expired => Validity::Expired,
        Verdict::NotYet => Validity::NotYet,
        Verdict::Valid | Verdict::OtherName | Verdict::Unclear => (1..=SOON)
            .find(|days| in_days(*days) == Verdict::Expired)
            .map_or(Validity::Good, |days| Validity::EndsIn { days }),
    }))
}

/// Where the self-signed certificate is kept: what is uploaded to the PBX when it is to be checked there.
pub fn self_signed_certificate(data_dir: &Path) -> PathBuf {
    data_dir.join("listener-cert.pem")
}

fn self_signed_key(data_dir: &Path) -> PathBuf {
    data_dir.join("listener-key.pem")
}

fn acceptor_at(
    setting: &TlsSetting,
    data_dir: &Path,
    names: &[String],
    now: Timestamp,
) -> Result<Option<TlsAcceptor>, TlsError> {
    let config = match setting {
        TlsSetting::Off => return Ok(None),
        TlsSetting::SelfSigned => self_signed(data_dir, names, now)?,
        TlsSetting::Files { cert, key } => {
            let loaded = load(cert, key)?;
            match judge(&loaded.chain, "localhost", now) {
                Verdict::Expired => warn!(cert = %cert.display(), "the certificate has expired"),
                Verdict::NotYet => {
                    warn!(cert = %cert.display(), "the certificate is not valid yet")
                }
                // Whether its name is right only the other end can tell: it may come by any address.
                Verdict::Valid | Verdict::OtherName | Verdict::Unclear => {}
            }
            loaded.config
        }
    };
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}

struct Loaded {
    chain: Vec<CertificateDer<'static>>,
    config: ServerConfig,
}

fn load(cert: &Path, key: &Path) -> Result<Loaded, TlsError> {
    let chain = certificates(cert)?;
    let private = private_key(key)?;
    let unusable = |source| TlsError::Unusable { cert: cert.to_owned(), key: key.to_owned(), source };
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(chain.clone(), private)
        .map_err(|source| {
            if !matches!(source, rustls::Error::InconsistentKeys(_)) {
                return unusable(source);
            }
            TlsError::ForeignKey { cert: cert.to_owned(), key: key.to_owned() }
        })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Loaded { chain, config })
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(path)?;
    let chain =
        CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>().map_err(|error| damaged(path, &error))?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate { path: path.to_owned(), found: found(&text) });
    }
    Ok(chain)
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = read(path)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| {
        if !matches!(error, pem::Error::NoItemsFound) {
            return damaged(path, &error);
        }
        TlsError::NoKey { path: path.to_owned(), found: found(&text) }
    })
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let mut text = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LONGEST_FILE).read_to_end(&mut text))
        .map_err(|source| TlsError::Unreadable { path: path.to_owned(), source })?;
    // Windows editors put a byte order mark in front, and the first BEGIN line would be missed.
    if text.starts_with(b"\xef\xbb\xbf") {
        text.drain(..3);
    }
    Ok(text)
}

fn damaged(path: &Path, error: &pem::Error) -> TlsError {
    // The library's own words would quote a line of the file, which may be a line of the key.
    let damage = if matches!(error, pem::Error::MissingSectionEnd { .. }) {
        "an END line is missing"
    } else if matches!(error, pem::Error::IllegalSectionStart { .. }) {
        "a BEGIN line is malformed"
    } else {
        "what stands between the lines is not base64"
    };
    TlsError::Damaged { path: path.to_owned(), damage }
}

fn found(text: &[u8]) -> Found {
    const LOCKED: &[u8] = b"BEGIN ENCRYPTED PRIVATE KEY";
    if text.iter().all(u8::is_ascii_whitespace) {
        return Found::Nothing;
    }
    if text.windows(LOCKED.len()).any(|part| part == LOCKED) {
        return Found::LockedKey;
    }
    match <(SectionKind, Vec<u8>)>::pem_slice_iter(text).next() {
        Some(Ok((SectionKind::Certificate, _))) => Found::Certificate,
        Some(Ok((SectionKind::PrivateKey | SectionKind::RsaPrivateKey | SectionKind::EcPrivateKey, _))) => Found::Key,
        // DER of any kind is a SEQUENCE.
        _ if text.first() == Some(&0x30) => Found::Binary,
        _ => Found::Other,
    }
}

fn self_signed(data_dir: &Path, names: &[String], now: Timestamp) -> Result<ServerConfig, TlsError> {
    let cert = self_signed_certificate(data_dir);
    let key = self_signed_key(data_dir);
    match load(&cert, &key) {
        Ok(kept) => match judge(&kept.chain, "localhost", now) {
            Verdict::Expired => info!("the self-signed certificate has expired and is made anew"),
            Verdict::Unclear | Verdict::OtherName => {
                info!("the self-signed certificate is of an unknown kind and is made anew");
            }
            // A clock that is wrong today must not cost an uploaded certificate.
            Verdict::Valid | Verdict::NotYet => {
                for name in names {
                    if judge(&kept.chain, name, now) == Verdict::OtherName {
                        warn!(%name, cert = %cert.display(), "not a name of the self-signed certificate; \
                            delete the file to have it made anew");
                    }
                }
                return Ok(kept.config);
            }
        },
        Err(TlsError::Unreadable { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            info!("a self-signed certificate is made");
        }
        Err(error) => warn!(%error, "the self-signed certificate is made anew"),
    }
    make(&cert, &key, names, now)?;
    load(&cert, &key).map(|made| made.config)
}

fn make(cert: &Path, key: &Path, names: &[String], now: Timestamp) -> Result<(), TlsError> {
    let mut all: Vec<String> =
        names.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    for own in ["localhost", "127.0.0.1"] {
        if !all.iter().any(|name| name == own) {
            all.push(own.to_owned());
        }
    }
    let not_made = |source| TlsError::NotMade { names: names.to_vec(), source };
    let today = now.to_zoned_datetime(TimeZone::UTC).date();
    let day = |date: jiff::civil::Date| {
        // A month and a day of a civil date are positive and small.
        rcgen::date_time_ymd(date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    let mut params = CertificateParams::new(all).map_err(not_made)?;
    // From yesterday: the other end's clock may be behind.
    params.not_before = day(today.saturating_sub(1.day()));
    params.not_after = day(today.saturating_add(VALID.years()));
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Callpop");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let pair = KeyPair::generate().map_err(not_made)?;
    let made = params.self_signed(&pair).map_err(not_made)?;
    keep(key, &pair.serialize_pem(), true)?;
    keep(cert, &made.pem(), false)
}

/// Writes a file whole or not at all; a secret one is the owner's from its first byte.
fn keep(path: &Path, text: &str, secret: bool) -> Result<(), TlsError> {
    let new = path.with_extension("pem.new");
    let written = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        // Left over by a stop in the middle, perhaps with another mode.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, if secret { 0o600 } else { 0o644 });
        #[cfg(not(unix))]
        let _ = secret;
        let mut file = options.open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)
    };
    written().map_err(|source| TlsError::NotKept { path: path.to_owned(), source })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Valid,
    Expired,
    NotYet,
    OtherName,
    /// Issued by somebody else, or not to be judged from here.
    Unclear,
}

/// What a client that trusts this very certificate says to it.
fn judge(chain: &[CertificateDer<'static>], name: &str, now: Timestamp) -> Verdict {
    let (Some(certificate), Ok(name)) = (chain.first(), ServerName::try_from(name)) else {
        return Verdict::Unclear;
    };
    let mut roots = RootCertStore::empty();
    if roots.add(certificate.clone()).is_err() {
        return Verdict::Unclear;
    }
    let Ok(verifier) = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build() else {
        return Verdict::Unclear;
    };
    let since_epoch = now.duration_since(Timestamp::UNIX_EPOCH).unsigned_abs();
    let now = UnixTime::since_unix_epoch(since_epoch);
    use CertificateError as Wrong;
    match verifier.verify_server_cert(certificate, &[], &name, &[], now) {
        Ok(_) => Verdict::Valid,
        Err(rustls::Error::InvalidCertificate(Wrong::Expired | Wrong::ExpiredContext { .. })) => Verdict::Expired,
        Err(rustls::Error::InvalidCertificate(Wrong::NotValidYet | Wrong::NotValidYetContext { .. })) => {
            Verdict::NotYet
        }
        Err(rustls::Error::InvalidCertificate(Wrong::NotValidForName | Wrong::NotValidForNameContext { .. })) => {
            Verdict::OtherName
        }
        Err(_) => Verdict::Unclear,
    }
}

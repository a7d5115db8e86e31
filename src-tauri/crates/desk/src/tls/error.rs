//! What can be wrong with the listener's certificate, in words for whoever edits the settings.

use std::path::PathBuf;
use std::{fmt, io};

use thiserror::Error;

/// Why there is no TLS. Each message names the file, what is wrong and what would be right.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{}: cannot be read; it must exist and be readable by this user", path.display())]
    Unreadable {
        /// The file of the settings.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The certificate's file holds something else.
    #[error(
        "{}: no certificate in it, but {found}; expected PEM text with a \"BEGIN CERTIFICATE\" line for the \
         certificate and for each intermediate one",
        path.display()
    )]
    NoCertificate {
        /// The file of the settings.
        path: PathBuf,
        /// What it holds instead.
        found: Found,
    },
    /// The key's file holds something else.
    #[error(
        "{}: no private key in it, but {found}; expected PEM text with a \"BEGIN PRIVATE KEY\" line (RSA and EC \
         keys do as well) and no passphrase",
        path.display()
    )]
    NoKey {
        /// The file of the settings.
        path: PathBuf,
        /// What it holds instead.
        found: Found,
    },
    /// The text between the BEGIN and END lines is damaged.
    #[error("{}: damaged PEM text ({damage}); copy the file once more, whole and as text", path.display())]
    Damaged {
        /// The file of the settings.
        path: PathBuf,
        /// Where it breaks.
        damage: &'static str,
    },
    /// The key does not belong to the certificate.
    #[error(
        "{}: not the key of the first certificate in {}; both must come from the same order, and the server's \
         own certificate must stand before the intermediate ones",
        key.display(),
        cert.display()
    )]
    ForeignKey {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// Certificate and key are there, but of a kind that cannot be used.
    #[error(
        "{} and {} cannot be used; expected an X.509 certificate with an RSA (2048 bits or more), EC or Ed25519 key",
        cert.display(),
        key.display()
    )]
    Unusable {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What the TLS library says.
        #[source]
        source: rustls::Error,
    },
    /// A name of the settings cannot stand in a certificate, or no key could be made.
    #[error("no certificate can be made for {}; expected host names or IP addresses", names.join(", "))]
    NotMade {
        /// The names asked for.
        names: Vec<String>,
        /// What the certificate library says.
        #[source]
        source: rcgen::Error,
    },
    /// The made certificate cannot be stored.
    #[error("{}: cannot be written; the data folder must be writable by this user", path.display())]
    NotKept {
        /// The file in the data folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// What stands in a PEM file in place of what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing at all.
    Nothing,
    /// A private key: the two files may have been swapped.
    Key,
    /// A certificate: the two files may have been swapped.
    Certificate,
    /// A key behind a passphrase.
    LockedKey,
    /// Bytes of DER or PKCS#12 (.der, .cer, .pfx, .p12).
    Binary,
    /// None of these.
    Other,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Found::Nothing => "nothing at all",
            Found::Key => "a private key (are the two files swapped?)",
            Found::Certificate => "a certificate (are the two files swapped?)",
            Found::LockedKey => "a key locked with a passphrase (`openssl pkey` removes it)",
            Found::Binary => {
                "binary data (DER or PKCS#12: `openssl x509 -inform der` or `openssl pkcs12 -nodes` make PEM of it)"
            }
            Found::Other => "something else",
        })
    }
}

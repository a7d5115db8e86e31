//! Who may speak for a PBX: its account, signatures, and what a checked signature yields.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::form::SignedForm;

/// The API account of one PBX: `vpbx_api_key` and `vpbx_api_salt` of the cabinet's API connector (manual 2.4.5).
///
/// The salt signs for the whole PBX and never leaves: not through `Debug`, not through an accessor.
#[derive(Clone)]
pub struct Account {
    key: String,
    salt: SecretString,
}

/// Why a posted form is not from our PBX.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// `vpbx_api_key` is missing or another PBX's.
    #[error("the form carries another account's key")]
    ForeignKey,
    /// `sign` is missing, no signature at all, or that of other text.
    #[error("the signature does not fit")]
    Mismatch,
}

/// The `json` field of a form whose signature was checked, byte for byte as it was signed.
///
/// [`Account::verify`] makes one, so that an unchecked body cannot be [parsed](crate::parse) by oversight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedJson(String);

impl Account {
    /// An account from the two secrets of the cabinet.
    pub fn new(key: impl Into<String>, salt: SecretString) -> Account {
        Account { key: key.into(), salt }
    }

    /// `vpbx_api_key`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Lower-case hex of SHA-256 over key, json and salt, one after the other (manual 2.4.3). It is no HMAC, and it
    /// is over the very text that is sent: the same object spelled otherwise has another signature.
    pub fn sign(&self, json: &str) -> String {
        self.digest(&[json])
    }

    /// Checks a form against key and salt, in constant time.
    ///
    /// # Errors
    /// Another key, or a signature that does not fit; what stands in `sign` may be anything.
    pub fn verify(&self, form: SignedForm) -> Result<VerifiedJson, SignatureError> {
        if form.key != self.key {
            return Err(SignatureError::ForeignKey);
        }
        let expected = self.sign(&form.json);
        // Upper-case hex is tolerated; other text keeps its bytes and so cannot fit (reference 1.2).
        let given = form.sign.trim().to_ascii_lowercase();
        if bool::from(expected.as_bytes().ct_eq(given.as_bytes())) {
            Ok(VerifiedJson(form.json))
        } else {
            Err(SignatureError::Mismatch)
        }
    }

    /// The body of a signed request, either way: `vpbx_api_key=…&sign=…&json=…`, percent-encoded (manual 2.1.1).
    pub fn form_body(&self, json: &str) -> String {
        form_urlencoded::Serializer::new(String::new())
            .append_pair("vpbx_api_key", &self.key)
            .append_pair("sign", &self.sign(json))
            .append_pair("json", json)
            .finish()
    }

    /// The signature of a link to a recording: over key, expiry, id and salt (manual 3.5.2).
    ///
    /// `expires` is in Unix seconds; the id is signed as it is and percent-encoded in the link.
    pub fn recording_link_sign(&self, recording_id: &str, expires: i64) -> String {
        self.digest(&[&expires.to_string(), recording_id])
    }

    fn digest(&self, parts: &[&str]) -> String {
        let mut hash = Sha256::new();
        hash.update(self.key.as_bytes());
        for part in parts {
            hash.update(part.as_bytes());
        }
        hash.update(self.salt.expose_secret().as_bytes());
        hex::encode(hash.finalize())
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Account(…)")
    }
}

impl VerifiedJson {
    /// Takes back what was verified when it was received and kept since: for reading one's own log.
    pub fn kept(json: String) -> VerifiedJson {
        VerifiedJson(json)
    }

    /// The text as it was signed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text as it was signed, to be kept.
    pub fn into_string(self) -> String {
        self.0
    }
}

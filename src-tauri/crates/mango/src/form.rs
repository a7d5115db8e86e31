//! The form in which everything travels: three fields, two of them about the third.

use std::fmt;

/// A posted form before anybody checked it.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedForm {
    /// `vpbx_api_key`; empty when the field is missing.
    pub key: String,
    /// `sign`; empty when the field is missing.
    pub sign: String,
    /// `json`, decoded from the form and otherwise untouched.
    pub json: String,
}

/// Why a body is not a signed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Not `application/x-www-form-urlencoded`: other bytes, JSON, XML, multipart.
    #[error("the body is not a form")]
    NotAForm,
    /// A form (or nothing) without text in `json`: what the cabinet's "Проверить подключение" sends.
    #[error("the form has no json field")]
    NoJson,
}

impl SignedForm {
    /// Takes a request body apart. The first field of a name counts; `data` stands in for an absent `json`, as one
    /// client of the PBX has met it (reference 1.2).
    ///
    /// # Errors
    /// [`FormError::NotAForm`] for what is no form, [`FormError::NoJson`] for a form without json, also an empty one.
    pub fn parse(body: &[u8]) -> Result<SignedForm, FormError> {
        let text = std::str::from_utf8(body).map_err(|_| FormError::NotAForm)?.trim();
        if text.is_empty() {
            return Err(FormError::NoJson);
        }
        if text.starts_with(['{', '[', '<', '"']) || text.starts_with("--") || !text.contains('=') {
            return Err(FormError::NotAForm);
        }
        let field = |name: &str| {
            form_urlencoded::parse(text.as_bytes())
                .find(|(key, value)| key == name && !value.is_empty())
                .map(|(_, value)| value.into_owned())
        };
        let json = field("json").or_else(|| field("data")).ok_or(FormError::NoJson)?;
        Ok(SignedForm { key: field("vpbx_api_key").unwrap_or_default(), sign: field("sign").unwrap_or_default(), json })
    }
}

impl fmt::Debug for SignedForm {
    /// Without its text: it names patients.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedForm({} bytes of json)", self.json.len())
    }
}

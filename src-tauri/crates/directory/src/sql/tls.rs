//! Encryption towards PostgreSQL: certificates are verified by what the system trusts, and by the clinic's own authority.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier;

use crate::settings::SectionError;

/// What to encrypt with.
pub(super) fn client(certificate: Option<&PathBuf>) -> Result<ClientConfig, SectionError> {
    let wrong = |problem: String| {
        SectionError::new("directory.certificate", problem, "give the PEM file of the clinic's own authority")
    };
    let mut roots: Vec<CertificateDer<'static>> = Vec::new();
    if let Some(path) = certificate {
        let pem = CertificateDer::pem_file_iter(path).map_err(|error| wrong(format!("{}: {error}", path.display())))?;
        for root in pem {
            roots.push(root.map_err(|_| wrong(format!("{} is no PEM", path.display())))?);
        }
        if roots.is_empty() {
            return Err(wrong(format!("{} is no PEM", path.display())));
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier =
        Verifier::new_with_extra_roots(roots, Arc::clone(&provider)).map_err(|error| wrong(error.to_string()))?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(error.to_string()))?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

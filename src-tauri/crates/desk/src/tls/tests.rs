use rcgen::{Issuer, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified};
use rustls::{ClientConfig, DigitallySignedStruct, ProtocolVersion, SignatureScheme};
use rustls::{SupportedProtocolVersion, crypto};
use tempfile::TempDir;
use tokio_rustls::TlsConnector;

use super::*;

#[test]
fn off_is_off() {
    assert!(acceptor(&TlsSetting::Off, Path::new("/nowhere"), &[]).unwrap().is_none());
}

#[tokio::test]
async fn both_versions_are_offered_with_http_1() {
    let folder = TempDir::new().unwrap();
    let tls = acceptor(&TlsSetting::SelfSigned, folder.path(), &[]).unwrap().unwrap();
    assert_eq!(handshake(&tls, &[&TLS12]).await, Some(ProtocolVersion::TLSv1_2));
    assert_eq!(handshake(&tls, &[&TLS13]).await, Some(ProtocolVersion::TLSv1_3));
}

#[tokio::test]
async fn a_client_that_checks_is_content_with_the_uploaded_certificate() {
    let folder = TempDir::new().unwrap();
    let names = ["desk.example.ru".to_owned(), "192.168.1.20".to_owned()];
    let tls = acceptor(&TlsSetting::SelfSigned, folder.path(), &names).unwrap().unwrap();
    let chain = certificates(&self_signed_certificate(folder.path())).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(chain[0].clone()).unwrap();
    let client = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS12])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = TlsConnector::from(Arc::new(client));
    for name in ["desk.example.ru", "192.168.1.20", "localhost", "127.0.0.1"] {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let name = ServerName::try_from(name).unwrap();
        let (served, connected) = tokio::join!(tls.accept(ours), client.connect(name, theirs));
        served.unwrap();
        connected.unwrap();
    }
}

#[test]
fn the_self_signed_certificate_is_kept() {
    let folder = TempDir::new().unwrap();
    let first = make_self_signed(&folder, &[], now());
    assert_eq!(make_self_signed(&folder, &[], now()), first);
    // It may have been uploaded: neither a new name nor a wrong clock costs it.
    assert_eq!(make_self_signed(&folder, &["desk.example.ru".to_owned()], now()), first);
    let years_ago = now() - (24 * 365 * 3).hours();
    assert_eq!(make_self_signed(&folder, &[], years_ago), first);
    let nine_years_on = now() + (24 * 365 * 9).hours();
    assert_eq!(make_self_signed(&folder, &[], nine_years_on), first);
}

#[test]
fn an_expired_or_damaged_one_is_made_anew() {
    let folder = TempDir::new().unwrap();
    let first = make_self_signed(&folder, &[], now());
    let eleven_years_on = now() + (24 * 365 * 11).hours();
    let second = make_self_signed(&folder, &[], eleven_years_on);
    assert_ne!(second, first);
    fs::write(self_signed_key(folder.path()), "-----BEGIN PRIV").unwrap();
    let third = make_self_signed(&folder, &[], eleven_years_on);
    assert_ne!(third, second);
    fs::remove_file(self_signed_certificate(folder.path())).unwrap();
    let fourth = make_self_signed(&folder, &[], eleven_years_on);
    assert_ne!(fourth, third);
    // A stop between the two files leaves a key without its certificate.
    fs::write(self_signed_certificate(folder.path()), &third).unwrap();
    assert_ne!(make_self_signed(&folder, &[], eleven_years_on), third);
}

#[cfg(unix)]
#[test]
fn the_key_is_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("listener-key.pem.new"), "left over").unwrap();
    make_self_signed(&folder, &[], now());
    let mode = fs::metadata(self_signed_key(folder.path())).unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(names.len(), 2);
}

#[test]
fn a_name_that_is_none_and_a_folder_that_is_none_are_said() {
    let folder = TempDir::new().unwrap();
    let wrong = acceptor(&TlsSetting::SelfSigned, folder.path(), &["клиника.рф".to_owned()]);
    assert!(matches!(wrong, Err(TlsError::NotMade { .. })));
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let Err(error) = acceptor(&TlsSetting::SelfSigned, &file, &[]) else {
        panic!("made a certificate inside a file");
    };
    assert!(matches!(error, TlsError::NotKept { .. }), "{error}");
}

#[tokio::test]
async fn own_certificates_of_every_kind_work() {
    let clinic = Clinic::new();
    let rsa = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let ec = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    for pair in [&rsa, &ec] {
        let chain = clinic.issue(pair);
        let text = format!("\u{feff}subject=/CN=clinic\r\n{}", chain.replace('\n', "\r\n"));
        let setting = clinic.files(&text, &pair.serialize_pem());
        let tls = acceptor(&setting, clinic.0.path(), &[]).unwrap().unwrap();
        assert_eq!(handshake(&tls, &[&TLS12]).await, Some(ProtocolVersion::TLSv1_2));
        let TlsSetting::Files { cert, .. } = &setting else { unreachable!() };
        assert_eq!(certificates(cert).unwrap().len(), 2);
    }
}

#[tokio::test]
async fn an_expired_certificate_is_recognised_and_used() {
    let clinic = Clinic::new();
    let pair = KeyPair::generate().unwrap();
    let setting = clinic.files(&clinic.issue(&pair), &pair.serialize_pem());
    let TlsSetting::Files { cert, .. } = &setting else { unreachable!() };
    let chain = certificates(cert).unwrap();
    let in_2010 = "2010-01-01T00:00:00Z".parse().unwrap();
    let in_2060 = "2060-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(judge(&chain, "localhost", in_2010), Verdict::NotYet);
    assert_eq!(judge(&chain, "localhost", in_2060), Verdict::Expired);
    assert_eq!(judge(&chain, "localhost", now()), Verdict::Unclear);
    let tls = acceptor_at(&setting, clinic.0.path(), &[], in_2060).unwrap().unwrap();
    assert!(handshake(&tls, &[&TLS12]).await.is_some());
}

#[test]
fn a_certificate_that_ends_soon_is_recognised() {
    let clinic = Clinic::new();
    let pair = KeyPair::generate().unwrap();
    let setting = clinic.files(&clinic.issue(&pair), &pair.serialize_pem());
    let at = |time: &str| examine(&setting, time.parse().unwrap()).unwrap();
    assert_eq!(at("2010-01-01T00:00:00Z"), Some(Validity::NotYet));
    assert_eq!(at("2026-11-24T12:00:00Z"), Some(Validity::Good));
    assert_eq!(at("2049-12-01T00:00:00Z"), Some(Validity::Good));
    assert_eq!(at("2049-12-20T12:00:00Z"), Some(Validity::EndsIn { days: 12 }));
    assert_eq!(at("2049-12-31T12:00:00Z"), Some(Validity::EndsIn { days: 1 }));
    assert_eq!(at("2050-01-02T00:00:00Z"), Some(Validity::Expired));
    assert_eq!(examine(&TlsSetting::Off, now()).unwrap(), None);
    assert_eq!(examine(&TlsSetting::SelfSigned, now()).unwrap(), None);
    let foreign = clinic.files(&clinic.issue(&pair), &KeyPair::generate().unwrap().serialize_pem());
    assert!(matches!(examine(&foreign, now()), Err(TlsError::ForeignKey { .. })));
}

#[test]
fn wrong_files_are_named_with_what_would_be_right() {
    let clinic = Clinic::new();
    let pair = KeyPair::generate().unwrap();
    let chain = clinic.issue(&pair);
    let key = pair.serialize_pem();
    let foreign = KeyPair::generate().unwrap().serialize_pem();
    let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let torn = &chain[..chain.len() / 4];
    let nonsense = chain.replacen("MII", "?!?", 1);
    let rot = "-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n";
    let binary = String::from_utf8(vec![0x30, 0x03, 0x02, 0x01, 0x05]).unwrap();
    let cases: [(&str, &str, &[&str]); 11] = [
        (&key, &chain, &["cert.pem: no certificate", "swapped"]),
        (&chain, &chain, &["key.pem: no private key", "swapped"]),
        (&chain, locked, &["key.pem", "passphrase", "openssl pkey"]),
        (&chain, "", &["key.pem", "nothing at all"]),
        ("hello", &key, &["cert.pem", "something else", "BEGIN CERTIFICATE"]),
        (&binary, &key, &["cert.pem", "DER"]),
        (torn, &key, &["cert.pem: damaged", "END line"]),
        (&nonsense, &key, &["cert.pem: damaged", "base64"]),
        (&chain, &foreign, &["key.pem: not the key", "cert.pem"]),
        (rot, &key, &["cert.pem", "key.pem", "cannot be used"]),
        (&chain, &key[..60], &["key.pem: damaged", "END line"]),
    ];
    for (cert, key, words) in cases {
        let error = clinic.refused(&clinic.files(cert, key));
        for word in words {
            assert!(error.contains(word), "{word:?} is missing in: {error}");
        }
        assert!(!error.contains("MII"), "{error}");
    }
    let mut setting = clinic.files(&chain, &key);
    if let TlsSetting::Files { key, .. } = &mut setting {
        *key = clinic.0.path().join("nowhere.pem");
    }
    let error = clinic.refused(&setting);
    assert!(error.contains("nowhere.pem: cannot be read"), "{error}");
}

struct Clinic(TempDir);

impl Clinic {
    fn new() -> Clinic {
        Clinic(TempDir::new().unwrap())
    }

    /// A certificate and the one above it.
    fn issue(&self, pair: &KeyPair) -> String {
        let authority = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let above = params.self_signed(&authority).unwrap();
        let issuer = Issuer::new(params, authority);
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "clinic");
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2050, 1, 1);
        let own = params.signed_by(pair, &issuer).unwrap();
        format!("{}{}", own.pem(), above.pem())
    }

    fn files(&self, cert: &str, key: &str) -> TlsSetting {
        let paths = ["cert.pem", "key.pem"].map(|name| self.0.path().join(name));
        for (path, text) in paths.iter().zip([cert, key]) {
            fs::write(path, text).unwrap();
        }
        let [cert, key] = paths;
        TlsSetting::Files { cert, key }
    }

    fn refused(&self, setting: &TlsSetting) -> String {
        match acceptor(setting, self.0.path(), &[]) {
            Ok(_) => panic!("accepted"),
            Err(error) => error.to_string(),
        }
    }
}

fn now() -> Timestamp {
    Timestamp::now()
}

fn make_self_signed(folder: &TempDir, names: &[String], now: Timestamp) -> String {
    acceptor_at(&TlsSetting::SelfSigned, folder.path(), names, now).unwrap();
    fs::read_to_string(self_signed_certificate(folder.path())).unwrap()
}

/// The version that server and client agree on, with HTTP/1.1 agreed as well.
async fn handshake(tls: &TlsAcceptor, versions: &[&'static SupportedProtocolVersion]) -> Option<ProtocolVersion> {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let client = client(versions);
    let name = ServerName::try_from("localhost").unwrap();
    let (served, connected) = tokio::join!(tls.accept(ours), client.connect(name, theirs));
    connected.unwrap();
    let served = served.unwrap();
    assert_eq!(served.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    served.get_ref().1.protocol_version()
}

/// A client that takes any certificate, as the PBX set to "не проверять сертификат".
pub(crate) fn client(versions: &[&'static SupportedProtocolVersion]) -> TlsConnector {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Credulous(provider())))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    TlsConnector::from(Arc::new(config))
}

#[derive(Debug)]
struct Credulous(Arc<CryptoProvider>);

impl ServerCertVerifier for Credulous {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        crypto::verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        crypto::verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

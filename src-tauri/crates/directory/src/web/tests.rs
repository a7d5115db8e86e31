use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::*;

fn surroundings(certificate: Option<PathBuf>) -> Surroundings {
    Surroundings { certificate, ..Surroundings::of_nowhere() }
}

fn web() -> Web {
    Web::new(&surroundings(None)).unwrap()
}

/// A server that says the same to everybody and hands on what it was asked. It hangs up afterwards.
async fn saying(answer: impl Into<Vec<u8>>) -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let (listener, answer) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), Arc::new(answer.into()));
    let address = listener.local_addr().unwrap();
    let (asked, heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (answer, asked) = (Arc::clone(&answer), asked.clone());
            tokio::spawn(async move {
                let mut request = vec![0; 8192];
                let bytes = stream.read(&mut request).await.unwrap_or(0);
                let _ = asked.send(String::from_utf8_lossy(&request[..bytes]).into_owned());
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    (address, heard)
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn ask(address: SocketAddr) -> Ask {
    let mut ask = Ask::get(Url::parse(&format!("http://{address}/patients?phone=1")).unwrap());
    secret_header(&mut ask.headers, reqwest::header::AUTHORIZATION, "Bearer let-me-in").unwrap();
    ask
}

async fn error_of(answer: impl Into<Vec<u8>>) -> DirectoryError {
    let (address, _heard) = saying(answer).await;
    let reply = web().ask(ask(address)).await;
    reply.and_then(|reply| reply.json()).unwrap_err()
}

#[tokio::test]
async fn a_key_does_not_follow_to_another_host() {
    let (other, mut heard) = saying(ok("{}")).await;
    let moved = format!("HTTP/1.1 302 Found\r\nlocation: http://{other}/steal\r\ncontent-length: 0\r\n\r\n");
    let (first, _heard) = saying(moved).await;
    let error = web().ask(ask(first)).await.unwrap_err();
    assert!(error.to_string().contains("ключ туда не отправлен"), "{error}");
    assert!(!error.to_string().contains("let-me-in"));
    assert!(heard.try_recv().is_err(), "the other host was not even asked");
}

#[tokio::test]
async fn a_redirect_in_the_house_is_followed_but_not_for_ever_and_not_with_a_body() {
    let (address, mut heard) = saying("HTTP/1.1 301 Moved\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n").await;
    let error = web().ask(ask(address)).await.unwrap_err();
    assert!(error.to_string().contains("по кругу"), "{error}");
    assert!(heard.recv().await.unwrap().starts_with("GET /patients?phone=1 "));
    let followed = heard.recv().await.unwrap();
    assert!(followed.starts_with("GET /again ") && followed.contains("let-me-in"));
    assert_eq!(std::iter::from_fn(|| heard.try_recv().ok()).count(), REDIRECTS - 1);

    let mut post = ask(address);
    post.method = Method::POST;
    post.body = Some(b"{}".to_vec());
    assert!(web().ask(post).await.is_err());
    assert!(heard.recv().await.unwrap().starts_with("POST /patients"));
    assert!(heard.try_recv().is_err());
}

#[tokio::test]
async fn fifty_megabytes_are_not_read() {
    let error = error_of("HTTP/1.1 200 OK\r\ncontent-length: 52428800\r\n\r\n[").await;
    assert_eq!(error, DirectoryError::NotUnderstood { why: "он больше 2 МБ".to_owned() });
    // The same without a length: chunks until somebody stops reading.
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let endless = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{}", chunk.repeat(100));
    assert_eq!(error_of(endless).await, error);
}

#[tokio::test]
async fn what_is_not_json_is_told_apart() {
    let why = async |answer: String| {
        let DirectoryError::NotUnderstood { why } = error_of(answer.clone()).await else { panic!("{answer}") };
        why
    };
    assert!(why(ok("<!doctype html><h1>Вход</h1>")).await.contains("HTML"));
    assert!(why(ok("  \r\n")).await.contains("пуст"));
    assert!(why(ok("{\"people\": [")).await.contains("оборван"));
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"people\"".to_owned();
    assert_eq!(why(cut).await, "ответ оборван");
    let (address, _heard) = saying(ok("\u{feff}{\"a\": 1}")).await;
    assert_eq!(web().ask(ask(address)).await.unwrap().json().unwrap()["a"], 1, "a mark before it does not matter");
}

#[tokio::test]
async fn statuses_are_sentences() {
    let of =
        async |head: &str| error_of(format!("HTTP/1.1 {head}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")).await;
    let wait = |seconds| DirectoryError::Busy { wait: Duration::from_secs(seconds) };
    assert_eq!(of("429 Too Many\r\nretry-after: 7").await, wait(7));
    assert_eq!(of("429 Too Many").await, wait(10));
    assert_eq!(of("429 Too Many\r\nretry-after: Wed, 21 Oct 2026 07:28:00 GMT").await, wait(10));
    assert_eq!(of("429 Too Many\r\nretry-after: 999999999").await, wait(600));
    assert_eq!(of("503 Down\r\nretry-after: 30").await, wait(30));
    assert!(matches!(of("503 Down").await, DirectoryError::Failing { .. }));
    assert!(matches!(of("500 Oh").await, DirectoryError::Failing { .. }));
    assert!(matches!(of("401 No").await, DirectoryError::Refused { why } if why.contains("401")));
    assert!(matches!(of("403 No").await, DirectoryError::Refused { why } if why.contains("403")));
    assert!(matches!(of("404 No").await, DirectoryError::NotUnderstood { .. }));
    assert_eq!(of("408 Late").await, DirectoryError::TooLate);
}

#[tokio::test]
async fn nobody_there_and_no_such_host() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = web().ask(ask(free)).await.unwrap_err();
    assert!(matches!(&error, DirectoryError::NotReached { why } if why.contains("не слушает")), "{error}");
    let nowhere = Ask::get(Url::parse("http://mis.invalid/").unwrap());
    let error = web().ask(nowhere).await.unwrap_err();
    assert!(matches!(&error, DirectoryError::NotReached { why } if why.contains("нет в сети")), "{error}");
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut hurried = web();
    hurried.longest = Duration::from_millis(100);
    assert_eq!(hurried.ask(ask(silent.local_addr().unwrap())).await.unwrap_err(), DirectoryError::TooLate);
}

#[tokio::test]
async fn a_certificate_that_nobody_trusts_is_said_and_can_be_trusted() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut request = vec![0; 8192];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(ok("{}").as_bytes()).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    let url = Url::parse(&format!("https://localhost:{port}/")).unwrap();
    let error = web().ask(Ask::get(url.clone())).await.unwrap_err();
    assert!(matches!(&error, DirectoryError::NotReached { why } if why.contains("сертификату")), "{error}");

    let folder = tempfile::tempdir().unwrap();
    let pem = folder.path().join("clinic.pem");
    std::fs::write(&pem, made.cert.pem()).unwrap();
    let trusting = Web::new(&surroundings(Some(pem.clone()))).unwrap();
    assert_eq!(trusting.ask(Ask::get(url)).await.unwrap().status, StatusCode::OK);

    std::fs::write(&pem, "no certificate").unwrap();
    assert!(Web::new(&surroundings(Some(pem))).is_err());
    assert!(Web::new(&surroundings(Some(folder.path().join("none.pem")))).is_err());
}

#[test]
fn addresses_of_the_settings_are_checked() {
    assert!(base_url("k", " https://mis.example/api ").is_ok());
    for wrong in [
        "",
        "mis.example",
        "ftp://mis.example",
        "https://user:hunter2@mis.example",
        "ftp://user:hunter2@mis",
        "file:///etc/passwd",
    ] {
        let error = base_url("k", wrong).unwrap_err();
        assert!(error.key == "k" && !error.to_string().contains("hunter2"), "{error}");
    }
}

#[test]
fn a_secret_is_never_printed() {
    let mut headers = HeaderMap::new();
    secret_header(&mut headers, reqwest::header::AUTHORIZATION, "Bearer let-me-in").unwrap();
    assert!(!format!("{headers:?}").contains("let-me-in"));
    let error = secret_header(&mut headers, reqwest::header::AUTHORIZATION, "a\nb").unwrap_err();
    assert!(matches!(error, DirectoryError::Refused { .. }));
}

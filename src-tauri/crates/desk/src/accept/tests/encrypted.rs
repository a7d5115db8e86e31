//! The same over TLS.

use super::*;

#[tokio::test]
async fn a_tls_handshake_that_never_comes_is_closed() {
    let desk = Desk::open_tls(Limits { tls_handshake: SOON, ..PATIENT }).await;
    assert_eq!(desk.connect().await.rest().await, "");
    let mut client = desk.connect().await;
    client.send(b"\x16\x03\x01").await;
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn deadlines_and_answers_are_the_same_over_tls() {
    let desk = Desk::open_tls(Limits { first_byte: SOON, idle: SOON, ..PATIENT }).await;
    let mut client = desk.connect_tls().await;
    client.send(POST).await;
    assert_eq!(client.answer().await, "200 4 bytes");
    // A polite end: an error here would mean that the close_notify is missing.
    let mut rest = Vec::new();
    timeout(PATIENCE, client.0.read_to_end(&mut rest)).await.unwrap().unwrap();
    assert_eq!(desk.connect_tls().await.rest().await, "");

    let size = 2 * 1024 * 1024;
    let mut client = desk.connect_tls().await;
    let head = format!("POST / HTTP/1.1\r\nHost: desk\r\nContent-Length: {size}\r\n\r\n");
    client.send(head.as_bytes()).await;
    client.send(&vec![b'x'; size]).await;
    assert!(client.rest().await.starts_with("HTTP/1.1 413"));
}

//! Bodies and requests that are unusual, wrong or too long.

use super::*;

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let desk = Desk::open(PATIENT).await;
    let mut client = desk.connect().await;
    client.send(&[POST, GET, POST].concat()).await;
    assert_eq!(client.answer().await, "200 4 bytes");
    assert_eq!(client.answer().await, "200 0 bytes");
    assert_eq!(client.answer().await, "200 4 bytes");
}

#[tokio::test]
async fn a_client_that_closes_its_sending_side_gets_its_answer() {
    let desk = Desk::open(PATIENT).await;
    let mut client = desk.connect().await;
    client.send(HELD).await;
    client.0.shutdown().await.unwrap();
    desk.room.held.at_work(1).await;
    // The other connections are served after the end of the first has reached us.
    assert_eq!(desk.ask().await, "200 4 bytes");
    desk.room.held.release();
    assert!(client.rest().await.ends_with("4 bytes"));
    let mut client = desk.connect().await;
    client.0.shutdown().await.unwrap();
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn nonsense_and_endless_heads_are_told_so() {
    let desk = Desk::open(PATIENT).await;
    let mut client = desk.connect().await;
    client.send(b"\x16\x03\x01 what?\r\n\r\n").await;
    assert!(client.rest().await.starts_with("HTTP/1.1 400"));
    let mut client = desk.connect().await;
    let head = format!("GET / HTTP/1.1\r\nX-Long: {}\r\n\r\n", "x".repeat(8_000_000));
    client.send(head.as_bytes()).await;
    assert!(client.rest().await.starts_with("HTTP/1.1 431"));
}

#[tokio::test]
async fn a_body_too_long_gets_its_413_while_the_client_is_still_sending() {
    let desk = Desk::open(PATIENT).await;
    for size in [BODY_LIMIT + 1, 300 * 1024, 8 * 1024 * 1024] {
        let mut client = desk.connect().await;
        let head = format!("POST / HTTP/1.1\r\nHost: desk\r\nContent-Length: {size}\r\n\r\n");
        client.send(head.as_bytes()).await;
        client.send(&vec![b'x'; size]).await;
        assert!(client.rest().await.starts_with("HTTP/1.1 413"), "{size}");
    }
    let mut client = desk.connect().await;
    client.send(b"POST / HTTP/1.1\r\nHost: desk\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    for _ in 0..64 {
        client.send(b"10000\r\n").await;
        client.send(&[b'x'; 0x10000]).await;
        client.send(b"\r\n").await;
    }
    client.send(b"0\r\n\r\n").await;
    assert!(client.rest().await.starts_with("HTTP/1.1 413"));
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_read() {
    let desk = Desk::open(PATIENT).await;
    let mut client = desk.connect().await;
    let head = format!("POST / HTTP/1.1\r\nHost: desk\r\nContent-Length: {BODY_LIMIT}\r\n\r\n");
    client.send(head.as_bytes()).await;
    client.send(&[b'x'; BODY_LIMIT]).await;
    assert_eq!(client.answer().await, format!("200 {BODY_LIMIT} bytes"));
}

#[tokio::test]
async fn a_body_declared_too_long_is_not_asked_for() {
    let desk = Desk::open(PATIENT).await;
    let mut client = desk.connect().await;
    client.send(b"POST / HTTP/1.1\r\nHost: desk\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n").await;
    assert!(client.answer().await.starts_with("413"));
    let mut client = desk.connect().await;
    client.send(b"POST / HTTP/1.1\r\nHost: desk\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n").await;
    assert!(client.head().await.starts_with("HTTP/1.1 100"));
    client.send(b"abcd").await;
    assert_eq!(client.answer().await, "200 4 bytes");
}

#[tokio::test]
async fn a_body_broken_off_is_no_body() {
    let desk = Desk::open(PATIENT).await;
    let mut client = desk.connect().await;
    client.send(&POST[..POST.len() - 1]).await;
    client.0.shutdown().await.unwrap();
    assert!(client.rest().await.starts_with("HTTP/1.1 400"));
}

/// The time that a client has to read its answer ends, and so do the bytes.
#[tokio::test]
async fn a_client_that_never_stops_sending_is_closed() {
    let desk = Desk::open(PATIENT).await;
    for (piece, pause) in [(1, Duration::from_millis(20)), (0x10000, Duration::ZERO)] {
        let mut client = desk.connect().await;
        client.send(b"POST / HTTP/1.1\r\nHost: desk\r\nContent-Length: 999999999999\r\n\r\n").await;
        assert!(client.answer().await.starts_with("413"));
        let piece = vec![b'x'; piece];
        let sending = async {
            while client.0.write_all(&piece).await.is_ok() {
                tokio::time::sleep(pause).await;
            }
        };
        timeout(PATIENCE, sending).await.expect("the connection was not closed");
    }
}

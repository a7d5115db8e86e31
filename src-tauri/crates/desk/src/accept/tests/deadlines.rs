//! Each deadline by itself: all others are ten minutes.

use super::*;

#[tokio::test]
async fn a_silent_connection_is_closed() {
    let desk = Desk::open(Limits { first_byte: SOON, ..PATIENT }).await;
    assert_eq!(desk.connect().await.rest().await, "");
}

#[tokio::test]
async fn half_a_head_is_closed() {
    let desk = Desk::open(Limits { head: SOON, ..PATIENT }).await;
    let mut client = desk.connect().await;
    client.send(&GET[..20]).await;
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn a_dripped_head_is_closed() {
    let desk = Desk::open(Limits { head: SOON, ..PATIENT }).await;
    let client = desk.connect().await;
    let head = format!("GET / HTTP/1.1\r\nX-Slow: {}", "x".repeat(10_000));
    assert_eq!(client.drip(head.as_bytes()).await, "");
}

#[tokio::test]
async fn dripped_empty_lines_are_closed() {
    let desk = Desk::open(Limits { head: SOON, ..PATIENT }).await;
    let client = desk.connect().await;
    assert_eq!(client.drip("\r\n".repeat(5_000).as_bytes()).await, "");
}

#[tokio::test]
async fn half_a_body_is_told_so_and_closed() {
    let desk = Desk::open(Limits { body: SOON, ..PATIENT }).await;
    let mut client = desk.connect().await;
    client.send(&POST[..POST.len() - 2]).await;
    let answer = client.rest().await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn a_dripped_body_is_closed() {
    let desk = Desk::open(Limits { body: SOON, ..PATIENT }).await;
    let mut client = desk.connect().await;
    client.send(b"POST / HTTP/1.1\r\nHost: desk\r\nContent-Length: 10000\r\n\r\n").await;
    let answer = client.drip(&[b'x'; 10_000]).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

/// The service that reads a body without a deadline of its own.
#[tokio::test]
async fn a_body_nobody_times_is_closed() {
    let desk = Desk::open(Limits { body: SOON, ..PATIENT }).await;
    let mut client = desk.connect().await;
    client.send(b"POST /untimed HTTP/1.1\r\nHost: desk\r\nContent-Length: 10\r\n\r\nab").await;
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn an_idle_connection_serves_again_and_is_then_closed() {
    let desk = Desk::open(Limits { idle: Duration::from_secs(1), ..PATIENT }).await;
    let mut client = desk.connect().await;
    for _ in 0..3 {
        client.send(POST).await;
        assert_eq!(client.answer().await, "200 4 bytes");
    }
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn half_a_second_request_is_closed() {
    let desk = Desk::open(Limits { head: SOON, ..PATIENT }).await;
    let mut client = desk.connect().await;
    client.send(POST).await;
    assert_eq!(client.answer().await, "200 4 bytes");
    client.send(&POST[..10]).await;
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn an_answer_nobody_reads_is_given_up() {
    let desk = Desk::open(Limits { body: SOON, ..PATIENT }).await;
    let mut client = desk.connect().await;
    client.send(b"GET /big HTTP/1.1\r\nHost: desk\r\n\r\n").await;
    eventually(|| desk.room.big_answer_dropped.load(Ordering::SeqCst)).await;
}

#[tokio::test]
async fn a_request_may_be_served_for_longer_than_any_deadline() {
    let desk = Desk::open(Limits { first_byte: SOON, head: SOON, body: SOON, idle: SOON, ..PATIENT }).await;
    let mut client = desk.connect().await;
    client.send(HELD).await;
    desk.room.held.at_work(1).await;
    // Silent connections pass their deadline meanwhile: three one after the other.
    for _ in 0..3 {
        assert_eq!(desk.connect().await.rest().await, "");
    }
    desk.room.held.release();
    assert_eq!(client.answer().await, "200 4 bytes");
}

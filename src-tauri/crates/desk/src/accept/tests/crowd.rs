//! Too many connections, and an accept loop in trouble.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_of_slow_connections_does_not_shut_out_an_honest_post() {
    let desk = Desk::open(PATIENT).await;
    let parts: [&[u8]; 3] = [b"", &POST[..25], &POST[..POST.len() - 1]];
    let mut crowd = Vec::new();
    for number in 0..300 {
        let mut client = desk.connect().await;
        client.send(parts[number % parts.len()]).await;
        crowd.push(client);
    }
    let started = Instant::now();
    for _ in 0..20 {
        assert_eq!(desk.ask().await, "200 4 bytes");
    }
    assert!(started.elapsed() < Duration::from_secs(5));
    // The first of them had to go, and got no answer.
    assert_eq!(crowd.swap_remove(0).rest().await, "");
}

#[tokio::test]
async fn the_oldest_makes_room_and_the_others_stay() {
    let desk = Desk::open(Limits { per_address: 2, ..PATIENT }).await;
    let first = desk.connect().await;
    let mut second = desk.connect().await;
    let mut third = desk.connect().await;
    assert_eq!(first.rest().await, "");
    for client in [&mut second, &mut third] {
        client.send(POST).await;
        assert_eq!(client.answer().await, "200 4 bytes");
    }
}

#[tokio::test]
async fn who_was_answered_lately_is_not_the_oldest() {
    let desk = Desk::open(Limits { per_address: 2, ..PATIENT }).await;
    let mut honest = desk.connect().await;
    let silent = desk.connect().await;
    honest.send(POST).await;
    assert_eq!(honest.answer().await, "200 4 bytes");
    let _third = desk.connect().await;
    assert_eq!(silent.rest().await, "");
    honest.send(POST).await;
    assert_eq!(honest.answer().await, "200 4 bytes");
}

#[tokio::test]
async fn when_everybody_is_being_served_the_new_one_is_closed() {
    let desk = Desk::open(Limits { connections: 1, ..PATIENT }).await;
    let mut first = desk.connect().await;
    first.send(HELD).await;
    desk.room.held.at_work(1).await;
    assert_eq!(desk.connect().await.rest().await, "");
    desk.room.held.release();
    assert_eq!(first.answer().await, "200 4 bytes");
    assert_eq!(desk.ask().await, "200 4 bytes");
}

#[tokio::test]
async fn a_service_that_panics_costs_its_own_connection_only() {
    let desk = Desk::open(Limits { connections: 1, ..PATIENT }).await;
    let mut client = desk.connect().await;
    client.send(b"GET /panic HTTP/1.1\r\nHost: desk\r\n\r\n").await;
    assert_eq!(client.rest().await, "");
    assert_eq!(desk.ask().await, "200 4 bytes");
}

/// A socket that cannot be accepted from a few times, as when the process is out of files.
struct OutOfFiles {
    failures: u32,
    listener: TcpListener,
}

impl Source for OutOfFiles {
    async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        let accepted = TcpListener::accept(&self.listener).await;
        if self.failures > 0 {
            self.failures -= 1;
            return Err(io::Error::other("too many open files"));
        }
        accepted
    }
}

#[tokio::test]
async fn failed_accepts_do_not_end_the_loop() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let source = OutOfFiles { failures: 3, listener };
    let desk = Desk::open_on(source, address, None, PATIENT);
    for _ in 0..3 {
        assert_eq!(desk.connect().await.rest().await, "");
    }
    assert_eq!(desk.ask().await, "200 4 bytes");
}

#[test]
fn trouble_is_logged_once_a_minute() {
    let mut seldom = Seldom::new();
    let start = Instant::now();
    assert_eq!(seldom.now(start), Some(0));
    assert_eq!(seldom.now(start + Duration::from_secs(1)), None);
    assert_eq!(seldom.now(start + Duration::from_secs(59)), None);
    assert_eq!(seldom.now(start + Duration::from_secs(60)), Some(2));
    assert_eq!(seldom.now(start + Duration::from_secs(61)), None);
}

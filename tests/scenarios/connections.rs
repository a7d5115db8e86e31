use std::time::{Duration, Instant};

use callpop_tests::{DeskSetup, Incoming, form};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that does not get on is closed within this.
const CLOSED: Duration = Duration::from_secs(15);

async fn connect(address: &str) -> TcpStream {
    TcpStream::connect(address).await.expect("the listener accepts")
}

/// How long until the other side closes, dripping one byte of `drip` a second.
async fn until_closed(mut stream: TcpStream, drip: &'static [u8]) -> Duration {
    let begun = Instant::now();
    let mut bytes = drip.iter().cycle();
    let mut buffer = [0; 1024];
    loop {
        match tokio::time::timeout(Duration::from_secs(1), stream.read(&mut buffer)).await {
            Ok(Ok(0) | Err(_)) => return begun.elapsed(),
            Ok(Ok(_)) => {}
            Err(_) => {
                if let (false, Some(byte)) = (drip.is_empty(), bytes.next())
                    && stream.write_all(&[*byte]).await.is_err()
                {
                    return begun.elapsed();
                }
            }
        }
        assert!(begun.elapsed() < CLOSED * 2, "it was never closed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_do_not_get_on_are_closed() {
    let desk = DeskSetup::new().start();
    let address = desk.listener_root().trim_start_matches("http://").to_owned();
    let silent = connect(&address).await;
    let slow_head = connect(&address).await;
    let mut slow_body = connect(&address).await;
    slow_body
        .write_all(b"POST /mangotelecom/events/call HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n")
        .await
        .expect("the head is sent");
    let (silent, head, body) = tokio::join!(
        until_closed(silent, b""),
        until_closed(slow_head, b"POST /mangotelecom/ HTTP/1.1\r\nX-Slow: "),
        until_closed(slow_body, b"a=1&"),
    );
    for (what, took) in [("silent", silent), ("slow head", head), ("slow body", body)] {
        assert!(took <= CLOSED + Duration::from_secs(1), "{what}: closed after {took:?}");
    }
    desk.pbx().deliver(&Incoming::new("79005550101").appeared()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_half_open_connections_keep_nobody_out() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    let address = desk.listener_root().trim_start_matches("http://").to_owned();
    let mut open = Vec::new();
    for number in 0..600 {
        let Ok(Ok(mut stream)) = tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(&address)).await
        else {
            break;
        };
        if number % 2 == 0 {
            let _ = stream.write_all(b"POST /mangotelecom/events/call HTTP/1.1\r\nHost: x\r\n").await;
        }
        open.push(stream);
    }
    assert!(open.len() > 20, "the cap leaves room");
    // A real post may have to wait until the half-open ones are closed: it is then accepted.
    let call = Incoming::new("79005550101");
    let deadline = Instant::now() + CLOSED + Duration::from_secs(5);
    loop {
        let body = desk.pbx().signed(&call.appeared().json.to_string());
        match desk.pbx().try_post_body("events/call", body).await {
            Ok(answer) if answer.status() == 200 => break,
            other => assert!(Instant::now() < deadline, "kept out: {other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    feed.call(&call.entry, "rings", |_| true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_forgeries_loses_no_event() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    let flood: Vec<_> = (0..4)
        .map(|_| {
            let pbx = desk.pbx();
            tokio::spawn(async move {
                let body = form("someKey", "00", "{\"entry_id\":\"x\",\"call_id\":\"y\"}");
                for _ in 0..500 {
                    if let Ok(answer) = pbx.try_post_body("events/call", body.clone()).await {
                        assert_eq!(answer.status(), 403);
                    }
                }
            })
        })
        .collect();
    for _ in 0..20 {
        let call = Incoming::new("79005550101");
        desk.pbx().deliver(&call.appeared()).await;
        feed.call(&call.entry, "rings", |_| true).await;
    }
    for task in flood {
        task.await.expect("every forgery was refused");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_http_disturbs_nobody() {
    let desk = DeskSetup::new().start();
    let address = desk.listener_root().trim_start_matches("http://").to_owned();
    let noise: [&[u8]; 5] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"POST /mangotelecom/events/call HTTP/9.9\r\n\r\n",
        b"POST /mangotelecom/events/call HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\nHost: x\r\n\r\nzzzz",
        &[0; 64],
    ];
    for bytes in noise {
        let mut stream = connect(&address).await;
        let _ = stream.write_all(bytes).await;
    }
    let mut long = connect(&address).await;
    let _ = long.write_all(b"GET /").await;
    let _ = long.write_all(&vec![b'a'; 200_000]).await;
    desk.pbx().deliver(&Incoming::new("79005550101").appeared()).await;
}

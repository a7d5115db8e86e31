//! The end of the loop.

use super::*;

#[tokio::test]
async fn stopping_finishes_requests_under_way_and_closes_the_rest() {
    let desk = Desk::open(PATIENT).await;
    let silent = desk.connect().await;
    let mut idle = desk.connect().await;
    idle.send(POST).await;
    assert_eq!(idle.answer().await, "200 4 bytes");
    let mut posting = desk.connect().await;
    posting.send(HELD).await;
    desk.room.held.at_work(1).await;
    let mut sending = desk.connect().await;
    sending.send(b"POST /held HTTP/1.1\r\nHost: desk\r\nContent-Length: 4\r\n\r\nab").await;
    desk.room.held.arrived(2).await;

    let started = Instant::now();
    desk.stop.cancel();
    assert_eq!(silent.rest().await, "");
    assert_eq!(idle.rest().await, "");
    assert!(TcpStream::connect(desk.address).await.is_err());
    sending.send(b"cd").await;
    desk.room.held.at_work(2).await;
    desk.room.held.release();
    assert!(posting.rest().await.ends_with("4 bytes"));
    assert!(sending.rest().await.ends_with("4 bytes"));
    timeout(PATIENCE, desk.task).await.unwrap().unwrap();
    assert!(started.elapsed() < STOPPING);
}

#[tokio::test]
async fn stopping_waits_three_seconds_and_no_longer() {
    let desk = Desk::open(PATIENT).await;
    let mut posting = desk.connect().await;
    posting.send(HELD).await;
    desk.room.held.at_work(1).await;
    let started = Instant::now();
    desk.stop.cancel();
    timeout(PATIENCE, desk.task).await.unwrap().unwrap();
    assert!(started.elapsed() >= STOPPING);
    assert_eq!(posting.rest().await, "");
}

#[tokio::test]
async fn a_dropped_loop_leaves_nothing_behind() {
    let desk = Desk::open(PATIENT).await;
    let mut posting = desk.connect().await;
    posting.send(HELD).await;
    desk.room.held.at_work(1).await;
    desk.task.abort();
    assert_eq!(posting.rest().await, "");
}

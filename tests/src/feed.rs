use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::{patience, unique};

/// A websocket that nobody reads for you.
pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens the feed's socket with these headers besides the usual ones, and says nothing.
///
/// # Errors
/// What the handshake met: a refusal carries the HTTP status.
pub async fn connect_raw(url: &str, headers: &[(&str, &str)]) -> Result<Socket, Box<Error>> {
    let mut request = url.into_client_request()?;
    for (name, value) in headers {
        let name: HeaderName = name.parse().expect("a header's name");
        let value: HeaderValue = value.parse().expect("a header's value");
        request.headers_mut().insert(name, value);
    }
    Ok(connect_async(request).await?.0)
}

/// The first frame of a client.
pub fn hello(token: &str, since: Option<(&str, u64)>) -> Value {
    let since = since.map(|(epoch, seq)| json!({"epoch": epoch, "seq": seq}));
    json!({"type": "hello", "token": token, "since": since})
}

/// What a client of the feed has seen.
#[derive(Debug, Default, Clone)]
pub struct Seen {
    /// Of the snapshot or the resumption.
    pub epoch: String,
    /// The last change's number.
    pub seq: u64,
    /// The desk.
    pub desk: Value,
    /// The calls by id, as they are.
    pub calls: BTreeMap<String, Value>,
    /// The rows of missed calls by id, as they are.
    pub missed: BTreeMap<String, Value>,
    /// The click-to-calls by command, as they are.
    pub dials: BTreeMap<String, Value>,
    /// The text messages by command, as they are.
    pub sms: BTreeMap<String, Value>,
    /// Colleagues, groups and lines.
    pub roster: Value,
    /// The answers by the request's id.
    pub replies: BTreeMap<String, Value>,
    /// Every frame, in order.
    pub frames: Vec<Value>,
    /// The close code, once closed; 0 when there was none.
    pub closed: Option<u16>,
}

impl Seen {
    /// Every picture of this call that was ever sent.
    pub fn pictures_of(&self, call: &str) -> Vec<&Value> {
        self.frames
            .iter()
            .filter(|frame| frame["type"] == "call")
            .map(|frame| &frame["call"])
            .filter(|it| it["id"] == call)
            .collect()
    }

    /// How often it began to pop.
    pub fn pops_of(&self, call: &str) -> usize {
        let mut before = false;
        let mut count = 0;
        for picture in self.pictures_of(call) {
            let pops = picture["pops"] == true;
            count += usize::from(pops && !before);
            before = pops;
        }
        count
    }

    /// The open rows of missed calls of one number, or of the hidden ones.
    pub fn open_rows(&self, number: Option<&str>) -> Vec<&Value> {
        self.missed.values().filter(|row| row["closed"].is_null() && row["number"].as_str() == number).collect()
    }

    fn apply(&mut self, frame: Value) {
        // What a program of the clinic would do with it: read it with the published types.
        let typed: Result<wire::DeskFrame, _> = serde_json::from_value(frame.clone());
        if let Err(error) = typed {
            panic!("a frame does not fit the published types: {error}: {frame}");
        }
        if let Some(seq) = frame["seq"].as_u64() {
            let is_change = frame["type"] != "snapshot" && frame["type"] != "resumed";
            assert!(!is_change || seq > self.seq, "change {seq} after {}: {frame}", self.seq);
            if is_change || frame["type"] == "snapshot" {
                self.seq = seq;
            }
        }
        match frame["type"].as_str() {
            Some("snapshot") => {
                self.epoch = text(&frame["epoch"]);
                self.desk = frame["desk"].clone();
                self.calls = by_id(&frame["calls"], "id");
                self.missed = by_id(&frame["missed"], "id");
                self.dials = by_id(&frame["dials"], "command_id");
                self.sms = by_id(&frame["sms"], "command_id");
                self.roster = frame["roster"].clone();
            }
            Some("resumed") => self.epoch = text(&frame["epoch"]),
            Some("call") => drop(self.calls.insert(text(&frame["call"]["id"]), frame["call"].clone())),
            Some("missed") => drop(self.missed.insert(text(&frame["missed"]["id"]), frame["missed"].clone())),
            Some("dial") => drop(self.dials.insert(text(&frame["dial"]["command_id"]), frame["dial"].clone())),
            Some("sms") => drop(self.sms.insert(text(&frame["sms"]["command_id"]), frame["sms"].clone())),
            Some("roster") => self.roster = frame["roster"].clone(),
            Some("desk") => self.desk = frame["desk"].clone(),
            Some("reply") => drop(self.replies.insert(text(&frame["id"]), frame.clone())),
            Some("gone") => {
                let id = text(&frame["id"]);
                match frame["kind"].as_str() {
                    Some("call") => drop(self.calls.remove(&id)),
                    Some("missed") => drop(self.missed.remove(&id)),
                    Some("dial") => drop(self.dials.remove(&id)),
                    other => panic!("gone: what is {other:?}"),
                }
            }
            other => panic!("a frame of type {other:?}"),
        }
        self.frames.push(frame);
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

fn by_id(list: &Value, key: &str) -> BTreeMap<String, Value> {
    let items = list.as_array().unwrap_or_else(|| panic!("{list} is no list"));
    items.iter().map(|item| (text(&item[key]), item.clone())).collect()
}

/// A client of the feed that folds what it hears.
pub struct FeedClient {
    seen: Arc<Mutex<Seen>>,
    changed: watch::Receiver<u64>,
    outgoing: mpsc::UnboundedSender<Message>,
}

impl FeedClient {
    /// Says hello and waits for the snapshot.
    pub async fn connect(url: &str, token: &str) -> FeedClient {
        FeedClient::open(url, hello(token, None)).await
    }

    /// Says hello as another workstation.
    pub async fn connect_as(url: &str, token: &str, viewer: Value) -> FeedClient {
        FeedClient::open(url, json!({"type": "hello", "token": token, "since": null, "as": viewer})).await
    }

    /// Says this hello and waits for the snapshot or the resumption.
    pub async fn open(url: &str, hello: Value) -> FeedClient {
        let socket = connect_raw(url, &[]).await.unwrap_or_else(|error| panic!("the feed opens: {error}"));
        let client = FeedClient::on(socket);
        client.send(&hello);
        client.until("a snapshot", |seen| (!seen.epoch.is_empty()).then_some(())).await;
        client
    }

    fn on(socket: Socket) -> FeedClient {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (tell, changed) = watch::channel(0);
        let (outgoing, queue) = mpsc::unbounded_channel();
        tokio::spawn(run(socket, Arc::clone(&seen), tell, queue));
        FeedClient { seen, changed, outgoing }
    }

    /// Sends a frame.
    pub fn send(&self, frame: &Value) {
        self.send_text(&frame.to_string());
    }

    /// Sends a text that need not be a frame.
    pub fn send_text(&self, text: &str) {
        let _ = self.outgoing.send(Message::text(text));
    }

    /// What was seen until this moment.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something is to be found in what was seen; panics with `what` when patience ends first.
    pub async fn until<T>(&self, what: &str, found: impl FnMut(&Seen) -> Option<T>) -> T {
        self.until_within(patience(), what, found).await
    }

    /// The same with a patience of its own.
    pub async fn until_within<T>(
        &self,
        within: std::time::Duration,
        what: &str,
        mut found: impl FnMut(&Seen) -> Option<T>,
    ) -> T {
        let deadline = Instant::now() + within;
        let mut changed = self.changed.clone();
        loop {
            changed.borrow_and_update();
            if let Some(answer) = found(&self.seen()) {
                return answer;
            }
            match tokio::time::timeout_at(deadline.into(), changed.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => panic!("{what}: the feed closed with {:?}", self.seen().closed),
                Err(_) => {
                    let seen = self.seen();
                    let last: Vec<String> = seen.frames.iter().rev().take(6).map(Value::to_string).collect();
                    panic!("{what}: not within {within:?}; the last frames, newest first:\n{}", last.join("\n"));
                }
            }
        }
    }

    /// Waits until a call is as wanted, and returns it.
    pub async fn call(&self, id: &str, what: &str, mut wanted: impl FnMut(&Value) -> bool) -> Value {
        let what = format!("call {id}: {what}");
        self.until(&what, |seen| seen.calls.get(id).filter(|call| wanted(call)).cloned()).await
    }

    /// Waits until a click-to-call is as wanted, and returns it.
    pub async fn dial(&self, command: &str, state: &str) -> Value {
        let what = format!("dial {command} is {state}");
        self.until(&what, |seen| seen.dials.get(command).filter(|dial| dial["state"] == state).cloned()).await
    }

    /// Waits until the newest thing done with a call is as wanted: what, and how far. Returns it.
    pub async fn deed(&self, call: &str, what: &str, state: &str) -> Value {
        let label = format!("{what} of {call} is {state}");
        self.until(&label, |seen| {
            let deed = seen.calls.get(call)?["deeds"].as_array()?.last()?;
            (deed["what"] == what && deed["state"] == state).then(|| deed.clone())
        })
        .await
    }

    /// Waits until a text message is as wanted, and returns it.
    pub async fn sms(&self, command: &str, state: &str) -> Value {
        let what = format!("message {command} is {state}");
        self.until(&what, |seen| seen.sms.get(command).filter(|sms| sms["state"] == state).cloned()).await
    }

    /// Waits until one open row of missed calls of this number is as wanted.
    pub async fn row(&self, number: Option<&str>, what: &str, mut wanted: impl FnMut(&Value) -> bool) -> Value {
        let what = format!("missed row of {number:?}: {what}");
        self.until(&what, |seen| seen.open_rows(number).into_iter().find(|row| wanted(row)).cloned()).await
    }

    /// Asks the desk for something and waits for the reply, `ok` or not.
    pub async fn request(&self, what: &str, with: Value) -> Value {
        self.request_as(&unique("request"), what, with).await
    }

    /// The same with an id of the caller's.
    pub async fn request_as(&self, id: &str, what: &str, with: Value) -> Value {
        let before = self.replies_to(id);
        self.send(&json!({"type": "request", "id": id, "do": what, "with": with}));
        let label = format!("the reply to {what}");
        self.until(&label, |seen| {
            let mut replies = seen.frames.iter().filter(|frame| frame["type"] == "reply" && frame["id"] == id);
            replies.nth(before).cloned()
        })
        .await
    }

    /// Asks, and wants `ok`.
    pub async fn ok(&self, what: &str, with: Value) -> Value {
        let reply = self.request(what, with).await;
        assert!(reply["error"].is_null(), "{what}: {reply}");
        reply["ok"].clone()
    }

    /// Asks, and wants an error.
    pub async fn refused(&self, what: &str, with: Value) -> Value {
        let reply = self.request(what, with).await;
        assert!(reply["ok"].is_null() && reply["error"]["code"].is_string(), "{what}: {reply}");
        reply["error"].clone()
    }

    /// Waits until the desk closes the connection, and tells with which code.
    pub async fn closed(&self) -> u16 {
        let deadline = Instant::now() + patience() * 2;
        let mut changed = self.changed.clone();
        loop {
            if let Some(code) = self.seen().closed {
                return code;
            }
            match tokio::time::timeout_at(deadline.into(), changed.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return self.seen().closed.unwrap_or(0),
                Err(_) => panic!("the desk did not close the connection"),
            }
        }
    }

    fn replies_to(&self, id: &str) -> usize {
        self.seen().frames.iter().filter(|frame| frame["type"] == "reply" && frame["id"] == id).count()
    }
}

async fn run(
    socket: Socket,
    seen: Arc<Mutex<Seen>>,
    tell: watch::Sender<u64>,
    mut queue: mpsc::UnboundedReceiver<Message>,
) {
    let (mut to_desk, mut from_desk) = socket.split();
    let mut closed = 0;
    loop {
        tokio::select! {
            message = from_desk.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    let frame = text.parse().unwrap_or_else(|error| panic!("a frame is JSON: {error}: {text}"));
                    seen.lock().unwrap_or_else(PoisonError::into_inner).apply(frame);
                    tell.send_modify(|count| *count += 1);
                }
                Some(Ok(Message::Close(frame))) => {
                    closed = frame.map_or(0, |frame| frame.code.into());
                    break;
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            },
            message = queue.recv() => match message {
                Some(message) => if to_desk.send(message).await.is_err() { break },
                None => break,
            },
        }
    }
    seen.lock().unwrap_or_else(PoisonError::into_inner).closed = Some(closed);
    tell.send_modify(|count| *count += 1);
}

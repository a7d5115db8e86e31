//! HTTP byte by byte: what no client library would send.

use std::time::Duration;

use callpop_tests::patience;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a server answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// 0 when it hung up without a word.
    pub(crate) status: u16,
    /// Everything it sent: head and body.
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    /// What follows the head.
    pub(crate) fn body(&self) -> &[u8] {
        let head = self.bytes.windows(4).position(|window| window == b"\r\n\r\n");
        head.map_or(&[], |at| &self.bytes[at + 4..])
    }

    /// The head, in lower case.
    pub(crate) fn head(&self) -> String {
        let end = self.bytes.len() - self.body().len();
        String::from_utf8_lossy(&self.bytes[..end]).to_lowercase()
    }
}

/// Sends a request word for word on a connection of its own, and reads until the other end closes or switches to
/// another protocol. A server that does neither is left after `patience`.
pub(crate) async fn ask(address: &str, request: &[u8]) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(address).await?;
    // Whoever is refused early may find the connection closed while it still sends; the answer counts.
    let _ = stream.write_all(request).await;
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    let reading = async {
        loop {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            }
            if is_whole(&bytes) {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(patience(), reading).await;
    let status = bytes.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok()).unwrap_or(0);
    Ok(Answer { status, bytes })
}

/// Whether an answer is all there: by its length, or because it is the last one in HTTP.
fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    head.starts_with("http/1.1 101") || length.is_some_and(|length| bytes.len() >= end + 4 + length)
}

/// A request without a body. The connection closes behind it.
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    with_body(method, path, headers, "")
}

/// A request with a form as its body.
pub(crate) fn with_body(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("connection")) {
        text.push_str("Connection: close\r\n");
    }
    if !body.is_empty() {
        text.push_str(&format!(
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
            body.len()
        ));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

/// The headers that ask for a websocket.
pub(crate) const UPGRADE: [(&str, &str); 4] = [
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

/// The words of a patient, or of their call, that stand in some bytes.
pub(crate) fn of_a_patient(bytes: &[u8]) -> Vec<&'static str> {
    const WORDS: [&str; 7] =
        ["Иванова", "Мария Петровна", "1991-01-31", "9005550101", "пенициллин", "Тайная заметка", "1234/11"];
    WORDS.into_iter().filter(|word| bytes.windows(word.len()).any(|window| window == word.as_bytes())).collect()
}

/// How long a socket is listened to for a word that must not come.
pub(crate) const SILENCE: Duration = Duration::from_millis(300);

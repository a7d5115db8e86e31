//! What a desk did to its files and told its PBX, as `strace` saw it.

use std::collections::{BTreeMap, HashMap};

/// The system calls that are watched.
pub(super) const WATCHED: &str =
    "trace=openat,close,pwrite64,ftruncate,unlink,fsync,fdatasync,recvfrom,read,sendto,writev,write";

/// The files of a log. The journal is there while a new log is made, before it writes ahead.
const FILES: [&str; 3] = ["callpop.db", "callpop.db-wal", "callpop.db-journal"];

/// One thing that was done, in the order in which it was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Bytes were handed to the system for a file, which keeps them in memory.
    Write { file: String, at: usize, bytes: Vec<u8> },
    /// A file was given a length.
    Cut { file: String, length: usize },
    /// A file was deleted.
    Delete { file: String },
    /// What was written to this file before is asked to be put on the disk…
    Sync { file: String },
    /// …and is.
    Synced { file: String },
    /// The PBX was told that this call's post is kept.
    Acknowledged { entry: String },
}

/// Reads the output of `strace -f -xx`. Only files whose path contains `folder` are of interest.
pub(super) fn read(text: &str, folder: &str) -> Vec<Step> {
    let mut reader = Reader { folder, ..Reader::default() };
    for line in text.lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        reader.line(thread, call.trim_start());
    }
    reader.steps
}

#[derive(Default)]
struct Reader<'a> {
    folder: &'a str,
    /// The log's files by descriptor.
    files: HashMap<u32, String>,
    /// What was received on a connection and not answered yet.
    heard: HashMap<u32, Vec<u8>>,
    /// Calls that were begun and have not returned, by thread.
    begun: HashMap<String, String>,
    steps: Vec<Step>,
}

impl Reader<'_> {
    fn line(&mut self, thread: &str, call: &str) {
        if let Some(start) = call.strip_suffix(" <unfinished ...>") {
            self.begins(start);
            self.begun.insert(thread.to_owned(), start.to_owned());
        } else if call.starts_with("<... ") {
            let Some(start) = self.begun.remove(thread) else { return };
            let rest = call.split_once("resumed>").map_or("", |(_, rest)| rest);
            self.returns(&format!("{start}{rest}"));
        } else {
            self.begins(call);
            self.returns(call);
        }
    }

    /// What takes its effect, at the worst, as soon as it is asked for.
    fn begins(&mut self, call: &str) {
        let Some((name, arguments)) = call.split_once('(') else { return };
        let Some(descriptor) = number(arguments) else { return };
        match name {
            "pwrite64" => {
                let Some(file) = self.files.get(&descriptor).cloned() else { return };
                let Some(bytes) = strings(arguments).into_iter().next() else { return };
                let words: Vec<&str> = arguments.rsplit_once('"').map_or("", |(_, rest)| rest).split(", ").collect();
                let Some(at) = words.get(2).and_then(|word| digits(word)) else { return };
                self.steps.push(Step::Write { file, at, bytes });
            }
            "ftruncate" => {
                let Some(file) = self.files.get(&descriptor).cloned() else { return };
                let Some(length) = arguments.split(", ").nth(1).and_then(digits) else { return };
                self.steps.push(Step::Cut { file, length });
            }
            "fsync" | "fdatasync" => {
                let Some(file) = self.files.get(&descriptor).cloned() else { return };
                self.steps.push(Step::Sync { file });
            }
            "sendto" | "writev" | "write" => {
                let said = strings(arguments).concat();
                if said.starts_with(b"HTTP/1.1 200")
                    && let Some(entry) = self.heard.remove(&descriptor).as_deref().and_then(entry_of)
                {
                    self.steps.push(Step::Acknowledged { entry });
                }
            }
            _ => {}
        }
    }

    /// What has its effect once it returns.
    fn returns(&mut self, call: &str) {
        let Some((name, arguments)) = call.split_once('(') else { return };
        let result = call.rsplit_once(" = ").and_then(|(_, result)| number(result));
        match (name, result) {
            ("openat", Some(descriptor)) => {
                let path = strings(arguments).into_iter().next().unwrap_or_default();
                let path = String::from_utf8_lossy(&path).into_owned();
                let name = path.strip_prefix(self.folder).map(|name| name.trim_start_matches('/'));
                match name.filter(|name| FILES.contains(name)) {
                    Some(name) => drop(self.files.insert(descriptor, name.to_owned())),
                    None => drop(self.files.remove(&descriptor)),
                }
            }
            ("close", Some(_)) => {
                if let Some(descriptor) = number(arguments) {
                    self.files.remove(&descriptor);
                    self.heard.remove(&descriptor);
                }
            }
            ("unlink", Some(0)) => {
                let path = strings(arguments).into_iter().next().unwrap_or_default();
                let path = String::from_utf8_lossy(&path).into_owned();
                if let Some(name) = path.strip_prefix(self.folder) {
                    self.steps.push(Step::Delete { file: name.trim_start_matches('/').to_owned() });
                }
            }
            ("fsync" | "fdatasync", Some(0)) => {
                let file = number(arguments).and_then(|descriptor| self.files.get(&descriptor));
                if let Some(file) = file {
                    self.steps.push(Step::Synced { file: file.clone() });
                }
            }
            ("recvfrom" | "read", Some(length)) if length > 0 => {
                let Some(descriptor) = number(arguments) else { return };
                let bytes = strings(arguments).into_iter().next().unwrap_or_default();
                self.heard.entry(descriptor).or_default().extend(bytes);
            }
            _ => {}
        }
    }
}

/// The decimal number that a text begins with.
fn number(text: &str) -> Option<u32> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

fn digits(text: &str) -> Option<usize> {
    number(text).and_then(|number| usize::try_from(number).ok())
}

/// The texts in a call's arguments, which `-xx` writes as `"\x48\x54"`.
fn strings(arguments: &str) -> Vec<Vec<u8>> {
    let quoted = arguments.split('"').skip(1).step_by(2);
    quoted
        .map(|text| text.split("\\x").skip(1).filter_map(|byte| u8::from_str_radix(byte, 16).ok()).collect())
        .collect()
}

/// The entry that a request tells of.
fn entry_of(request: &[u8]) -> Option<String> {
    let body = String::from_utf8_lossy(request);
    let form = body.split("\r\n\r\n").last()?;
    let fields: BTreeMap<String, String> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    let json: serde_json::Value = fields.get("json")?.parse().ok()?;
    json["entry_id"].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> String {
        text.bytes().map(|byte| format!("\\x{byte:02x}")).collect()
    }

    #[test]
    fn what_was_written_synced_and_told_is_read_in_its_order() {
        let form = "POST / HTTP/1.1\r\n\r\njson=%7B%22entry_id%22%3A%22E1%22%7D";
        let text = [
            format!(r#"7 openat(AT_FDCWD, "{}", O_RDWR|O_CREAT, 0600) = 9"#, hex("/d/callpop.db-wal")),
            format!(r#"7 openat(AT_FDCWD, "{}", O_RDONLY) = 10"#, hex("/elsewhere/callpop.db")),
            format!(r#"8 recvfrom(12, "{}", 8192, 0, NULL, NULL) = 60"#, hex(form)),
            format!(r#"7 pwrite64(9, "{}", 3, 4096 <unfinished ...>"#, hex("abc")),
            format!(r#"8 pwrite64(10, "{}", 1, 0) = 1"#, hex("x")),
            "7 <... pwrite64 resumed>) = 3".to_owned(),
            "7 fdatasync(9 <unfinished ...>".to_owned(),
            "7 <... fdatasync resumed>) = 0".to_owned(),
            format!(r#"8 sendto(12, "{}", 20, MSG_NOSIGNAL, NULL, 0) = 20"#, hex("HTTP/1.1 200 OK")),
            "7 ftruncate(9, 512) = 0".to_owned(),
            format!(r#"7 unlink("{}") = 0"#, hex("/d/callpop.db-wal")),
        ]
        .join("\n");
        let file = "callpop.db-wal".to_owned();
        let wanted = [
            Step::Write { file: file.clone(), at: 4096, bytes: b"abc".to_vec() },
            Step::Sync { file: file.clone() },
            Step::Synced { file: file.clone() },
            Step::Acknowledged { entry: "E1".to_owned() },
            Step::Cut { file: file.clone(), length: 512 },
            Step::Delete { file },
        ];
        assert_eq!(read(&text, "/d"), wanted);
    }

    #[test]
    fn a_sync_that_failed_is_none_and_a_refusal_acknowledges_nothing() {
        let text = [
            format!(r#"7 openat(AT_FDCWD, "{}", O_RDWR) = 9"#, hex("/d/callpop.db")),
            "7 fsync(9) = -1 EIO (Input/output error)".to_owned(),
            format!(
                r#"8 recvfrom(12, "{}", 8192, 0, NULL, NULL) = 40"#,
                hex("\r\n\r\njson=%7B%22entry_id%22%3A%22E1%22%7D")
            ),
            format!(r#"8 sendto(12, "{}", 20, 0, NULL, 0) = 20"#, hex("HTTP/1.1 503 Service Unavailable")),
        ]
        .join("\n");
        assert_eq!(read(&text, "/d"), [Step::Sync { file: "callpop.db".to_owned() }]);
    }
}

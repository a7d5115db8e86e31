//! The viewers of the board: what each has seen, and what it is told.

use std::collections::{BTreeSet, HashMap, VecDeque};

use axum::extract::ws::Utf8Bytes;
use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::board::{Board, Change, viewer};

/// Frames that may wait for one client; a slower one is let go and may come back.
pub const QUEUED_FRAMES: usize = 1000;
/// Changes that are held for clients that come back: whoever missed more gets a snapshot, which is shorter, and does not
/// fill their queue at once.
const HELD_CHANGES: usize = QUEUED_FRAMES / 2;

/// A frame, ready to send.
pub type Frame = Utf8Bytes;
/// A client's number.
pub type SessionId = u64;

/// Who looks at the board.
#[derive(Debug)]
pub struct Hub {
    epoch: String,
    seq: u64,
    held: VecDeque<(u64, Change)>,
    sessions: HashMap<SessionId, Attached>,
    next_session: SessionId,
}

#[derive(Debug)]
struct Attached {
    as_said: wire::Viewer,
    viewer: calls::Viewer,
    frames: mpsc::Sender<Frame>,
}

impl Hub {
    /// Nobody looks yet.
    #[must_use]
    pub fn new(epoch: String) -> Hub {
        Hub { epoch, seq: 0, held: VecDeque::new(), sessions: HashMap::new(), next_session: 0 }
    }

    /// Lets a client in: everything, or just what it has not seen.
    pub fn attach(
        &mut self,
        as_said: wire::Viewer,
        since: Option<&wire::Since>,
        frames: mpsc::Sender<Frame>,
        board: &Board,
        (desk, roster): (&wire::Desk, &wire::Roster),
        now: Timestamp,
    ) -> SessionId {
        self.next_session += 1;
        let attached = Attached { viewer: viewer(&as_said), as_said, frames };
        let mut first = Vec::new();
        match since.and_then(|since| self.unseen(since)) {
            Some(unseen) => {
                first.push(text(&wire::DeskFrame::Resumed { epoch: self.epoch.clone(), seq: self.seq }));
                first.extend(unseen.map(|(seq, change)| frame(*seq, change, &attached, desk)));
            }
            None => {
                let seen = board.snapshot(now);
                first.push(text(&wire::DeskFrame::Snapshot {
                    epoch: self.epoch.clone(),
                    seq: self.seq,
                    desk: desk_for(desk, &attached.as_said),
                    calls: seen.calls.iter().map(|shown| shown.for_viewer(&attached.viewer)).collect(),
                    missed: seen.missed,
                    dials: seen.dials,
                    sms: seen.sms,
                    roster: roster.clone(),
                }));
            }
        }
        if first.into_iter().all(|frame| attached.frames.try_send(frame).is_ok()) {
            self.sessions.insert(self.next_session, attached);
        }
        self.next_session
    }

    /// A client left.
    pub fn detach(&mut self, session: SessionId) {
        self.sessions.remove(&session);
    }

    /// How many clients look.
    #[must_use]
    pub fn viewers(&self) -> usize {
        self.sessions.len()
    }

    /// Whose desk a client shows.
    #[must_use]
    pub fn viewer(&self, session: SessionId) -> Option<&wire::Viewer> {
        self.sessions.get(&session).map(|attached| &attached.as_said)
    }

    /// The extensions of those who look, each once.
    #[must_use]
    pub fn extensions(&self) -> BTreeSet<Option<String>> {
        self.sessions.values().map(|attached| attached.as_said.extension.clone()).collect()
    }

    /// Numbers a change and tells everybody.
    pub fn tell(&mut self, change: Change, desk: &wire::Desk) {
        self.seq += 1;
        // Most viewers look alike: a frame is written once for each kind of them.
        let mut written: Vec<(&wire::Viewer, Frame)> = Vec::new();
        let mut slow = Vec::new();
        for (id, attached) in &self.sessions {
            let known = written.iter().find(|(like, _)| **like == attached.as_said).map(|(_, frame)| frame.clone());
            let frame = known.unwrap_or_else(|| {
                let frame = frame(self.seq, &change, attached, desk);
                written.push((&attached.as_said, frame.clone()));
                frame
            });
            if attached.frames.try_send(frame).is_err() {
                slow.push(*id);
            }
        }
        for id in slow {
            // Dropping its queue closes the connection with 4408.
            self.sessions.remove(&id);
        }
        self.held.push_back((self.seq, change));
        if self.held.len() > HELD_CHANGES {
            self.held.pop_front();
        }
    }

    /// Answers one client's request.
    pub fn reply(&mut self, session: SessionId, reply: wire::Reply) {
        if let Some(attached) = self.sessions.get(&session)
            && attached.frames.try_send(text(&wire::DeskFrame::Reply(reply))).is_err()
        {
            self.sessions.remove(&session);
        }
    }

    fn unseen(&self, since: &wire::Since) -> Option<impl Iterator<Item = &(u64, Change)>> {
        let oldest = self.held.front().map_or(self.seq + 1, |(seq, _)| *seq);
        let fits = since.epoch == self.epoch && since.seq <= self.seq && since.seq + 1 >= oldest;
        let since = since.seq;
        fits.then(|| self.held.iter().filter(move |(seq, _)| *seq > since))
    }
}

fn frame(seq: u64, change: &Change, attached: &Attached, desk: &wire::Desk) -> Frame {
    text(&match change {
        Change::Call(shown) => wire::DeskFrame::Call { seq, call: shown.for_viewer(&attached.viewer) },
        Change::Missed(missed) => wire::DeskFrame::Missed { seq, missed: wire::Missed::clone(missed) },
        Change::Dial(dial) => wire::DeskFrame::Dial { seq, dial: wire::Dial::clone(dial) },
        Change::Sms(sms) => wire::DeskFrame::Sms { seq, sms: wire::Sms::clone(sms) },
        Change::Roster(roster) => wire::DeskFrame::Roster { seq, roster: wire::Roster::clone(roster) },
        Change::Desk => wire::DeskFrame::Desk { seq, desk: desk_for(desk, &attached.as_said) },
        Change::Gone(kind, id) => wire::DeskFrame::Gone { seq, kind: *kind, id: id.clone() },
    })
}

fn desk_for(desk: &wire::Desk, viewer: &wire::Viewer) -> wire::Desk {
    wire::Desk { extension: viewer.extension.clone(), groups: viewer.groups.clone(), ..desk.clone() }
}

fn text(frame: &wire::DeskFrame) -> Frame {
    // The feed's types have string keys and no failing parts, so this cannot fail; an empty frame would be ignored.
    serde_json::to_string(frame).unwrap_or_default().into()
}

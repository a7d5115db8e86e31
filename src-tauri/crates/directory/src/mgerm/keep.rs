//! The index on disk between starts: encrypted (XChaCha20-Poly1305), replaced as a whole, never trusted. A file that is
//! damaged, of another clinic or of another key is set aside, and the index is read anew.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use jiff::Timestamp;
use jiff::civil::Date;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::index::{Record, Snapshot};
use crate::settings::Surroundings;

const MAGIC: &[u8; 8] = b"CPMGERM1";
/// People of one encrypted piece.
const PIECE: usize = 500;
/// A longer piece was not written by us.
const MAX_PIECE: u32 = 256 * 1024 * 1024;

/// Where it is kept, and with which key.
#[derive(Debug, Clone)]
pub(super) struct Keep {
    path: PathBuf,
    key: SecretString,
    /// What the people were read from and how: an index of another clinic or region is not ours.
    made_for: Vec<u8>,
}

/// Why there is no kept index.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeepError {
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Damaged, cut off, another key, another clinic.
    #[error("it is damaged or not ours")]
    NotOurs,
}

#[derive(Serialize, Deserialize)]
struct Head {
    days: Vec<(Date, Timestamp)>,
    people: u64,
}

#[derive(Serialize, Deserialize)]
struct Row {
    id: String,
    numbers: Vec<u64>,
    words: String,
    body: Vec<u8>,
}

/// What was kept.
pub(super) struct Kept {
    pub(super) days: Vec<(Date, Timestamp)>,
    pub(super) records: Vec<Record>,
}

impl Keep {
    /// In a file; a path without an extension is a folder for it.
    pub(super) fn new(path: &Path, key: SecretString, address: &str, surroundings: &Surroundings) -> Keep {
        let path = if path.extension().is_none() { path.join("mgerm.index") } else { path.to_owned() };
        let made_for = format!("{address}\n{:?}", surroundings.region);
        Keep { path, key, made_for: Sha256::digest(made_for.as_bytes()).to_vec() }
    }

    /// What was kept, if anything. A file that is not ours is set aside beside its place.
    pub(super) fn load(&self) -> Result<Option<Kept>, KeepError> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        match self.read(BufReader::new(file)) {
            Ok(kept) => Ok(Some(kept)),
            Err(error) => {
                fs::rename(&self.path, self.beside("damaged"))?;
                Err(error)
            }
        }
    }

    /// Writes everybody; the former file stays until the new one is complete.
    pub(super) fn save(&self, snapshot: &Snapshot, days: Vec<(Date, Timestamp)>) -> Result<(), KeepError> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let fresh = self.beside("new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&fresh)?;
        let written =
            self.write(BufWriter::new(file), snapshot, days).and_then(|()| Ok(fs::rename(&fresh, &self.path)?));
        if written.is_err() {
            let _ = fs::remove_file(&fresh);
        }
        written
    }

    fn beside(&self, end: &str) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".");
        name.push(end);
        PathBuf::from(name)
    }

    fn write(
        &self,
        mut to: BufWriter<File>,
        snapshot: &Snapshot,
        days: Vec<(Date, Timestamp)>,
    ) -> Result<(), KeepError> {
        let prefix: [u8; 16] = rand::random();
        to.write_all(MAGIC)?;
        to.write_all(&prefix)?;
        let mut pieces = Pieces::new(self, prefix);
        let head = Head { days, people: snapshot.len() as u64 };
        pieces.write(&mut to, &head, false)?;
        let mut rows = Vec::with_capacity(PIECE);
        for entry in snapshot.all() {
            let Record { id, numbers, words, body } = entry.to_record();
            rows.push(Row { id, numbers, words, body });
            if rows.len() == PIECE {
                pieces.write(&mut to, &rows, false)?;
                rows.clear();
            }
        }
        pieces.write(&mut to, &rows, true)?;
        to.flush()?;
        to.get_ref().sync_all()?;
        Ok(())
    }

    fn read(&self, mut from: impl Read) -> Result<Kept, KeepError> {
        let (mut magic, mut prefix) = ([0; 8], [0; 16]);
        whole(from.read_exact(&mut magic))?;
        whole(from.read_exact(&mut prefix))?;
        if magic != *MAGIC {
            return Err(KeepError::NotOurs);
        }
        let mut pieces = Pieces::new(self, prefix);
        let (head, mut is_last): (Head, bool) = pieces.read(&mut from)?;
        let mut records = Vec::new();
        while !is_last {
            let rows: Vec<Row>;
            (rows, is_last) = pieces.read(&mut from)?;
            let rows = rows.into_iter().map(|Row { id, numbers, words, body }| Record { id, numbers, words, body });
            records.extend(rows);
        }
        Ok(Kept { days: head.days, records })
    }
}

/// Pieces encrypted one after another: each knows its place and whether it is the last, so that none can be left out,
/// repeated, moved, or cut off.
struct Pieces<'k> {
    cipher: XChaCha20Poly1305,
    prefix: [u8; 16],
    next: u64,
    made_for: &'k [u8],
}

impl<'k> Pieces<'k> {
    fn new(keep: &'k Keep, prefix: [u8; 16]) -> Pieces<'k> {
        // The key is the log's: what is encrypted here must not share its cipher stream.
        let mut hash = Sha256::new();
        hash.update(b"callpop mgerm index 1\0");
        hash.update(keep.key.expose_secret().as_bytes());
        let cipher = XChaCha20Poly1305::new_from_slice(hash.finalize().as_slice());
        // 32 bytes are 32 bytes.
        let cipher = cipher.unwrap_or_else(|_| XChaCha20Poly1305::new(&Default::default()));
        Pieces { cipher, prefix, next: 0, made_for: &keep.made_for }
    }

    fn nonce(&mut self) -> XNonce {
        let mut nonce = XNonce::default();
        for (place, byte) in nonce.iter_mut().zip(self.prefix.into_iter().chain(self.next.to_be_bytes())) {
            *place = byte;
        }
        self.next += 1;
        nonce
    }

    fn beside(&self, is_last: bool) -> Vec<u8> {
        [self.made_for, &[u8::from(is_last)]].concat()
    }

    fn write(&mut self, to: &mut impl Write, piece: &impl Serialize, is_last: bool) -> Result<(), KeepError> {
        let plain = postcard::to_stdvec(piece).map_err(|_| KeepError::NotOurs)?;
        let (nonce, aad) = (self.nonce(), self.beside(is_last));
        let sealed = self.cipher.encrypt(&nonce, Payload { msg: &plain, aad: &aad }).map_err(|_| KeepError::NotOurs)?;
        let length = u32::try_from(sealed.len()).map_err(|_| KeepError::NotOurs)?;
        to.write_all(&length.to_le_bytes())?;
        to.write_all(&[u8::from(is_last)])?;
        to.write_all(&sealed)?;
        Ok(())
    }

    fn read<T: for<'d> Deserialize<'d>>(&mut self, from: &mut impl Read) -> Result<(T, bool), KeepError> {
        let (mut length, mut is_last) = ([0; 4], [0; 1]);
        whole(from.read_exact(&mut length))?;
        whole(from.read_exact(&mut is_last))?;
        let length = u32::from_le_bytes(length);
        if length > MAX_PIECE {
            return Err(KeepError::NotOurs);
        }
        let mut sealed = Vec::new();
        from.take(u64::from(length)).read_to_end(&mut sealed)?;
        let is_last = is_last == [1];
        let (nonce, aad) = (self.nonce(), self.beside(is_last));
        let plain = self.cipher.decrypt(&nonce, Payload { msg: &sealed, aad: &aad }).map_err(|_| KeepError::NotOurs)?;
        let piece = postcard::from_bytes(&plain).map_err(|_| KeepError::NotOurs)?;
        Ok((piece, is_last))
    }
}

/// A file that ends too soon is damaged.
fn whole(read: io::Result<()>) -> Result<(), KeepError> {
    read.map_err(
        |error| {
            if error.kind() == io::ErrorKind::UnexpectedEof { KeepError::NotOurs } else { KeepError::Io(error) }
        },
    )
}

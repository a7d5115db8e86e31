//! What the fuzz target has learnt, kept in `fuzz/corpus`, read again by every test run.

#[path = "protocol/everything.rs"]
mod everything;

use std::path::Path;

#[test]
fn the_kept_corpus_is_survived() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/everything");
    let mut read = 0;
    for file in std::fs::read_dir(folder).expect("a corpus") {
        let path = file.expect("a file").path();
        everything::read_everything(&std::fs::read(&path).expect("readable"));
        read += 1;
    }
    assert!(read >= 40, "only {read} files");
}

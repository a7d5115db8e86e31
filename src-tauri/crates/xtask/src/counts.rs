//! How many tests passed: read from what the three test runners print.

use std::ops::AddAssign;

/// Tests of one run or of several together.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Ran and held.
    pub passed: u32,
    /// Ran and did not hold.
    pub failed: u32,
    /// Did not run.
    pub skipped: u32,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// Of `cargo nextest run`: `Summary [ 2.5s] 9 tests run: 7 passed (1 slow), 2 failed, 1 skipped`.
pub fn nextest(output: &str) -> Option<Counts> {
    let line = output.lines().rfind(|line| line.contains("Summary [") && line.contains("run:"))?;
    let (_, parts) = line.split_once("run:")?;
    let count = |word: &str| number_before(parts, word).unwrap_or(0);
    Some(Counts { passed: count("passed"), failed: count("failed") + count("timed out"), skipped: count("skipped") })
}

/// Of `cargo test`: one `test result: ok. 5 passed; 0 failed; 1 ignored; …` for each program.
pub fn cargo_test(output: &str) -> Option<Counts> {
    let mut sum = Counts::default();
    let mut seen = false;
    for line in output.lines().filter(|line| line.contains("test result:")) {
        seen = true;
        sum += Counts {
            passed: number_before(line, "passed").unwrap_or(0),
            failed: number_before(line, "failed").unwrap_or(0),
            skipped: number_before(line, "ignored").unwrap_or(0),
        };
    }
    seen.then_some(sum)
}

/// Of vitest: `Tests  1 failed | 11 passed | 2 skipped (14)`.
pub fn vitest(output: &str) -> Option<Counts> {
    let line = output.lines().rfind(|line| line.trim_start().starts_with("Tests ") && line.contains('('))?;
    let count = |word: &str| number_before(line, word).unwrap_or(0);
    Some(Counts { passed: count("passed"), failed: count("failed"), skipped: count("skipped") + count("todo") })
}

/// Of the program that measures the claims of PROOF.md: `5 passed, 0 failed, 0 skipped`.
pub fn claims(output: &str) -> Option<Counts> {
    let line = output.lines().rfind(|line| line.ends_with(" skipped"))?;
    let count = |word: &str| number_before(line, word);
    Some(Counts { passed: count("passed")?, failed: count("failed")?, skipped: count("skipped")? })
}

/// Of `node --test`: `ℹ pass 5`, or `# pass 5` when it writes TAP.
pub fn node_test(output: &str) -> Option<Counts> {
    let count = |word: &str| {
        output.lines().rev().find_map(|line| {
            let line = line.trim_start_matches(['ℹ', '#', ' ']);
            line.strip_prefix(word)?.trim().parse::<u32>().ok()
        })
    };
    Some(Counts {
        passed: count("pass")?,
        failed: count("fail")? + count("cancelled").unwrap_or(0),
        skipped: count("skipped").unwrap_or(0) + count("todo").unwrap_or(0),
    })
}

fn number_before(text: &str, word: &str) -> Option<u32> {
    let before = &text[..text.find(&format!(" {word}"))?];
    let digits = before.rsplit(|letter: char| !letter.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u32, failed: u32, skipped: u32) -> Option<Counts> {
        Some(Counts { passed, failed, skipped })
    }

    #[test]
    fn reads_nextest() {
        let text = "     Summary [   2.529s] 9 tests run: 7 passed (1 slow, 1 leaky), 2 failed, 1 skipped\n";
        assert_eq!(nextest(text), counts(7, 2, 1));
        assert_eq!(nextest("     Summary [   0.1s] 1 test run: 1 passed, 0 skipped"), counts(1, 0, 0));
        assert_eq!(nextest("Summary [ 9s] 5/9 tests run: 3 passed, 1 failed, 1 timed out, 0 skipped"), counts(3, 2, 0));
        assert_eq!(nextest("error: could not compile"), None);
    }

    #[test]
    fn adds_up_cargo_test() {
        let text = "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured\n\
                    test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured";
        assert_eq!(cargo_test(text), counts(7, 3, 1));
        assert_eq!(cargo_test("nothing ran"), None);
    }

    #[test]
    fn reads_claims() {
        assert_eq!(claims("1  kill -9\n   0 lost: holds\n\n5 passed, 1 failed, 0 skipped\n"), counts(5, 1, 0));
        assert_eq!(claims("callpop-prove faults|security"), None);
    }

    #[test]
    fn reads_vitest() {
        let text = " Test Files  1 failed | 2 passed (3)\n      Tests  1 failed | 11 passed | 2 skipped (14)\n";
        assert_eq!(vitest(text), counts(11, 1, 2));
        assert_eq!(vitest("      Tests  12 passed (12)"), counts(12, 0, 0));
    }

    #[test]
    fn reads_node() {
        let text = "ℹ tests 7\nℹ suites 0\nℹ pass 5\nℹ fail 1\nℹ cancelled 1\nℹ skipped 0\nℹ todo 0\n";
        assert_eq!(node_test(text), counts(5, 2, 0));
        assert_eq!(node_test("# tests 3\n# pass 3\n# fail 0\n# skipped 0\n"), counts(3, 0, 0));
        assert_eq!(node_test("Error: Cannot find module"), None);
    }
}

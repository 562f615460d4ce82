//! What came out before: `tests/expected/RECORDING.json` in the plugin's folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::cli::plugin::source::file_in;

/// The most lines of a difference that are shown.
const MAX_LINES: usize = 12;

/// The folder of what is expected.
pub(super) struct Snapshots {
    folder: PathBuf,
    accept: bool,
}

/// What a comparison came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Compared {
    /// It is as before.
    Same,
    /// There was nothing before, or the new was to be accepted.
    Written(PathBuf),
    /// It is not as before.
    Differs { file: PathBuf, difference: String },
}

impl Snapshots {
    /// Those of the plugin in `project`. With `accept`, whatever comes out is right.
    pub(super) fn of(project: &Path, accept: bool) -> Self {
        Self { folder: file_in(project, "tests/expected"), accept }
    }

    /// Holds `output` against what is expected of the recording called `name`.
    pub(super) fn compare(&self, name: &str, output: &Value) -> Result<Compared> {
        let file = self.folder.join(format!("{name}.json"));
        let found = format!("{output:#}\n");
        let expected = match fs::read_to_string(&file) {
            // Where git checks out lines with another ending, nothing has changed.
            Ok(text) => Some(text.replace("\r\n", "\n")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(|| format!("could not read {}", file.display())),
        };
        match expected {
            Some(expected) if expected == found => return Ok(Compared::Same),
            Some(expected) if !self.accept => {
                return Ok(Compared::Differs { file, difference: difference(&expected, &found) });
            }
            _ => {}
        }
        fs::create_dir_all(&self.folder)
            .and_then(|()| fs::write(&file, found))
            .with_context(|| format!("could not write {}", file.display()))?;
        Ok(Compared::Written(file))
    }
}

/// The lines from the first that differs to the last, of both, as far as there is room.
fn difference(expected: &str, found: &str) -> String {
    let (expected, found): (Vec<_>, Vec<_>) = (expected.lines().collect(), found.lines().collect());
    let same = |(a, b): &(&&str, &&str)| a == b;
    let head = expected.iter().zip(&found).take_while(same).count();
    let rest = expected.len().min(found.len()) - head;
    let tail = expected.iter().rev().zip(found.iter().rev()).take_while(same).count().min(rest);
    let side = |sign: char, lines: &[&str]| -> String {
        let mut text: String =
            lines.iter().take(MAX_LINES).map(|line| format!("    {sign} {}\n", line.trim_end())).collect();
        if lines.len() > MAX_LINES {
            text += &format!("    {sign} … and {} more lines\n", lines.len() - MAX_LINES);
        }
        text
    };
    let before = side('-', &expected[head..expected.len() - tail]);
    let after = side('+', &found[head..found.len() - tail]);
    format!("    line {}:\n{before}{after}", head + 1).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_run_writes_and_later_runs_compare() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let compare = |accept, value: u32| {
            Snapshots::of(folder.path(), accept).compare("busy", &json!({ "a": [1, 2], "b": value }))
        };
        let file = folder.path().join("tests/expected/busy.json");
        assert_eq!(compare(false, 1)?, Compared::Written(file.clone()));
        assert_eq!(compare(false, 1)?, Compared::Same);
        let Compared::Differs { difference, .. } = compare(false, 2)? else { panic!("1 is not 2") };
        assert_eq!(difference, "    line 6:\n    -   \"b\": 1\n    +   \"b\": 2");
        assert_eq!(compare(true, 2)?, Compared::Written(file.clone()));
        assert_eq!(compare(false, 2)?, Compared::Same);
        fs::write(&file, fs::read_to_string(&file)?.replace('\n', "\r\n"))?;
        assert_eq!(compare(false, 2)?, Compared::Same);
        Ok(())
    }

    #[test]
    fn a_long_difference_is_cut() {
        let text = |n: usize| (0..n).map(|i| format!("{i}\n")).collect::<String>();
        let shown = difference("", &text(100));
        assert_eq!(shown.lines().count(), 1 + MAX_LINES + 1);
        assert!(shown.ends_with("+ … and 88 more lines"), "{shown}");
        assert_eq!(difference("a\nb\nc", "a\nc"), "    line 2:\n    - b");
        assert_eq!(difference("a\na", "a\na\na"), "    line 3:\n    + a");
    }
}

//! Questions to whoever sits at the terminal.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

/// Somebody who can be asked.
pub(super) trait Ask {
    /// Yes or no; `None` when nobody is there.
    fn yes(&mut self, question: &str) -> Option<bool>;
}

/// The terminal that the command runs in, if it runs in one.
#[derive(Debug)]
pub(super) struct Terminal;

impl Ask for Terminal {
    fn yes(&mut self, question: &str) -> Option<bool> {
        // Both ends: a question that nobody sees must not wait, and an answer that nobody typed is none.
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return None;
        }
        eprint!("\n{question} [y/N] ");
        let _ = io::stderr().flush();
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).ok()?;
        Some(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }
}

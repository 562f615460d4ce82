//! The line between what a template wrote and what a user wrote: the spelling of a control token in a message stays text.
//!
//! Such spellings are enclosed in marks while the template runs, and the marks are taken out of what it wrote.

use std::ops::Range;

use crate::tokenizer::Tokenizer;

/// Enclose a protected range while a template runs. Unicode guarantees that they mean nothing in text.
const OPEN: char = '\u{fdd0}';
const CLOSE: char = '\u{fdd1}';

/// A rendered conversation that remembers which control-token spellings came from messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    text: String,
    protected: Vec<Range<usize>>,
}

impl Prompt {
    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Byte ranges, ascending, in which the spelling of a control token is only text.
    pub fn protected(&self) -> &[Range<usize>] {
        &self.protected
    }
}

/// Encloses the spellings of control tokens in what a user wrote.
pub(super) fn protect(tokenizer: &Tokenizer, text: &str) -> String {
    let text = text.replace([OPEN, CLOSE], "");
    let mut protected = String::with_capacity(text.len());
    let mut done = 0;
    for range in tokenizer.control_spellings(&text) {
        protected.push_str(&text[done..range.start]);
        protected.push(OPEN);
        protected.push_str(&text[range.clone()]);
        protected.push(CLOSE);
        done = range.end;
    }
    protected.push_str(&text[done..]);
    protected
}

/// Takes the enclosing marks out and notes what they enclosed.
pub(super) fn unprotect(marked: &str) -> Prompt {
    let mut prompt = Prompt { text: String::with_capacity(marked.len()), protected: Vec::new() };
    let mut open = None;
    for c in marked.chars() {
        match c {
            OPEN => open = Some(prompt.text.len()),
            CLOSE => prompt.protected.extend(open.take().map(|start| start..prompt.text.len())),
            c => prompt.text.push(c),
        }
    }
    // A template that cut the closing mark off protects the rest: too much rather than too little.
    prompt.protected.extend(open.map(|start| start..prompt.text.len()));
    prompt
}

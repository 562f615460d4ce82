//! Cuts a text into the words within which BPE merges.
//!
//! The patterns are those of the models' authors, with one change: where they say `\s+(?!\S)|\s+`, a run of
//! whitespace that leaves its last character to the word after it, the pattern here says `\s+` and the code
//! gives the last character back. So the patterns are regular, matching is linear in the length of the text,
//! and there is no backtracking that a text could drive up.

use regex::Regex;

use super::TokenizerError;

/// Contractions, and runs of letters, of numbers and of other characters, each with a space before it.
const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+";
/// Numbers in groups of three, line ends apart, any one character before letters.
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+";
/// As Llama 3, with each number character by itself.
const QWEN2: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+";

/// Names in `tokenizer.ggml.pre`, each with what it stands for.
const KNOWN: [(&str, Style); 9] = [
    ("default", Style::Gpt2),
    ("gpt-2", Style::Gpt2),
    ("gpt2", Style::Gpt2),
    ("smollm", Style::SmolLm),
    ("llama-bpe", Style::Llama3),
    ("llama3", Style::Llama3),
    ("llama-v3", Style::Llama3),
    ("qwen2", Style::Qwen2),
    ("deepseek-r1-qwen", Style::Qwen2),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Gpt2,
    /// Each number character apart, then GPT-2 on what lies between.
    SmolLm,
    Llama3,
    Qwen2,
}

#[derive(Debug)]
pub(super) struct PreTokenizer {
    style: Style,
    pattern: Regex,
}

impl PreTokenizer {
    /// The pre-tokenizer of that name.
    pub(super) fn named(name: &str) -> Result<Self, TokenizerError> {
        let Some((_, style)) = KNOWN.into_iter().find(|(known, _)| *known == name) else {
            let supported = KNOWN.map(|(name, _)| name).join(", ");
            return Err(TokenizerError::PreTokenizer { found: name.to_owned(), supported });
        };
        let pattern = match style {
            Style::Gpt2 | Style::SmolLm => GPT2,
            Style::Llama3 => LLAMA3,
            Style::Qwen2 => QWEN2,
        };
        Ok(Self { style, pattern: Regex::new(pattern).expect("the patterns above are well-formed") })
    }

    /// Whether a word that is a token as a whole is taken as it is, before any merge.
    pub(super) fn prefers_whole_words(&self) -> bool {
        self.style == Style::Llama3
    }

    /// Calls `word` with each word of `text` in order. Together they are the text.
    pub(super) fn words<'t>(&self, text: &'t str, mut word: impl FnMut(&'t str)) {
        if self.style != Style::SmolLm {
            return self.match_words(text, &mut word);
        }
        let mut rest = text;
        while let Some(at) = rest.find(char::is_numeric) {
            self.match_words(&rest[..at], &mut word);
            let len = rest[at..].chars().next().map_or(0, char::len_utf8);
            word(&rest[at..at + len]);
            rest = &rest[at + len..];
        }
        self.match_words(rest, &mut word);
    }

    fn match_words<'t>(&self, text: &'t str, word: &mut impl FnMut(&'t str)) {
        let mut at = 0;
        while at < text.len() {
            let Some(found) = self.pattern.find_at(text, at) else {
                // Every character belongs to one of the classes, so this is not reached; if it were, no text
                // would be lost.
                return word(&text[at..]);
            };
            let end = self.give_back(text, found.start(), found.end());
            if at < found.start() {
                word(&text[at..found.start()]);
            }
            word(&text[found.start()..end]);
            at = end;
        }
    }

    /// Where the match `start..end` ends once `\s+` has left its last character to what follows.
    fn give_back(&self, text: &str, start: usize, end: usize) -> usize {
        let found = &text[start..end];
        let only_whitespace = found.chars().all(char::is_whitespace);
        // Of the alternatives that match whitespace alone, the one that ends a line keeps all of it.
        let ends_line =
            self.style != Style::Gpt2 && self.style != Style::SmolLm && found.ends_with(['\r', '\n']);
        if !only_whitespace || ends_line || end == text.len() {
            return end;
        }
        match found.char_indices().next_back() {
            Some((last, _)) if last > 0 => start + last,
            _ => end,
        }
    }
}

//! Cuts the tokens that are never taken apart out of a text, before anything else looks at it.
//!
//! User-defined tokens are always cut out; control tokens only where the caller asks for it.

use std::{collections::HashMap, ops::Range, sync::Arc};

use aho_corasick::{AhoCorasick, MatchKind};
use inferno_types::TokenId;

use super::{TokenKind, TokenizerError, vocabulary::Vocabulary};

/// Whether the spelling of a control token in a text means that token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Special {
    /// It is text like any other. For whatever a user wrote.
    AsText,
    /// It is that token. For what the operator or a template wrote.
    Parse,
}

/// A part of a text.
#[derive(Debug, PartialEq)]
pub(super) enum Piece<'a> {
    Token(TokenId),
    /// Not empty.
    Text(&'a str),
}

/// The most bytes that all special tokens may take together: bounds the size of the search automaton.
const MAX_BYTES: usize = 1 << 20;

#[derive(Debug)]
pub(super) struct Splitter {
    /// User-defined tokens.
    always: Search,
    /// Those and control tokens.
    all: Search,
    /// Control tokens.
    control: Search,
}

impl Splitter {
    pub(super) fn new(vocabulary: &Vocabulary) -> Result<Self, TokenizerError> {
        let of = |wanted: &[TokenKind]| {
            Search::new(vocabulary.iter().filter(|(_, text, kind)| !text.is_empty() && wanted.contains(kind)))
        };
        Ok(Self {
            always: of(&[TokenKind::UserDefined])?,
            all: of(&[TokenKind::UserDefined, TokenKind::Control, TokenKind::Unknown])?,
            control: of(&[TokenKind::Control, TokenKind::Unknown])?,
        })
    }

    /// The pieces of `text` in order. What lies in `protected`, ascending ranges, is text.
    pub(super) fn split<'a>(
        &self,
        text: &'a str,
        special: Special,
        protected: &[Range<usize>],
    ) -> Vec<Piece<'a>> {
        let search = match special {
            Special::AsText => &self.always,
            Special::Parse => &self.all,
        };
        let mut pieces = Vec::new();
        let mut done = 0;
        let mut protected = protected.iter().peekable();
        for (range, id) in search.find(text) {
            while protected.next_if(|p| p.end <= range.start).is_some() {}
            if protected.peek().is_some_and(|p| p.start < range.end) {
                continue;
            }
            if done < range.start {
                pieces.push(Piece::Text(&text[done..range.start]));
            }
            pieces.push(Piece::Token(id));
            done = range.end;
        }
        if done < text.len() {
            pieces.push(Piece::Text(&text[done..]));
        }
        pieces
    }

    pub(super) fn is_atomic(&self, id: TokenId) -> bool {
        self.all.ids.contains(&id)
    }

    pub(super) fn control_token(&self, text: &str) -> Option<TokenId> {
        self.control.by_text.get(text).copied()
    }

    pub(super) fn control_spellings(&self, text: &str) -> Vec<Range<usize>> {
        self.control.find(text).map(|(range, _)| range).collect()
    }
}

/// Finds tokens in a text, leftmost first and the longest of those that start together.
#[derive(Debug)]
struct Search {
    automaton: Option<AhoCorasick>,
    /// By the automaton's pattern number.
    patterns: Vec<TokenId>,
    ids: std::collections::HashSet<TokenId>,
    by_text: HashMap<Box<str>, TokenId>,
}

impl Search {
    fn new<'a>(tokens: impl Iterator<Item = (TokenId, &'a str, TokenKind)>) -> Result<Self, TokenizerError> {
        let mut by_text = HashMap::new();
        let (mut texts, mut patterns, mut found) = (Vec::new(), Vec::new(), 0);
        for (id, text, _) in tokens {
            if let Some(TokenId(first)) = by_text.insert(text.into(), id) {
                return Err(TokenizerError::DuplicateToken { first, second: id.0, text: text.to_owned() });
            }
            texts.push(text);
            patterns.push(id);
            found += text.len();
        }
        if found > MAX_BYTES {
            return Err(TokenizerError::SpecialBytes { found, limit: MAX_BYTES });
        }
        let automaton = (!texts.is_empty())
            .then(|| AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&texts))
            .transpose()
            .map_err(|error| TokenizerError::Search(Arc::new(error)))?;
        Ok(Self { automaton, ids: patterns.iter().copied().collect(), patterns, by_text })
    }

    fn find<'s>(&'s self, text: &'s str) -> impl Iterator<Item = (Range<usize>, TokenId)> + 's {
        self.automaton
            .iter()
            .flat_map(move |automaton| automaton.find_iter(text))
            .map(|found| (found.range(), self.patterns[found.pattern().as_usize()]))
    }
}

//! SentencePiece (Kudo and Richardson 2018) as Llama uses it: BPE whose merges are implied by the vocabulary.
//!
//! Two pieces merge when their texts together are a piece; the one with the highest score goes first. Spaces
//! are written `▁`. A character without a piece falls back to its bytes.

use std::collections::HashMap;

use inferno_types::TokenId;

use super::{TokenKind, TokenizerError, merge::Merges, vocabulary::Vocabulary};
use crate::gguf::Metadata;

/// What SentencePiece writes for a space.
const SPACE: char = '▁';
/// Published pieces have at most 48 bytes. All ways to cut each piece are tried, so the length is bounded.
const MAX_PIECE_BYTES: usize = 256;

#[derive(Debug)]
pub(super) struct SentencePiece {
    merges: Merges,
    chars: HashMap<char, TokenId>,
    bytes: [Option<TokenId>; 256],
    unknown: Option<TokenId>,
    space_prefix: bool,
}

impl SentencePiece {
    pub(super) fn read(metadata: &Metadata, vocabulary: &Vocabulary) -> Result<Self, TokenizerError> {
        const SCORES: &str = "tokenizer.ggml.scores";
        let scores = metadata.floats(SCORES)?;
        let tokens = vocabulary.len();
        if scores.len() != tokens {
            return Err(TokenizerError::Count { key: SCORES, found: scores.len(), tokens });
        }
        if let Some(id) = scores.iter().position(|score| score.is_nan()) {
            return Err(TokenizerError::Score { id });
        }
        let ids = vocabulary.ordinary()?;
        if let Some((text, id)) = ids.iter().find(|(text, _)| text.len() > MAX_PIECE_BYTES) {
            let (id, found) = (id.index(), text.len());
            return Err(TokenizerError::TokenLength { id, found, limit: MAX_PIECE_BYTES });
        }
        let ranks = ranks(scores);
        let mut merges = Merges::default();
        for (text, id) in &ids {
            for (at, _) in text.char_indices().skip(1) {
                if let (Some(left), Some(right)) = (ids.get(&text[..at]), ids.get(&text[at..])) {
                    merges.add(*left, *right, ranks[id.index()], *id);
                }
            }
        }
        let single = |text: &str| {
            let mut chars = text.chars();
            chars.next().filter(|_| chars.next().is_none())
        };
        let chars = ids.iter().filter_map(|(text, id)| Some((single(text)?, *id))).collect();
        let mut bytes = [None; 256];
        for (id, text, kind) in vocabulary.iter() {
            if let (TokenKind::Byte, Some(byte)) = (kind, byte(text)) {
                bytes[usize::from(byte)] = Some(id);
            }
        }
        let space_prefix = metadata.bool_or_none("tokenizer.ggml.add_space_prefix")?.unwrap_or(true);
        Ok(Self { merges, chars, bytes, unknown: vocabulary.unknown(), space_prefix })
    }

    /// Whether a text gets a space before it.
    pub(super) fn adds_space(&self) -> bool {
        self.space_prefix
    }

    /// Appends the tokens of `text`, in which special tokens have no meaning.
    pub(super) fn encode(&self, text: &str, tokens: &mut Vec<TokenId>) {
        let prefix = self.space_prefix.then_some(' ');
        let mut symbols = Vec::with_capacity(text.len() + 1);
        for c in prefix.into_iter().chain(text.chars()) {
            match self.chars.get(if c == ' ' { &SPACE } else { &c }) {
                Some(id) => symbols.push(*id),
                None => self.fall_back(c, &mut symbols),
            }
        }
        self.merges.apply(&mut symbols);
        tokens.append(&mut symbols);
    }

    /// The bytes of a character without a piece; the unknown token where one of them has no token either.
    fn fall_back(&self, c: char, symbols: &mut Vec<TokenId>) {
        let start = symbols.len();
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            match self.bytes[usize::from(byte)] {
                Some(id) => symbols.push(id),
                None => {
                    symbols.truncate(start);
                    symbols.extend(self.unknown);
                    return;
                }
            }
        }
    }
}

/// The place of each token's score among all scores, the highest first; equal scores share a place.
fn ranks(scores: &[f32]) -> Vec<u32> {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    sorted.dedup();
    scores.iter().map(|score| sorted.partition_point(|other| other > score) as u32).collect()
}

/// The byte that `<0x0A>` stands for.
fn byte(text: &str) -> Option<u8> {
    let digits = text.strip_prefix("<0x")?.strip_suffix('>')?;
    (digits.len() == 2).then(|| u8::from_str_radix(digits, 16).ok())?
}

/// The bytes of a token's text.
pub(super) fn decode(text: &str, kind: TokenKind) -> Vec<u8> {
    match (kind, byte(text)) {
        (TokenKind::Byte, Some(byte)) => vec![byte],
        _ => text.replace(SPACE, " ").into_bytes(),
    }
}

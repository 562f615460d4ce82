//! Byte-level BPE: words by a pattern, bytes as symbols, merges by rank.

use std::{
    cell::LazyCell,
    collections::{HashMap, HashSet},
};

use inferno_types::TokenId;

use super::{TokenizerError, byte_level, merge::Merges, pretokenize::PreTokenizer, vocabulary::Vocabulary};
use crate::gguf::Metadata;

#[derive(Debug)]
pub(super) struct Bpe {
    words: PreTokenizer,
    merges: Merges,
    /// The token of each byte. A byte without one is dropped, as the reference implementation does: published
    /// vocabularies lack a few control characters and the bytes that UTF-8 does not use.
    bytes: [Option<TokenId>; 256],
    /// Tokens by the bytes they stand for; only where whole words go first.
    whole: HashMap<Box<[u8]>, TokenId>,
}

impl Bpe {
    /// Reads the merges. One that touches a control token is skipped, so that text cannot form it.
    pub(super) fn read(metadata: &Metadata, vocabulary: &Vocabulary) -> Result<Self, TokenizerError> {
        let name = metadata.str_or_none("tokenizer.ggml.pre")?.unwrap_or("default");
        let words = PreTokenizer::named(name)?;
        let ids = vocabulary.ordinary()?;
        // Most files have no merge that asks for it.
        let special: LazyCell<HashSet<&str>, _> = LazyCell::new(|| {
            let texts = vocabulary.iter().map(|(_, text, _)| text);
            texts.filter(|text| !ids.contains_key(text)).collect()
        });
        let texts = metadata.strings("tokenizer.ggml.merges")?;
        let mut merges = Merges::with_capacity(texts.len());
        let mut joined = String::new();
        for (index, text) in texts.iter().enumerate() {
            let (left, right) = text
                .split_once(' ')
                .filter(|(left, right)| !left.is_empty() && !right.is_empty() && !right.contains(' '))
                .ok_or_else(|| TokenizerError::MergeForm { index, text: text.clone() })?;
            joined.clear();
            joined.push_str(left);
            joined.push_str(right);
            let parts = [left, right, joined.as_str()];
            if let [Some(left), Some(right), Some(into)] = parts.map(|part| ids.get(part)) {
                merges.add(*left, *right, index as u32, *into);
                continue;
            }
            if !parts.iter().any(|part| special.contains(part)) {
                let text = parts.iter().find(|part| !ids.contains_key(*part)).map(|part| (*part).to_owned());
                return Err(TokenizerError::MergeToken { index, text: text.unwrap_or_default() });
            }
        }
        let mut buffer = [0; 4];
        let bytes = byte_level::alphabet().map(|c| ids.get(&*c.encode_utf8(&mut buffer)).copied());
        let whole = if words.prefers_whole_words() {
            let decoded = |(text, id): (&&str, &TokenId)| {
                (byte_level::decode(text, super::TokenKind::Normal).into_boxed_slice(), *id)
            };
            ids.iter().map(decoded).collect()
        } else {
            HashMap::new()
        };
        Ok(Self { words, merges, bytes, whole })
    }

    /// Appends the tokens of `text`, in which special tokens have no meaning.
    pub(super) fn encode(&self, text: &str, tokens: &mut Vec<TokenId>) {
        let mut symbols = Vec::new();
        self.words.words(text, |word| {
            if let Some(id) = self.whole.get(word.as_bytes()) {
                return tokens.push(*id);
            }
            symbols.clear();
            symbols.extend(word.bytes().filter_map(|byte| self.bytes[usize::from(byte)]));
            self.merges.apply(&mut symbols);
            tokens.append(&mut symbols);
        });
    }
}

//! The tokens of a file: texts, kinds, and which of them have a role.
//!
//! Invariant: roles point into the vocabulary, and no two ordinary tokens have the same text. An empty text is
//! allowed, since published files have such gaps; nothing is ever encoded to it.

use std::collections::HashMap;

use inferno_types::TokenId;

use super::TokenizerError;
use crate::gguf::Metadata;

/// What a token is for, as `tokenizer.ggml.token_type` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Stands for text.
    Normal,
    /// Stands for text that the vocabulary does not have.
    Unknown,
    /// Steers the model; stands for no text.
    Control,
    /// Stands for text, and is never taken apart.
    UserDefined,
    /// Reserved.
    Unused,
    /// Stands for one byte, in SentencePiece.
    Byte,
}

/// Limits on what a vocabulary may be; the largest published ones have 262,144 tokens of under 256 bytes.
const MAX_TOKENS: usize = 1 << 20;
const MAX_TOKEN_BYTES: usize = 1024;

/// Spellings that end a turn in the conventions of known models, when they are control tokens.
const ENDS: [&str; 9] = [
    "<|im_end|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|end|>",
    "<end_of_turn>",
    "<EOT>",
    "<|end▁of▁sentence|>",
];

/// Spellings that are control tokens even in files that call them ordinary.
const MARKERS: [&str; 3] = ["<|im_start|>", "<|im_end|>", "<|eot_id|>"];

#[derive(Debug)]
pub(super) struct Vocabulary {
    texts: Vec<Box<str>>,
    kinds: Vec<TokenKind>,
    /// What each token stands for in output.
    outputs: Vec<Box<[u8]>>,
    begin: Option<TokenId>,
    end: Option<TokenId>,
    unknown: Option<TokenId>,
    ends: Vec<TokenId>,
    add_begin: bool,
    add_end: bool,
}

impl Vocabulary {
    pub(super) fn read(metadata: &Metadata) -> Result<Self, TokenizerError> {
        let tokens = metadata.strings("tokenizer.ggml.tokens")?;
        if tokens.is_empty() || tokens.len() > MAX_TOKENS {
            return Err(TokenizerError::VocabularySize { found: tokens.len(), limit: MAX_TOKENS });
        }
        if let Some((id, text)) = tokens.iter().enumerate().find(|(_, text)| text.len() > MAX_TOKEN_BYTES) {
            return Err(TokenizerError::TokenLength { id, found: text.len(), limit: MAX_TOKEN_BYTES });
        }
        let role = |key: &'static str| match metadata.u32_or_none(key)? {
            Some(found) if found as usize >= tokens.len() => {
                Err(TokenizerError::TokenId { key, found, tokens: tokens.len() })
            }
            other => Ok(other.map(TokenId)),
        };
        let begin = role("tokenizer.ggml.bos_token_id")?;
        let end = role("tokenizer.ggml.eos_token_id")?;
        let unknown = role("tokenizer.ggml.unknown_token_id")?;
        let end_roles = [end, role("tokenizer.ggml.eot_token_id")?, role("tokenizer.ggml.eom_token_id")?];

        let mut kinds = kinds(metadata, tokens.len())?;
        for id in end_roles.into_iter().chain([begin]).flatten() {
            kinds[id.index()] = TokenKind::Control;
        }
        let mut ends: Vec<_> = end_roles.into_iter().flatten().collect();
        for ((id, text), kind) in (0..).zip(tokens).zip(&mut kinds) {
            if MARKERS.contains(&text.as_str()) {
                *kind = TokenKind::Control;
            }
            if *kind == TokenKind::Control && ENDS.contains(&text.as_str()) {
                ends.push(TokenId(id));
            }
        }
        ends.sort_unstable();
        ends.dedup();

        let is_llama3 = matches!(metadata.str_or_none("tokenizer.ggml.pre")?, Some("llama-bpe" | "llama3"));
        let is_spm = metadata.str("tokenizer.ggml.model")? == "llama";
        let add_begin = metadata.bool_or_none("tokenizer.ggml.add_bos_token")?.unwrap_or(is_spm || is_llama3);
        let add_end = metadata.bool_or_none("tokenizer.ggml.add_eos_token")?.unwrap_or(false);
        let texts = tokens.iter().map(|text| text.as_str().into()).collect();
        Ok(Self { texts, kinds, outputs: Vec::new(), begin, end, unknown, ends, add_begin, add_end })
    }

    /// Decides what the tokens stand for in output; `decode` turns an ordinary text into bytes.
    pub(super) fn decode_texts(&mut self, decode: fn(&str, TokenKind) -> Vec<u8>) {
        self.outputs = self
            .texts
            .iter()
            .zip(&self.kinds)
            .map(|(text, kind)| match kind {
                TokenKind::Control => Box::default(),
                TokenKind::Unknown => "\u{fffd}".as_bytes().into(),
                TokenKind::UserDefined | TokenKind::Unused => text.as_bytes().into(),
                TokenKind::Normal | TokenKind::Byte => decode(text, *kind).into(),
            })
            .collect();
        // The texts of ordinary tokens have served; those of special ones are shown to templates.
        for (text, kind) in self.texts.iter_mut().zip(&self.kinds) {
            if !matches!(kind, TokenKind::Control | TokenKind::UserDefined | TokenKind::Unknown) {
                *text = Box::default();
            }
        }
    }

    /// The tokens that text can be made of, by their text. Control tokens are not among them, so no sequence
    /// of merges can form one.
    ///
    /// # Errors
    /// When two of them have the same text.
    pub(super) fn ordinary(&self) -> Result<HashMap<&str, TokenId>, TokenizerError> {
        let mut ids = HashMap::with_capacity(self.len());
        for (id, text, kind) in self.iter() {
            if !matches!(kind, TokenKind::Normal | TokenKind::UserDefined) || text.is_empty() {
                continue;
            }
            if let Some(TokenId(first)) = ids.insert(text, id) {
                return Err(TokenizerError::DuplicateToken { first, second: id.0, text: text.to_owned() });
            }
        }
        Ok(ids)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (TokenId, &str, TokenKind)> {
        (0..).zip(&self.texts).zip(&self.kinds).map(|((id, text), kind)| (TokenId(id), &**text, *kind))
    }

    pub(super) fn len(&self) -> usize {
        self.kinds.len()
    }

    pub(super) fn output(&self, id: TokenId) -> &[u8] {
        self.outputs.get(id.index()).map_or(&[], |bytes| bytes)
    }

    pub(super) fn kind(&self, id: TokenId) -> Option<TokenKind> {
        self.kinds.get(id.index()).copied()
    }

    pub(super) fn special_text(&self, id: TokenId) -> Option<&str> {
        match self.kind(id)? {
            TokenKind::Normal | TokenKind::Byte | TokenKind::Unused => None,
            _ => Some(&self.texts[id.index()]),
        }
    }

    pub(super) fn begin(&self) -> Option<TokenId> {
        self.begin
    }

    pub(super) fn end(&self) -> Option<TokenId> {
        self.end
    }

    pub(super) fn unknown(&self) -> Option<TokenId> {
        self.unknown
    }

    pub(super) fn leading(&self) -> Option<TokenId> {
        self.begin.filter(|_| self.add_begin)
    }

    pub(super) fn trailing(&self) -> Option<TokenId> {
        self.end.filter(|_| self.add_end)
    }

    pub(super) fn is_end(&self, id: TokenId) -> bool {
        self.ends.binary_search(&id).is_ok()
    }
}

fn kinds(metadata: &Metadata, tokens: usize) -> Result<Vec<TokenKind>, TokenizerError> {
    const KEY: &str = "tokenizer.ggml.token_type";
    let Some(numbers) = metadata.integers_or_none(KEY)? else {
        return Ok(vec![TokenKind::Normal; tokens]);
    };
    if numbers.len() != tokens {
        return Err(TokenizerError::Count { key: KEY, found: numbers.len(), tokens });
    }
    let kind = |(id, number)| match number {
        // Some writers leave 0, "undefined", where they mean an ordinary token.
        0 | 1 => Ok(TokenKind::Normal),
        2 => Ok(TokenKind::Unknown),
        3 => Ok(TokenKind::Control),
        4 => Ok(TokenKind::UserDefined),
        5 => Ok(TokenKind::Unused),
        6 => Ok(TokenKind::Byte),
        found => Err(TokenizerError::TokenType { id, found }),
    };
    numbers.into_iter().enumerate().map(kind).collect()
}

//! Turns the bytes of tokens into text that can be shown at once.
//!
//! A token may end in the middle of a character, so bytes wait here until their character is whole. A byte that
//! can no longer become part of one is U+FFFD; the result equals `String::from_utf8_lossy` of all bytes, however they
//! were cut. Stop strings are found on the way.

use crate::{
    StopStrings,
    stop::{Matched, StopMatcher},
};

/// The text of one answer as it grows.
#[derive(Debug)]
pub(crate) struct TextStream {
    decoder: Utf8Decoder,
    matcher: StopMatcher,
}

impl TextStream {
    pub(crate) fn new(stops: StopStrings) -> Self {
        Self { decoder: Utf8Decoder::default(), matcher: StopMatcher::new(stops) }
    }

    /// Takes the bytes of the next token.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Matched {
        self.matcher.push(&self.decoder.push(bytes))
    }

    /// The rest of the text, when no more will come. The last character may complete a stop string.
    pub(crate) fn finish(&mut self) -> Matched {
        match self.matcher.push(self.decoder.finish()) {
            Matched::Goes(text) => Matched::Goes(text + &self.matcher.finish()),
            stops @ Matched::Stops(_) => stops,
        }
    }
}

/// Decodes UTF-8 that arrives in pieces.
#[derive(Debug, Default)]
struct Utf8Decoder {
    /// The beginning of a character: at most three bytes.
    pending: Vec<u8>,
}

impl Utf8Decoder {
    fn push(&mut self, bytes: &[u8]) -> String {
        self.pending.extend_from_slice(bytes);
        let mut out = String::with_capacity(self.pending.len());
        let mut rest = self.pending.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    out.push_str(text);
                    self.pending.clear();
                    return out;
                }
                Err(error) => {
                    let (good, bad) = rest.split_at(error.valid_up_to());
                    out.push_str(std::str::from_utf8(good).expect("valid up to here, says the error"));
                    match error.error_len() {
                        Some(len) => {
                            out.push(char::REPLACEMENT_CHARACTER);
                            rest = &bad[len..];
                        }
                        None => {
                            self.pending = bad.to_vec();
                            return out;
                        }
                    }
                }
            }
        }
    }

    fn finish(&mut self) -> &'static str {
        if std::mem::take(&mut self.pending).is_empty() { "" } else { "\u{FFFD}" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Feeds pieces of bytes and compares what came out at each, the rest at the end included.
    fn check(pieces: &[&[u8]], expected: &str) {
        let mut stream = TextStream::new(StopStrings::default());
        let text = |matched| match matched {
            Matched::Goes(text) => text,
            Matched::Stops(text) => panic!("nothing to stop at after {text:?}"),
        };
        let mut out: Vec<_> = pieces.iter().map(|p| text(stream.push(p))).collect();
        out.push(text(stream.finish()));
        assert_eq!(out.join("|"), expected, "{pieces:?}");
    }

    #[test]
    fn characters_come_whole() {
        check(&[b"hel", b"lo"], "hel|lo|");
        check(&[b"\xc3", b"\xa9t\xc3\xa9"], "|été|");
        check(&[b"\xf0\x9f", b"\xa6", b"\x80!"], "||🦀!|");
        check(&[b"", b"a", b""], "|a||");
    }

    #[test]
    fn damage_is_replaced_only_when_certain() {
        check(&[b"a\xff", b"b"], "a\u{fffd}|b|");
        check(&[b"\xf0\x9f", b"x"], "|\u{fffd}x|");
        check(&[b"\xf0\x9f\xa6"], "|\u{fffd}");
        check(&[b"\xe2\x82", b"\xe2\x82\xac"], "|\u{fffd}€|");
    }

    #[test]
    fn a_replaced_last_character_can_complete_a_stop() {
        let mut stream = TextStream::new(vec!["a\u{fffd}".to_owned()].try_into().unwrap());
        assert_eq!(stream.push(b"xa\xc3"), Matched::Goes("x".into()));
        assert_eq!(stream.finish(), Matched::Stops(String::new()));
    }

    proptest! {
        #[test]
        fn equals_lossy_decoding_of_the_whole(
            bytes in prop::collection::vec(prop_oneof![0x20_u8..0x7f, prop::sample::select(&b"\xc3\xa9\xe2\x82\xac\xf0\x9f\xa6\x80\xed\xa0\xc0\xff"[..])], 0..40),
            cuts in prop::collection::vec(0_usize..40, 0..8),
        ) {
            let mut cuts: Vec<_> = cuts.into_iter().map(|c| c.min(bytes.len())).collect();
            cuts.sort_unstable();
            let (mut decoder, mut out, mut from) = (Utf8Decoder::default(), String::new(), 0);
            for to in cuts.into_iter().chain([bytes.len()]) {
                out += &decoder.push(&bytes[from..to]);
                prop_assert!(decoder.pending.len() < 4);
                from = to;
            }
            out += decoder.finish();
            prop_assert_eq!(out, String::from_utf8_lossy(&bytes));
        }
    }
}

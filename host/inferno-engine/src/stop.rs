//! Finds stop strings in a text that arrives in pieces, without ever letting the beginning of one out.
//!
//! What is found does not depend on where the pieces were cut: the stop string that ends first wins, as it would if
//! the text arrived byte by byte, and of several that end together the longest.

use crate::StopStrings;

/// A matcher over one text.
#[derive(Debug)]
pub(crate) struct StopMatcher {
    stops: StopStrings,
    /// The end of the text so far, while it may be the beginning of a stop string.
    held: String,
}

/// What a piece of text led to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Matched {
    /// No stop string ended; this much more of the text is certain.
    Goes(String),
    /// A stop string ended; this is the rest of the text before it.
    Stops(String),
}

impl StopMatcher {
    pub(crate) fn new(stops: StopStrings) -> Self {
        Self { stops, held: String::new() }
    }

    /// Takes the next piece.
    pub(crate) fn push(&mut self, piece: &str) -> Matched {
        self.held.push_str(piece);
        if let Some(start) = self.first_match() {
            self.held.truncate(start);
            return Matched::Stops(std::mem::take(&mut self.held));
        }
        let certain = self.held.len() - self.tail_that_may_begin_a_stop();
        let kept = self.held.split_off(certain);
        Matched::Goes(std::mem::replace(&mut self.held, kept))
    }

    /// The text that was held back, when no more will come.
    pub(crate) fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// Where the stop string that ends first begins.
    fn first_match(&self) -> Option<usize> {
        self.stops
            .as_slice()
            .iter()
            .filter_map(|stop| self.held.find(stop.as_str()).map(|at| (at + stop.len(), at)))
            .min()
            .map(|(_, start)| start)
    }

    /// The length of the longest suffix of what is held that is a proper prefix of a stop string. At most
    /// `StopStrings::LONGEST − 1`, so the search is bounded however long the piece was.
    fn tail_that_may_begin_a_stop(&self) -> usize {
        let longest = |stop: &String| {
            (1..stop.len())
                .rev()
                .find(|&n| stop.is_char_boundary(n) && self.held.ends_with(&stop[..n]))
                .unwrap_or(0)
        };
        self.stops.as_slice().iter().map(longest).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matcher(stops: &[&str]) -> StopMatcher {
        StopMatcher::new(stops.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>().try_into().unwrap())
    }

    /// Feeds pieces; `|` separates what came out at each, `■` marks the stop.
    fn check(stops: &[&str], pieces: &[&str], expected: &str) {
        let mut matcher = matcher(stops);
        let mut out = Vec::new();
        for piece in pieces {
            match matcher.push(piece) {
                Matched::Goes(text) => out.push(text),
                Matched::Stops(text) => {
                    out.push(text + "■");
                    break;
                }
            }
        }
        if !out.last().is_some_and(|o| o.ends_with('■')) {
            out.push(matcher.finish());
        }
        assert_eq!(out.join("|"), expected, "{stops:?} in {pieces:?}");
    }

    #[test]
    fn holds_back_what_may_become_a_stop() {
        check(&[], &["a", "b"], "a|b|");
        check(&["END"], &["abc", "def"], "abc|def|");
        check(&["END"], &["aE", "N", "D"], "a||■");
        check(&["END"], &["aE", "N", "x"], "a||ENx|");
        check(&["END"], &["aE", "N"], "a||EN");
        check(&["END"], &["xENDy"], "x■");
        check(&["aab"], &["aa", "a", "b"], "|a|■");
        check(&["\n\n"], &["a\n", "\n"], "a|■");
        check(&["é!"], &["caf", "é", "?"], "caf||é?|");
    }

    #[test]
    fn the_stop_that_ends_first_wins_and_then_the_longest() {
        check(&["cd", "bcde"], &["abcdef"], "ab■");
        check(&["bcd", "d"], &["abcd"], "a■");
        check(&["b", "a"], &["xaby"], "x■");
    }

    proptest! {
        #[test]
        fn where_the_pieces_are_cut_does_not_matter(
            text in "[ab]{0,24}",
            stops in prop::collection::vec("[ab]{1,4}", 0..4),
            cuts in prop::collection::vec(0_usize..24, 0..8),
        ) {
            let stops: Vec<&str> = stops.iter().map(String::as_str).collect();
            let run = |cuts: &mut dyn Iterator<Item = usize>| {
                let (mut matcher, mut out, mut from) = (matcher(&stops), String::new(), 0);
                for to in cuts.chain([text.len()]) {
                    match matcher.push(&text[from..to]) {
                        Matched::Goes(piece) => out.push_str(&piece),
                        Matched::Stops(piece) => return (out + &piece, true),
                    }
                    from = to;
                }
                (out + &matcher.finish(), false)
            };
            let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(text.len())).collect();
            cuts.sort_unstable();
            let by_byte = run(&mut (0..=text.len()));
            prop_assert_eq!(&run(&mut cuts.into_iter()), &by_byte);
            let stopped = stops.iter().any(|s| text.contains(s));
            prop_assert_eq!(by_byte.1, stopped);
            prop_assert!(stops.iter().all(|s| !by_byte.0.contains(s)));
            prop_assert!(text.starts_with(&by_byte.0));
            prop_assert!(stopped || by_byte.0 == text);
        }
    }
}

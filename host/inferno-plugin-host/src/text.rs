//! Text that came from a guest, made fit for a terminal, a log file and an error message.
//!
//! Owns [`clean`], which everything a guest says must pass. Refuses to interpret: it only removes.

/// `text` on one line of at most `max_bytes` bytes, without control characters, escape sequences, or the
/// characters that reorder or hide what follows them. What was cut ends in `…`.
pub(crate) fn clean(text: &str, max_bytes: usize) -> String {
    const ELLIPSIS: char = '…';
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let shown = match c {
            '\x1b' => {
                skip_escape(&mut chars);
                continue;
            }
            '\n' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
            c if c.is_control() || is_invisible(c) => continue,
            c => c,
        };
        if out.len() + shown.len_utf8() > max_bytes {
            while out.len() + ELLIPSIS.len_utf8() > max_bytes && out.pop().is_some() {}
            out.push(ELLIPSIS);
            break;
        }
        out.push(shown);
    }
    out
}

/// Zero-width and bidirectional formatting characters (Unicode TR 36, "Bidirectional Text Spoofing").
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Drops the rest of an ECMA-48 sequence whose ESC was just read: `[ … final` or a single character.
fn skip_escape(chars: &mut std::str::Chars<'_>) {
    if chars.next() == Some('[') {
        for c in chars.by_ref() {
            if matches!(c, '@'..='~') || !c.is_ascii() {
                break;
            }
        }
    }
}

/// The messages of an error and of what caused it, cleaned.
pub(crate) fn chain(error: &wasmtime::Error, max_bytes: usize) -> String {
    let messages: Vec<_> = error.chain().map(ToString::to_string).collect();
    clean(&messages.join(": "), max_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_text_remains() {
        let check = |text: &str, expected: &str| assert_eq!(clean(text, 12), expected, "{text:?}");
        check("plain", "plain");
        check("", "");
        check("\x1b[31mred\x1b[0m", "red");
        check("\x1b]0;title\x07", "0;title");
        check("a\r\nb\tc\0\x7f", "a b c");
        check("\u{9b}31m", "31m");
        check("safe\u{202e}elif", "safeelif");
        check("exactly12byt", "exactly12byt");
        check("thirteen byte", "thirteen …");
        check("ééééééééé", "éééé…");
        check("\x1b[", "");
        check("\x1b", "");
    }

    #[test]
    fn no_length_is_too_short() {
        for max in 0..8 {
            assert!(clean("ééé", max).len() <= max.max(3), "{max}");
        }
    }
}

//! Words of strangers, made fit for a terminal.
//!
//! Owns: what of a registry's text may reach a screen. Refuses control characters, which could move a cursor or
//! colour a lie, and characters that turn or hide the text around them. Easily confused with escaping for JSON or
//! HTML, which keeps every character.

/// `text` in one line of at most `max` characters, without what could deceive a reader's eye.
pub fn printable(text: &str, max: usize) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.map(|word| word.replace(deceives, "")).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// `text` as it is but for the characters that could deceive; line breaks and tabs stay.
pub fn printable_lines(text: &str) -> String {
    text.chars().filter(|c| matches!(c, '\n' | '\t') || !(c.is_control() || deceives(*c))).collect()
}

/// Invisible characters and those that change the direction of writing.
fn deceives(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_the_cursor() {
        for (text, shown) in [
            ("Tokens per second", "Tokens per second"),
            ("a\u{1b}[2Jb\r\nc\td", "a [2Jb c d"),
            ("signed by \u{202e}oned\u{200b}!", "signed by oned!"),
            ("naïve 漢字", "naïve 漢字"),
            ("", ""),
        ] {
            assert_eq!(printable(text, 40), shown);
        }
        assert_eq!(printable("漢字漢字", 2), "漢字…");
        assert_eq!(printable_lines("# a\n\u{1b}]0;x\u{7}\tb\r\n"), "# a\n]0;x\tb\n");
    }
}

//! Figures as people read them.

use jiff::Timestamp;

/// Bytes in decimal units.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// The day of a moment in milliseconds since 1970, in UTC.
pub(super) fn date(millis: u64) -> String {
    let moment = i64::try_from(millis).ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
    moment.map_or_else(|| "at no date".to_owned(), |moment| moment.strftime("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_dates() {
        for (bytes, text) in [(0, "0 bytes"), (999, "999 bytes"), (12_345, "12.3 kB"), (3_000_000, "3.0 MB")]
        {
            assert_eq!(size(bytes), text);
        }
        for (millis, text) in [
            (0, "1970-01-01"),
            (86_399_999, "1970-01-01"),
            (951_782_400_000, "2000-02-29"),
            (951_868_800_000, "2000-03-01"),
            (1_735_689_599_999, "2024-12-31"),
            (u64::MAX, "at no date"),
        ] {
            assert_eq!(date(millis), text);
        }
    }
}

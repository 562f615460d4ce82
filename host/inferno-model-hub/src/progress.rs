//! How a pull tells what it is doing.

/// Told what happens while a model comes in. Implement it for a progress bar; `()` is silent.
pub trait Progress {
    /// Work of `total` bytes begins (`None`: nobody knows). A resumed or restarted download begins again, and what
    /// is already there arrives as one [`advance`](Self::advance).
    fn begin(&mut self, total: Option<u64>, what: &str);
    /// So many more bytes are done.
    fn advance(&mut self, bytes: u64);
    /// Something worth a line, such as a download that goes on where it stopped.
    fn note(&mut self, text: &str);
}

impl Progress for () {
    fn begin(&mut self, _total: Option<u64>, _what: &str) {}
    fn advance(&mut self, _bytes: u64) {}
    fn note(&mut self, _text: &str) {}
}

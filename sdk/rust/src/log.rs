//! Lines for the operator. The host cuts long lines, strips control characters and drops what exceeds its budget.
//!
//! On other targets than WebAssembly the lines go to standard error, where a test shows them.

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Debug,
    Info,
    Warn,
}

/// Something that only the plugin's author wants to know.
pub fn debug(message: impl AsRef<str>) {
    line(Level::Debug, message.as_ref());
}

/// Something worth knowing.
pub fn info(message: impl AsRef<str>) {
    line(Level::Info, message.as_ref());
}

/// Something that the operator should look at.
pub fn warn(message: impl AsRef<str>) {
    line(Level::Warn, message.as_ref());
}

#[cfg(target_arch = "wasm32")]
pub(crate) use wasm::through;

#[cfg(target_arch = "wasm32")]
use wasm::line;

/// Each version of the contract has its own `log`, and a component may import only the one of its world. Which one
/// that is, is known where the host calls in: see the `Guest` implementations.
#[cfg(target_arch = "wasm32")]
mod wasm {
    use std::cell::Cell;

    use super::Level;

    thread_local! {
        static SINK: Cell<Option<fn(Level, &str)>> = const { Cell::new(None) };
    }

    pub(crate) fn through(sink: fn(Level, &str)) {
        SINK.with(|cell| cell.set(Some(sink)));
    }

    pub(super) fn line(level: Level, message: &str) {
        if let Some(sink) = SINK.with(Cell::get) {
            sink(level, message);
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn line(level: Level, message: &str) {
    eprintln!("{level:?}: {message}");
}

//! Lines for the operator. The host cuts long lines, strips control characters and drops what exceeds its budget.
//!
//! On other targets than WebAssembly the lines go to standard error, where a test shows them.

use crate::bindings::inferno::plugin::log::Level;

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
fn line(level: Level, message: &str) {
    crate::bindings::inferno::plugin::log::log(level, message);
}

#[cfg(not(target_arch = "wasm32"))]
fn line(level: Level, message: &str) {
    eprintln!("{level:?}: {message}");
}

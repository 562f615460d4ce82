//! Has the crate built again when the front end was: the derive that embeds it notices changed files, but no new ones.

use std::{fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let out = Path::new("../../web/out");
    // A path that does not exist would have every build run this again, and with it the compiler. In a checkout the
    // empty folder is ignored; elsewhere it does not matter that there is none.
    if out.exists() || (Path::new("../../web").exists() && fs::create_dir(out).is_ok()) {
        println!("cargo::rerun-if-changed={}", out.display());
    }
}

//! Imports randomness from WASI, which no plugin is given.

wit_bindgen::generate!({
    path: ["../../wit/0.1", "wit/wasi-random", "wit/world.wit"],
    world: "inferno:hostile/curious-pass",
    generate_all,
});

use exports::inferno::plugin::pass::{Graph, Guest, PassError, Patch, Target};
use wasi::random::random::get_random_u64;

struct WasiImport;

export!(WasiImport);

impl Guest for WasiImport {
    fn apply(_: Graph, _: Target) -> Result<Patch, PassError> {
        Err(PassError::Unsupported(format!("drew {}", get_random_u64())))
    }
}

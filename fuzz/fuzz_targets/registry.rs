//! What a stranger sends to a registry: paths, OCI manifests and components. The first byte chooses which.
#![no_main]

use inferno_registry::testing::{Endpoint, ImageManifest, kind_of};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, rest)) = bytes.split_first() else { return };
    match choice % 3 {
        0 => {
            let Ok(path) = std::str::from_utf8(rest) else { return };
            if let Ok(endpoint) = Endpoint::parse(path) {
                let printed = endpoint.to_string();
                assert!(printed.split('/').all(|segment| segment != ".." && !segment.contains('\0')));
                assert_eq!(Endpoint::parse(&printed), Ok(endpoint));
            }
        }
        1 => {
            if let Ok(image) = ImageManifest::parse(rest) {
                assert!(image.layers.len() <= 8);
            }
        }
        _ => {
            let _ = kind_of(rest);
        }
    }
});

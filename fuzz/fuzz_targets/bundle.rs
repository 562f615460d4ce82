//! Sigstore bundles from strangers: whatever parses prints as a bundle that parses to the same.
#![no_main]

use inferno_trust::Bundle;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(bundle) = Bundle::parse(bytes) {
        let printed = bundle.to_json();
        assert_eq!(Bundle::parse(printed.as_bytes()).as_ref(), Ok(&bundle));
    }
});

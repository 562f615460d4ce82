//! `inferno.lock` and addresses of registries: whatever parses prints as it parses, and printable text is printable.
#![no_main]

use inferno_registry_client::{LockFile, RegistryUrl, printable, printable_lines};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(lock) = text.parse::<LockFile>() {
        let printed = lock.to_string();
        assert_eq!(printed.parse::<LockFile>().expect("our own text"), lock);
    }
    if let Ok(url) = text.parse::<RegistryUrl>() {
        let printed = url.to_string();
        assert_eq!(printed.parse::<RegistryUrl>().expect("our own text"), url);
    }
    assert!(!printable(text, 300).chars().any(char::is_control));
    assert!(!printable_lines(text).chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')));
});

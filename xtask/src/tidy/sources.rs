//! What every source file and every member manifest owes the reader.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

/// Lines after which a file must say why it is so long, in a comment that starts with [`LONG`].
const MAX_LINES: usize = 800;
const LONG: &str = "// Long because";

/// Folders of Rust code, from the root.
const CODE: [&str; 8] = ["host", "marketplace", "sdk", "plugins", "tests", "benches", "fuzz", "xtask"];

/// Crates whose business is `unsafe`, by folder; the one exception, which a decision record explains; and this file,
/// which only spells it.
const UNSAFE: [&str; 3] =
    ["host/inferno-backend-", "host/inferno-plugin-host/src/code_cache", "xtask/src/tidy/sources.rs"];

/// Every breach, as a sentence.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let mut breaches = Vec::new();
    for folder in CODE {
        visit(&root.join(folder), &mut |path| {
            let text =
                fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
            let shown = path.strip_prefix(root).unwrap_or(path).display().to_string().replace('\\', "/");
            if shown.ends_with("Cargo.toml") {
                breaches.extend(manifest(&shown, &text));
            } else {
                breaches.extend(source(&shown, &text));
            }
            Ok(())
        })?;
    }
    Ok(breaches)
}

fn manifest(shown: &str, text: &str) -> Option<String> {
    let inherits = text.contains("[lints]\nworkspace = true");
    // Workspaces of their own cannot inherit; they state their lints.
    let own = text.contains("[lints.rust]")
        || text.contains("[workspace.lints.rust]")
        || text.contains("\n[workspace]");
    (text.contains("[package]") && !inherits && !own)
        .then(|| format!("{shown} does not inherit the workspace's lints"))
}

fn source(shown: &str, text: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    let first =
        text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("#![")).unwrap_or_default();
    if !first.starts_with("//!") {
        breaches.push(format!("{shown} does not open with a `//!` that says what it owns"));
    }
    let lines = text.lines().count();
    if lines > MAX_LINES && !text.contains(LONG) {
        breaches.push(format!("{shown} has {lines} lines; split it, or say `{LONG} …`"));
    }
    let code = |line: &&str| !line.trim_start().starts_with("//");
    if text
        .lines()
        .filter(code)
        .any(|l| l.contains("unsafe {") || l.contains("unsafe fn") || l.contains("unsafe impl"))
        && !UNSAFE.iter().any(|room| shown.starts_with(room))
    {
        breaches.push(format!("{shown} has `unsafe`, which belongs to backend crates"));
    }
    if text.lines().filter(code).any(|l| l.trim_start().starts_with("#[allow(")) {
        breaches.push(format!("{shown} silences a lint with `allow`; use `#[expect(…, reason = \"…\")]`"));
    }
    breaches
}

fn visit(path: &Path, each: &mut dyn FnMut(&Path) -> Result<()>) -> Result<()> {
    let Ok(entries) = fs::read_dir(path) else { return Ok(()) };
    let mut entries: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    entries.sort();
    for entry in entries {
        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if entry.is_dir() {
            if !matches!(name.as_str(), "target" | "node_modules" | "corpus" | "artifacts" | "snapshots") {
                visit(&entry, each)?;
            }
        } else if name == "Cargo.toml" || Path::new(&name).extension().is_some_and(|e| e == "rs") {
            each(&entry)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_each_breach() {
        for (text, breach) in [
            ("//! Fine.\n", None),
            ("#![no_main]\n//! Fine.\n", None),
            ("fn main() {}\n", Some("does not open")),
            ("//! x\nfn f() { unsafe { g() } }\n", Some("has `unsafe`")),
            ("//! x\n// unsafe { }\n", None),
            ("//! x\n#[allow(dead_code)]\nfn f() {}\n", Some("silences a lint")),
            (&format!("//! x\n{}", "\n".repeat(801)), Some("has 802 lines")),
        ] {
            let found = source("host/inferno-types/src/x.rs", text);
            assert_eq!(found.len(), usize::from(breach.is_some()), "{text:?}: {found:?}");
            assert!(found.iter().all(|f| f.contains(breach.unwrap_or_default())), "{found:?}");
        }
        assert!(source("host/inferno-backend-cpu/src/x.rs", "//! x\nfn f() { unsafe { g() } }\n").is_empty());
    }
}

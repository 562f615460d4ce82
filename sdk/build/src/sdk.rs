//! The copy of the SDK that every project carries in `vendor/inferno-plugin`.
//!
//! A project that carries its SDK builds without this checkout, gives the same bytes in every folder (cargo names
//! symbols after paths from the root of the workspace, and the SDK lies below it), and still does after this program
//! has been updated. So a copy that is there is never touched; one that is missing is written.

use std::{fs, io, path::Path};

/// Where a project carries the SDK.
pub(crate) const FOLDER: &str = "vendor/inferno-plugin";

/// The SDK's files: a path with slashes, and a text.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sdk.rs"));

/// Writes the copy where there is none.
pub(crate) fn ensure(project: &Path) -> io::Result<()> {
    let folder = project.join(FOLDER);
    if folder.join("Cargo.toml").exists() {
        return Ok(());
    }
    // The manifest comes last: with it, the copy is complete.
    let (manifest, sources): (Vec<_>, Vec<_>) = FILES.iter().partition(|(path, _)| *path == "Cargo.toml");
    for (path, text) in sources.into_iter().chain(manifest) {
        let file = folder.join(path);
        fs::create_dir_all(file.parent().unwrap_or(&folder))?;
        fs::write(file, text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use toml::{Table, Value};

    use super::*;

    /// The SDK's manifest cannot inherit, so it repeats what the others inherit.
    #[test]
    fn the_manifest_says_what_the_workspace_says() {
        let read = |path: &str| -> Table {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
            fs::read_to_string(path).expect("a manifest").parse().expect("TOML")
        };
        let (sdk, root) = (read("../rust/Cargo.toml"), read("../../Cargo.toml"));
        let workspace = &root["workspace"];
        for key in ["version", "edition", "rust-version", "license", "publish"] {
            assert_eq!(sdk["package"][key], workspace["package"][key], "{key}");
        }
        assert_eq!(sdk["lints"], workspace["lints"]);
        for (name, wanted) in sdk["dependencies"].as_table().expect("a table") {
            assert_eq!(wanted, &workspace["dependencies"][name], "{name}");
        }
    }

    #[test]
    fn a_copy_stands_by_itself() {
        let project = tempfile::tempdir().expect("a folder");
        ensure(project.path()).expect("a copy");
        let copy = project.path().join(FOLDER);
        let text = |path: &str| fs::read_to_string(copy.join(path)).expect(path);
        assert!(text("src/bindings.rs").contains("path: \"wit/0.2\""), "it finds the contract");
        assert!(text("wit/0.2/widget.wit").contains("world widget"));
        let manifest: Table = text("Cargo.toml").parse().expect("TOML");
        let inherits = |value: &Value| value.get("workspace").is_some();
        assert!(!manifest["package"].as_table().expect("a table").values().any(inherits));
        assert!(!manifest["dependencies"].as_table().expect("a table").values().any(inherits));
    }

    #[test]
    fn a_copy_that_is_there_is_left_alone_and_a_broken_one_is_completed() {
        let project = tempfile::tempdir().expect("a folder");
        ensure(project.path()).expect("a copy");
        let copy = project.path().join(FOLDER);
        let library = copy.join("src/lib.rs");
        fs::write(&library, "// an older one").expect("written");
        ensure(project.path()).expect("nothing to do");
        assert_eq!(fs::read_to_string(&library).expect("a text"), "// an older one");
        // Interrupted: the manifest comes last.
        fs::remove_file(copy.join("Cargo.toml")).expect("removed");
        ensure(project.path()).expect("a copy");
        assert!(fs::read_to_string(&library).expect("a text").starts_with("//!"));
    }
}

//! That components are what was built: nothing imported, nothing leaked.

use std::path::Path;

use super::{BuiltComponent, build_first_party, build_hostile, encode};

#[test]
fn components_import_the_contract_and_nothing_else() {
    let built = all();
    let first_party = ["eliminate-dead", "fuse-gate-up", "fuse-qkv", "fuse-residual-norm"];
    for name in first_party {
        let component = built.iter().find(|c| c.name == format!("inferno/{name}")).unwrap();
        assert_eq!(
            imports(&component.path),
            ["inferno:plugin/graph@0.1.0", "inferno:plugin/log@0.1.0"],
            "{name}"
        );
    }
    // The check can fail: this one asks for more.
    let curious = built.iter().find(|c| c.name == "hostile/wasi-import").unwrap();
    let bytes = std::fs::read(&curious.path).unwrap();
    assert!(imports(&curious.path).contains(&"wasi:random/random@0.2.0".to_owned()));
    assert!(encode::imports_only_the_contract(&bytes).unwrap_err().to_string().contains("wasi:random"));
}

#[test]
fn components_carry_no_path_of_this_machine() {
    let home = std::env::home_dir().unwrap();
    for component in all() {
        let bytes = std::fs::read(&component.path).unwrap();
        for path in [root(), home.as_path()] {
            let needle = format!("{}/", path.display());
            let found = bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
            assert!(!found, "{} holds {needle}", component.name);
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn all() -> Vec<BuiltComponent> {
    let mut components = build_first_party(root()).unwrap();
    components.extend(build_hostile(root()).unwrap());
    components
}

fn imports(path: &Path) -> Vec<String> {
    encode::imports(&std::fs::read(path).unwrap()).unwrap()
}

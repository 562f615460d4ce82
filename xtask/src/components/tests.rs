//! That components are what was built: nothing imported, nothing leaked.

use std::path::Path;

use inferno_plugin_build::compile;

use super::{BuiltComponent, build_first_party, build_hostile};

#[test]
fn components_import_the_contract_and_nothing_else() {
    let built = all();
    for component in built.iter().filter(|component| component.name.starts_with("inferno/")) {
        let expected: &[&str] = match component.kind.as_str() {
            "optimization-pass" => &["inferno:plugin/graph@0.1.0", "inferno:plugin/log@0.1.0"],
            "widget" => {
                &["inferno:plugin/log@0.2.0", "inferno:plugin/metrics@0.2.0", "inferno:plugin/view@0.2.0"]
            }
            _ => &["inferno:plugin/log@0.2.0", "inferno:plugin/metrics@0.2.0"],
        };
        assert_eq!(imports(&component.path), expected, "{}", component.name);
    }
    // The check can fail: this one asks for more.
    let curious = built.iter().find(|c| c.name == "hostile/wasi-import").unwrap();
    let bytes = std::fs::read(&curious.path).unwrap();
    assert!(imports(&curious.path).contains(&"wasi:random/random@0.2.0".to_owned()));
    assert!(compile::imports_only_the_contract(&bytes).unwrap_err().to_string().contains("wasi:random"));
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
    compile::imports(&std::fs::read(path).unwrap()).unwrap()
}

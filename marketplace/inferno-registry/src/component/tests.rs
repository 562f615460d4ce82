//! Components of each world, and bytes that are none.

use super::*;
use crate::testing::{Salt, component, text};

#[test]
fn the_world_of_a_component_is_read_from_its_types() {
    for kind in Kind::ALL {
        assert_eq!(kind_of(&component(kind, Salt(1))), Ok(kind));
    }
}

#[test]
fn the_contract_that_is_compared_with_is_the_whole_folder() {
    for files in CONTRACT {
        let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit"));
        let version = files[0].0.split('/').next().unwrap();
        let mut found: Vec<String> = std::fs::read_dir(folder.join(version))
            .unwrap()
            .map(|entry| format!("{version}/{}", entry.unwrap().file_name().to_str().unwrap()))
            .collect();
        found.sort();
        assert_eq!(found, files.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }
}

/// An instance called as our interface, with one function of no use.
fn stranger(export: &str) -> String {
    format!(
        r#"(component
          (core module $m (func (export "f")))
          (core instance $i (instantiate $m))
          (func $f (canon lift (core func $i "f")))
          (instance $e (export "f" (func $f)))
          (export "{export}" (instance $e)))"#
    )
}

#[test]
fn bytes_that_are_refused() {
    let widget = component(Kind::Widget, Salt(1));
    let mut broken = widget.clone();
    let middle = broken.len() / 2;
    broken[middle..middle + 8].fill(0xff);
    let both = format!(
        "(component {0} {1})",
        r#"(instance $a) (export "inferno:plugin/pass@0.1.0" (instance $a))"#,
        r#"(export "inferno:plugin/panel@0.2.0" (instance $a))"#
    );
    let table: Vec<String> = [
        ("nothing", Vec::new()),
        ("text", b"#!/bin/sh".to_vec()),
        ("a core module", text("(module)")),
        ("version 3", b"\0asm\x03\0\0\0".to_vec()),
        ("half a component", widget[..widget.len() / 2].to_vec()),
        ("a component with a torn middle", broken),
        ("an empty component", text("(component)")),
        ("WASI", text(r#"(component (import "wasi:cli/environment@0.2.6" (instance)))"#)),
        ("a foreign import", text(r#"(component (import "acme:net/socket@1.0.0" (instance)))"#)),
        ("a bare import", text(r#"(component (import "log" (func)))"#)),
        ("a world of a stranger", text(&stranger("acme:plugin/run@1.0.0"))),
        ("a later contract", text(&stranger("inferno:plugin/panel@9.0.0"))),
        ("our name with other types", text(&stranger("inferno:plugin/panel@0.2.0"))),
        ("two worlds", text(&both)),
        (
            "an interface that the world does not give",
            text(r#"(component (import "inferno:plugin/secrets@0.2.0" (instance)) (instance $a) (export "inferno:plugin/panel@0.2.0" (instance $a)))"#),
        ),
    ]
    .into_iter()
    .map(|(what, bytes)| format!("{what}: {}", kind_of(&bytes).expect_err(what)))
    .collect();
    insta::assert_snapshot!(table.join("\n"), @"
    nothing: the layer is an empty file; a package is a WebAssembly component
    text: the layer is something that is not WebAssembly; a package is a WebAssembly component
    a core module: the layer is a core module; wrap it as a component, as `inferno plugin build` does; a package is a WebAssembly component
    version 3: the layer is WebAssembly of an unknown version; a package is a WebAssembly component
    half a component: the component is malformed at byte 3916: unexpected end-of-file
    a component with a torn middle: the component is malformed at byte 3938: malformed section id
    an empty component: the component is of no world that this version knows: it exports nothing; `optimization-pass`, `widget` and `analyzer` are known, of the contract 0.1.0 and 0.2.0
    WASI: the component imports `wasi:cli/environment@0.2.6`; there is no WASI in the host, so build it for wasm32-unknown-unknown, without an adapter
    a foreign import: the component imports `acme:net/socket@1.0.0`; it may import `inferno:plugin/…` only
    a bare import: the component imports `log`; it may import `inferno:plugin/…` only
    a world of a stranger: the component is of no world that this version knows: it exports `acme:plugin/run@1.0.0`; `optimization-pass`, `widget` and `analyzer` are known, of the contract 0.1.0 and 0.2.0
    a later contract: the component is of no world that this version knows: it exports `inferno:plugin/panel@9.0.0`; `optimization-pass`, `widget` and `analyzer` are known, of the contract 0.1.0 and 0.2.0
    our name with other types: the component exports what a `widget` does, but with other types than the contract: type mismatch for import `widget` type mismatch for export `inferno:plugin/panel@0.2.0` missing expected export `query`
    two worlds: the component is of two worlds, `optimization-pass` and `widget`; publish one component for each
    an interface that the world does not give: the component exports what a `widget` does, but with other types than the contract: type mismatch for import `widget` missing import named `inferno:plugin/secrets@0.2.0`
    ");
}

proptest::proptest! {
    #[test]
    fn bytes_that_were_changed_are_read_or_refused_and_never_panic(at in 0_usize..20_000, byte: u8, cut in 0_usize..20_000) {
        let mut bytes = component(Kind::Analyzer, Salt(1));
        let at = at % bytes.len();
        bytes[at] = byte;
        let keep = if cut % 4 == 0 { cut % bytes.len() } else { bytes.len() };
        let _ = kind_of(&bytes[..keep]);
    }
}

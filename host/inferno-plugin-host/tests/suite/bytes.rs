//! Bytes that are not a component, or not one of ours: refused before anything runs.

use crate::guest::{chain, component, guest, host, load, quick, wrap};
use inferno_plugin_host::Limits;

/// What the host says to these bytes, under limits as `change` leaves them.
fn refusal_under(bytes: Vec<u8>, change: impl FnOnce(&mut Limits)) -> String {
    let mut limits = quick();
    change(&mut limits);
    chain(&load(&host(limits), bytes).expect_err("the host takes it"))
}

fn refusal(bytes: impl Into<Vec<u8>>) -> String {
    refusal_under(bytes.into(), |_| {})
}

const HEADER: &[u8] = b"\0asm\x0d\0\x01\0";

fn after_header(bytes: &[u8]) -> Vec<u8> {
    [HEADER, bytes].concat()
}

#[test]
fn other_files() {
    insta::assert_snapshot!(refusal(""), @"this is an empty file, not a WebAssembly component; make one of a core module with `wasm-tools component new`");
    insta::assert_snapshot!(refusal("\0asm\x0d"), @"this is a cut header, not a WebAssembly component; make one of a core module with `wasm-tools component new`");
    insta::assert_snapshot!(refusal("(module)"), @"this is something that is not WebAssembly, not a WebAssembly component; make one of a core module with `wasm-tools component new`");
    insta::assert_snapshot!(refusal(wat::parse_str("(module)").unwrap()), @"this is a core module, not a WebAssembly component; make one of a core module with `wasm-tools component new`");
    insta::assert_snapshot!(refusal("\0asm\x02\0\0\0"), @"this is WebAssembly of an unknown version, not a WebAssembly component; make one of a core module with `wasm-tools component new`");
    insta::assert_snapshot!(refusal(b"\x1f\x8b\x08\0".to_vec()), @"this is gzip data, not a WebAssembly component; make one of a core module with `wasm-tools component new`");
    insta::assert_snapshot!(refusal(b"\x28\xb5\x2f\xfd".to_vec()), @"this is zstd data, not a WebAssembly component; make one of a core module with `wasm-tools component new`");
    insta::assert_snapshot!(refusal(b"\x7fELF\x02\x01\x01\0".to_vec()), @"this is native or precompiled code, not a WebAssembly component; make one of a core module with `wasm-tools component new`");
}

#[test]
fn broken_sections() {
    // Eleven bytes of LEB128, a section beyond the end, one twice, a name that is not UTF-8.
    insta::assert_snapshot!(refusal(after_header(b"\x00\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01")), @"the component is broken at byte 13: invalid var_u32: integer representation too long");
    insta::assert_snapshot!(refusal(after_header(b"\x00\xff\xff\xff\xff\x03")), @"the component is broken at byte 14: unexpected end-of-file");
    insta::assert_snapshot!(refusal(after_header(b"\x0b\x05\x01\x00\x02\xff\xfe")), @"the component is broken at byte 14: malformed UTF-8 encoding");
    let valid = guest("(i32.const 1024)", "");
    insta::assert_snapshot!(refusal(&valid[..valid.len() / 2]), @"the component is broken at byte 2881: unexpected end-of-file");
    insta::assert_snapshot!(refusal(&valid[..valid.len() - 3]), @"the component is broken at byte 5723: unexpected end-of-file");
    insta::assert_snapshot!(refusal([&valid[..], b"trailing"].concat()), @"the component is broken at byte 5772: unexpected end-of-file");
}

#[test]
fn too_much() {
    insta::assert_snapshot!(refusal_under(vec![0; 2001], |l| l.code.component_bytes = 2000), @"the component has 2001 bytes, and at most 2000 are allowed");
    let functions = wrap_functions(&"(func)".repeat(2000));
    insta::assert_snapshot!(refusal_under(functions, |l| l.code.functions = 1000), @"the component has 2000 functions, and at most 1000 are allowed");
    let body = wrap_functions(&format!("(func {})", "(drop (i32.const 1))".repeat(50_000)));
    insta::assert_snapshot!(refusal(body), @"the component has 150002 bytes of one function, and at most 131072 are allowed");
    let locals = wrap_functions(&format!("(func (local {}))", "i64 ".repeat(20_000)));
    insta::assert_snapshot!(refusal(locals), @"the component has 20000 locals of one function, and at most 10000 are allowed");
    let table =
        "(func (param i32) (block ".to_owned() + "(br_table " + &"0 ".repeat(200_000) + "(local.get 0))))";
    insta::assert_snapshot!(refusal(wrap_functions(&table)), @"the component has 200011 bytes of one function, and at most 131072 are allowed");
    insta::assert_snapshot!(refusal((0..1000).fold(HEADER.to_vec(), |inner, _| enclose(&inner))), @"the component has 5 nested components, and at most 4 are allowed");
    let many = format!("(component {})", "(component)".repeat(1000));
    insta::assert_snapshot!(refusal(component(&many)), @"the component has 66 modules and components, and at most 65 are allowed");
    let memory = component("(component (core module (memory 65536)))");
    insta::assert_snapshot!(refusal(memory), @"the component has 4294967296 bytes of memory, and at most 67108864 are allowed");
}

/// A component that holds this one and nothing else. No tool nests as deep as the test does.
fn enclose(inner: &[u8]) -> Vec<u8> {
    const COMPONENT_SECTION: u8 = 4;
    let length = u32::try_from(inner.len()).expect("a few bytes a level");
    let leb128 = (0..5).map(|i| (length >> (7 * i)) as u8 & 0x7f | if i < 4 { 0x80 } else { 0 });
    [HEADER, &[COMPONENT_SECTION], &leb128.collect::<Vec<_>>(), inner].concat()
}

/// A component with these functions in a module of its own.
fn wrap_functions(functions: &str) -> Vec<u8> {
    component(&format!("(component (core module {functions}))"))
}

#[test]
fn features_that_are_off() {
    let check = |fields: &str| refusal(component(&format!("(component {fields} {EXPORT})")));
    insta::assert_snapshot!(check("(core module (memory i64 1))"), @"the component is not valid here: failed to parse WebAssembly module: memory64 must be enabled for 64-bit memories (at offset 0x15)");
    insta::assert_snapshot!(check("(core module (memory 1 1 shared))"), @"the component is not valid here: failed to parse WebAssembly module: threads must be enabled for shared memories (at offset 0x15)");
    insta::assert_snapshot!(check("(core module (type (struct)))"), @"the component is not valid here: failed to parse WebAssembly module: struct indexed types not supported without the gc feature (at offset 0x15)");
    insta::assert_snapshot!(check("(core module (tag))"), @"the component is not valid here: failed to parse WebAssembly module: exceptions proposal not enabled (at offset 0x1a)");
    insta::assert_snapshot!(check("(core module (memory 1) (memory 1))"), @"the component is not valid here: failed to parse WebAssembly module: multiple memories (at offset 0x14)");
    insta::assert_snapshot!(check("(core module (func $f return_call $f))"), @"the component is not valid here: failed to compile: wasm[0]::function[0]::f: WebAssembly translation error: Invalid input WebAssembly code at offset 33: tail calls support is not enabled");
}

/// Enough to pass for an optimization pass until somebody looks at the types.
const EXPORT: &str = r#"(instance $i) (export "inferno:plugin/pass@0.1.0" (instance $i))"#;

#[test]
fn another_world() {
    insta::assert_snapshot!(refusal(component("(component)")), @"the component does not export `inferno:plugin/pass@0.1.0`, which a component of the kind optimization-pass has");
    insta::assert_snapshot!(refusal(component(&format!("(component {EXPORT})"))), @"the component does not fit the world `optimization-pass`: instance export `inferno:plugin/pass@0.1.0` does not have export `apply`");
    let importing =
        |name: &str| refusal(component(&format!(r#"(component (import "{name}" (instance)) {EXPORT})"#)));
    insta::assert_snapshot!(importing("wasi:cli/environment@0.2.6"), @"the component imports `wasi:cli/environment@0.2.6`; a plugin may import nothing but `inferno:plugin/graph` and `inferno:plugin/log`, so build it without WASI");
    insta::assert_snapshot!(importing("wasi:sockets/tcp@0.2.0"), @"the component imports `wasi:sockets/tcp@0.2.0`; a plugin may import nothing but `inferno:plugin/graph` and `inferno:plugin/log`, so build it without WASI");
    insta::assert_snapshot!(importing("inferno:plugin/log@0.2.0"), @"the component was built for `inferno:plugin/log@0.2.0`, and this host serves version 0.1; get a build for that, or another host");
    insta::assert_snapshot!(importing("inferno:plugin/weights@0.1.0"), @"the component imports `inferno:plugin/weights@0.1.0`; a plugin may import nothing but `inferno:plugin/graph` and `inferno:plugin/log`, so build it without WASI");
    let function = component(&format!(r#"(component (import "now" (func)) {EXPORT})"#));
    insta::assert_snapshot!(refusal(function), @"the component imports `now`; a plugin may import nothing but `inferno:plugin/graph` and `inferno:plugin/log`, so build it without WASI");
    let newer = r#"(component (instance $i) (export "inferno:plugin/pass@0.3.0" (instance $i)))"#;
    insta::assert_snapshot!(refusal(component(newer)), @"the component was built for `inferno:plugin/pass@0.3.0`, and this host serves version 0.1; get a build for that, or another host");
    let types = format!(
        r#"(component (import "inferno:plugin/log@0.1.0" (instance (export "log" (func)))) {EXPORT})"#
    );
    insta::assert_snapshot!(refusal(component(&types)), @"the component does not fit the world `optimization-pass`: component imports instance `inferno:plugin/log@0.1.0`, but a matching implementation was not found in the linker: instance export `log` has the wrong type: type mismatch with parameters: expected 2-tuple, found 0-tuple");
}

/// Types nested deeper than any tool writes; the validator has its own limit, and no stack to lose.
#[test]
fn deeply_nested_types() {
    let mut text = String::from("(component (type (list u8))");
    for i in 0..150 {
        text += &format!("(type (list {i}))");
    }
    text += &format!("{EXPORT})");
    insta::assert_snapshot!(refusal(component(&text)), @"the component is not valid here: failed to parse WebAssembly module: type nesting is too deep (at offset 0xf5)");
}

/// A cut or changed component is refused or runs; nothing panics and nothing hangs.
#[test]
fn no_single_byte_breaks_the_host() {
    let valid = wrap(
        r#"(module (memory (export "memory") 1)
             (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8))
             (func (export "inferno:plugin/pass@0.1.0#apply")
               (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 0)))"#,
    );
    let host = host(quick());
    for at in (0..valid.len()).step_by(valid.len().div_ceil(120)) {
        let mut bytes = valid.clone();
        bytes[at] ^= 0x55;
        let _ = crate::guest::run(&host, bytes);
        assert!(load(&host, valid[..at].to_vec()).is_err(), "cut at {at}");
    }
}

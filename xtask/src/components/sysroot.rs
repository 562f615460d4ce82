//! A private sysroot: Debian's compiler with a standard library for WebAssembly, built once and kept.
//!
//! Owns a folder in the user's cache, named after the compiler. Building the standard library takes a flag that
//! only unstable compilers have by right; it stays in here, and components are compiled without it.

use std::{
    env, fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use super::{
    TARGET,
    build::{cargo_home_renamed, encoded, renamed},
    debian,
};
use crate::workspace::{cargo, output, run, say};

/// The compiler of the sysroot, which is built where it is missing.
///
/// # Errors
/// When the standard library does not build, or the cache cannot be written.
pub(super) fn ensure() -> Result<PathBuf> {
    let version = output(Command::new(debian::RUSTC).arg("-V"))?;
    let key: Vec<_> = version.split(|c: char| !c.is_ascii_alphanumeric() && c != '.').collect();
    let key: Vec<_> = key.into_iter().filter(|word| !word.is_empty()).take(3).collect();
    let cache = cache_folder()?;
    let folder = cache.join(format!("wasm-sysroot-{}", key.join("-")));
    let rustc = folder.join("bin/rustc");
    if rustc.exists() {
        return Ok(rustc);
    }
    fs::create_dir_all(&cache).with_context(|| cache.display().to_string())?;
    // Whoever comes second waits here, and then finds the work done.
    let lock = fs::File::create(cache.join("wasm-sysroot.lock")).context("the lock could not be made")?;
    lock.lock().context("the lock could not be taken")?;
    if !rustc.exists() {
        say(&format!("components need a standard library for {TARGET}: building it once, about a minute"));
        let work = cache.join("wasm-sysroot.building");
        remove(&work)?;
        assemble(&work, &folder)?;
        fs::rename(work.join("sysroot"), &folder).with_context(|| folder.display().to_string())?;
        remove(&work)?;
    }
    Ok(rustc)
}

/// Removes a folder, which may be what an interrupted build left.
fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| folder.display().to_string())
    } else {
        Ok(())
    }
}

/// `$XDG_CACHE_HOME/inferno`, or the same under `~/.cache`.
fn cache_folder() -> Result<PathBuf> {
    let of = |variable| env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = of("XDG_CACHE_HOME").or_else(|| of("HOME").map(|home| home.join(".cache")));
    Ok(cache
        .context("neither XDG_CACHE_HOME nor HOME says where the compiler may be kept: set one")?
        .join("inferno"))
}

/// Lays out in `work/sysroot` what will stand in `folder`.
fn assemble(work: &Path, folder: &Path) -> Result<()> {
    let libraries = build_std(work)?;
    let host = output(Command::new(debian::RUSTC).args(["--print", "host-tuple"]))?;
    let own = PathBuf::from(output(Command::new(debian::RUSTC).args(["--print", "sysroot"]))?.trim());
    let rustlib = Path::new("lib/rustlib");
    let sysroot = work.join("sysroot");

    let target = sysroot.join(rustlib).join(TARGET).join("lib");
    fs::create_dir_all(&target)?;
    for library in libraries {
        fs::copy(&library, target.join(library.file_name().context("a library has a name")?))?;
    }
    let native = sysroot.join(rustlib).join(host.trim());
    fs::create_dir_all(native.join("bin"))?;
    symlink(own.join(rustlib).join(host.trim()).join("lib"), native.join("lib"))?;
    symlink(debian::LINKER, native.join("bin/rust-lld"))?;

    let rustc = sysroot.join("bin/rustc");
    fs::create_dir_all(sysroot.join("bin"))?;
    fs::write(
        &rustc,
        format!("#!/bin/sh\nexec {} --sysroot '{}' \"$@\"\n", debian::RUSTC, folder.display()),
    )?;
    fs::set_permissions(&rustc, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

/// Builds the standard library below an empty crate, and returns its parts.
fn build_std(work: &Path) -> Result<Vec<PathBuf>> {
    let source = work.join("empty");
    fs::create_dir_all(source.join("src"))?;
    fs::write(source.join("src/lib.rs"), "#![no_std]\n")?;
    let manifest = "[package]\nname = \"empty\"\nedition = \"2024\"\n[workspace]\n";
    fs::write(source.join("Cargo.toml"), manifest)?;

    let mut flags = vec!["-Cembed-bitcode=yes".to_owned()];
    flags.extend(cargo_home_renamed());
    flags.push(renamed(Path::new(debian::SOURCES), "/rust"));
    flags.push(renamed(&fs::canonicalize(debian::SOURCES)?, "/rust"));
    let mut std = cargo();
    std.current_dir(&source)
        .args(["build", "--release", "--quiet", "--target", TARGET, "-Zbuild-std=std,panic_abort"])
        .args(["--target-dir", "target"])
        .env("RUSTC", debian::RUSTC)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_ENCODED_RUSTFLAGS", encoded(&flags)?)
        .env_remove("RUSTC_WRAPPER");
    run(&mut std)?;

    let built = source.join("target").join(TARGET).join("release/deps");
    let files = fs::read_dir(&built).with_context(|| built.display().to_string())?;
    let is_part = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.ends_with(".rlib") && !name.starts_with("libempty-")
    };
    Ok(files.flatten().map(|file| file.path()).filter(is_part).collect())
}

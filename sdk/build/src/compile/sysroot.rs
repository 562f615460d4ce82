//! A private sysroot: Debian's compiler with a standard library for WebAssembly, built once and kept.
//!
//! Owns a folder in the user's cache, named after the compiler. Building the standard library takes a flag that
//! only unstable compilers have by right; it stays in here, and components are compiled without it.

use std::{
    env, fs, io,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    TARGET, debian,
    process::{cargo, output, run, say},
    repeatable::{dependencies_renamed, encoded, renamed},
};
use crate::BuildError;

/// The compiler of the sysroot, which is built where it is missing.
///
/// # Errors
/// When the standard library does not build, or the cache cannot be written.
pub(super) fn ensure() -> Result<PathBuf, BuildError> {
    let version = output(Command::new(debian::RUSTC).arg("-V"))?;
    let key: Vec<_> = version.split(|c: char| !c.is_ascii_alphanumeric() && c != '.').collect();
    let key: Vec<_> = key.into_iter().filter(|word| !word.is_empty()).take(3).collect();
    let cache = cache_folder()?;
    let folder = cache.join(format!("wasm-sysroot-{}", key.join("-")));
    let rustc = folder.join("bin/rustc");
    if rustc.exists() {
        return Ok(rustc);
    }
    fs::create_dir_all(&cache).map_err(BuildError::file("make", &cache))?;
    // Whoever comes second waits here, and then finds the work done.
    let lock = cache.join("wasm-sysroot.lock");
    let locked = fs::File::create(&lock).and_then(|file| file.lock().map(|()| file));
    let _held = locked.map_err(BuildError::file("lock", lock))?;
    if !rustc.exists() {
        say(&format!("components need a standard library for {TARGET}: building it once, about a minute"));
        let work = cache.join("wasm-sysroot.building");
        remove(&work)?;
        let libraries = build_std(&work)?;
        assemble(&work.join("sysroot"), &libraries, &folder)?;
        fs::rename(work.join("sysroot"), &folder).map_err(BuildError::file("make", &folder))?;
        remove(&work)?;
    }
    Ok(rustc)
}

/// Removes a folder, which may be what an interrupted build left.
fn remove(folder: &Path) -> Result<(), BuildError> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(BuildError::file("remove", folder)(e)),
        _ => Ok(()),
    }
}

/// `$XDG_CACHE_HOME/inferno`, or the same under `~/.cache`.
fn cache_folder() -> Result<PathBuf, BuildError> {
    let of = |variable| env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = of("XDG_CACHE_HOME").or_else(|| of("HOME").map(|home| home.join(".cache")));
    let nowhere = || io::Error::new(io::ErrorKind::NotFound, "neither XDG_CACHE_HOME nor HOME is set");
    Ok(cache.ok_or_else(nowhere).map_err(BuildError::file("find", "the cache folder"))?.join("inferno"))
}

/// Lays out in `sysroot` what will stand in `folder`.
fn assemble(sysroot: &Path, libraries: &[PathBuf], folder: &Path) -> Result<(), BuildError> {
    let host = output(Command::new(debian::RUSTC).args(["--print", "host-tuple"]))?;
    let own = output(Command::new(debian::RUSTC).args(["--print", "sysroot"]))?;
    let own = Path::new(own.trim()).join("lib/rustlib").join(host.trim()).join("lib");
    let lay_out = || -> io::Result<()> {
        let rustlib = sysroot.join("lib/rustlib");
        let target = rustlib.join(TARGET).join("lib");
        fs::create_dir_all(&target)?;
        for library in libraries {
            fs::copy(library, target.join(library.file_name().unwrap_or_default()))?;
        }
        let native = rustlib.join(host.trim());
        fs::create_dir_all(native.join("bin"))?;
        symlink(own, native.join("lib"))?;
        symlink(debian::LINKER, native.join("bin/rust-lld"))?;

        let rustc = sysroot.join("bin/rustc");
        fs::create_dir_all(sysroot.join("bin"))?;
        let script = format!("#!/bin/sh\nexec {} --sysroot '{}' \"$@\"\n", debian::RUSTC, folder.display());
        fs::write(&rustc, script)?;
        fs::set_permissions(&rustc, fs::Permissions::from_mode(0o755))
    };
    lay_out().map_err(BuildError::file("write", sysroot))
}

/// Builds the standard library below an empty crate, and returns its parts.
fn build_std(work: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let source = work.join("empty");
    let write = || -> io::Result<()> {
        fs::create_dir_all(source.join("src"))?;
        fs::write(source.join("src/lib.rs"), "#![no_std]\n")?;
        let manifest = "[package]\nname = \"empty\"\nedition = \"2024\"\n[workspace]\n";
        fs::write(source.join("Cargo.toml"), manifest)
    };
    write().map_err(BuildError::file("write", &source))?;

    let real = fs::canonicalize(debian::SOURCES).map_err(BuildError::file("read", debian::SOURCES))?;
    let mut flags = vec!["-Cembed-bitcode=yes".to_owned()];
    flags.extend(dependencies_renamed());
    flags.extend([renamed(Path::new(debian::SOURCES), "/rust"), renamed(&real, "/rust")]);
    let mut std = cargo();
    std.current_dir(&source)
        .args(["build", "--release", "--quiet", "--target", TARGET, "-Zbuild-std=std,panic_abort"])
        .args(["--target-dir", "target"])
        .env("RUSTC", debian::RUSTC)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_ENCODED_RUSTFLAGS", encoded(&flags)?)
        .env_remove("RUSTC_WRAPPER")
        .env_remove("RUSTC_WORKSPACE_WRAPPER");
    run(&mut std)?;

    let built = source.join("target").join(TARGET).join("release/deps");
    let files = fs::read_dir(&built).map_err(BuildError::file("read", &built))?;
    let is_part = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.ends_with(".rlib") && !name.starts_with("libempty-")
    };
    Ok(files.flatten().map(|file| file.path()).filter(is_part).collect())
}

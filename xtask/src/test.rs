//! `cargo xtask test`: everything that must hold, in the order in which a breach is cheapest to find.

use std::process::Command;

use anyhow::Result;

use crate::{
    arm, codegen, components, prepare, tidy, web,
    workspace::{self, say},
};

/// Runs all checks. `only` is handed to the test runner as a filter and leaves the other checks out.
pub(crate) fn test(only: &[String]) -> Result<()> {
    let all = only.is_empty();
    if all {
        say("formatting, lints and habits");
        workspace::run(workspace::cargo().args(["fmt", "--all", "--check"]))?;
        tidy::tidy()?;
    }
    prepare::everything()?;
    prepare::first_party()?;
    say("building the hostile components");
    components::build_hostile(&workspace::root())?;
    let model = prepare::demo_model()?;
    let reference = prepare::reference()?;
    let browser = web::browser()?;
    registry_client()?;
    if all {
        codegen::check()?;
        web::test()?;
    }
    say("tests");
    let mut tests = workspace::cargo();
    tests.args(["test", "--workspace", "--no-fail-fast"]).args(only);
    tests.env("INFERNO_TEST_MODEL", model).env("INFERNO_REFERENCE", reference);
    tests.env("INFERNO_TEST_HOME", workspace::home()).env("INFERNO_BINARY", workspace::binary());
    tests.env("INFERNO_COMPONENTS", components::first_party_folder(&workspace::root()));
    tests.env("INFERNO_HOSTILE_COMPONENTS", components::hostile_folder(&workspace::root()));
    tests.env(web::BROWSER_VARIABLE, browser).env("INFERNO_CHECKOUT", workspace::root());
    workspace::run(&mut tests)?;
    if all {
        say("tests of the passes, as native code");
        let mut plugins = workspace::cargo();
        plugins.args(["test", "--manifest-path", "plugins/Cargo.toml", "--target-dir"]);
        workspace::run(plugins.arg(workspace::target().join("plugins-native")))?;
        arm::test(false)?;
        say("lints");
        let mut clippy = workspace::cargo();
        workspace::run(clippy.args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ]))?;
    }
    Ok(())
}

/// One of the public clients that the registry is tried with, where the system has it; the others come with the tests.
fn registry_client() -> Result<()> {
    if Command::new("skopeo").arg("--version").output().is_ok() {
        return Ok(());
    }
    workspace::apt_install(&["skopeo"])
}

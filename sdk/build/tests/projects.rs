//! That a new project of every kind compiles as it is, passes its own tests, and becomes a component; and that the
//! same sources become the same bytes in another folder.
//!
//! The projects lie in cargo's folder for tests, so that what they depend on is compiled once.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use inferno_package::Kind;
use inferno_plugin_build::{BuildError, Project, templates};

/// The largest component of a template, in bytes.
const MAX_BYTES: u64 = 100_000;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("projects").join(name)
}

/// A new project in a folder of that name.
fn new(kind: Kind, name: &str) -> Project {
    named(kind, &format!("acme/new-{kind}"), name)
}

/// A new project that makes this component.
fn named(kind: Kind, component: &str, name: &str) -> Project {
    let folder = folder(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    templates::create(kind, &component.parse().unwrap(), &folder).unwrap();
    Project::open(&folder).unwrap()
}

/// One folder for what several projects share. Their sources are new, so nothing stale is taken from it.
fn shared() -> PathBuf {
    folder("target")
}

fn check(kind: Kind, imports: &[&str]) {
    let project = new(kind, kind.as_str()).with_target(shared());
    let mut tests = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    tests.current_dir(project.folder()).args(["test", "--quiet", "--locked", "--target-dir"]).arg(shared());
    let output = tests.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("3 passed") || said.contains("2 passed"), "the template's tests ran: {said}");

    let built = project.build(&project.component_path()).unwrap();
    assert_eq!((built.kind, &built.component), (kind, &project.component_path()));
    assert_eq!(built.imports, imports);
    println!("{kind}: {} bytes, {}", built.size, built.digest);
    assert!(built.size < MAX_BYTES, "{} bytes", built.size);
    let lock = fs::read_to_string(project.folder().join("Cargo.lock")).unwrap();
    let locked_before = lock.contains(&format!("name = \"acme-new-{kind}\""));
    assert!(locked_before, "{lock}");
}

#[test]
fn a_new_project_of_every_kind_works() {
    check(Kind::OptimizationPass, &["inferno:plugin/graph@0.1.0", "inferno:plugin/log@0.1.0"]);
    check(
        Kind::Widget,
        &["inferno:plugin/log@0.2.0", "inferno:plugin/metrics@0.2.0", "inferno:plugin/view@0.2.0"],
    );
    check(Kind::Analyzer, &["inferno:plugin/log@0.2.0", "inferno:plugin/metrics@0.2.0"]);
}

#[test]
fn another_folder_gives_the_same_bytes() {
    // By a name of its own, so that what it becomes in the shared folder is no other project's.
    let digest = |name, target| {
        let project = named(Kind::Widget, "acme/alike", name).with_target(target);
        project.build(&folder(name).join("component.wasm")).unwrap().digest
    };
    assert_eq!(digest("here", shared()), digest("there/with a space", folder("there/target")));
}

#[test]
fn a_component_of_another_kind_than_its_manifest_says_is_refused() {
    let project = new(Kind::Analyzer, "mistaken").with_target(shared());
    let manifest = fs::read_to_string(project.manifest_path()).unwrap();
    fs::write(project.manifest_path(), manifest.replace("\"analyzer\"", "\"widget\"")).unwrap();
    let project = Project::open(project.folder()).unwrap().with_target(shared());
    let refused = project.build(&project.component_path()).unwrap_err();
    assert!(matches!(refused, BuildError::Kind { .. }), "{refused}");
    assert_eq!(
        refused.to_string(),
        "inferno.toml says that this is of kind `widget`, and the component exports \
         inferno:plugin/analysis@0.2.0; either change `kind`, or implement the trait of that kind"
    );
    assert!(!project.component_path().exists(), "nothing is left that could be taken for a component");
}

#[test]
fn a_folder_that_is_no_project_says_what_is_missing() {
    let project = new(Kind::Widget, "incomplete");
    let opened = || Project::open(project.folder()).unwrap_err().to_string();
    let shown = project.folder().display().to_string();
    let cargo = fs::read_to_string(project.folder().join("Cargo.toml")).unwrap();
    fs::write(project.folder().join("Cargo.toml"), cargo.replace("[profile.plugin]", "[profile.other]"))
        .unwrap();
    assert!(
        opened().starts_with(&format!("{shown}/Cargo.toml does not say how a component is compiled; add"))
    );
    fs::remove_file(project.manifest_path()).unwrap();
    assert_eq!(
        opened(),
        format!(
            "{shown} has no inferno.toml, so it is no plugin's folder; change to one, or make one with \
             `inferno plugin new --kind widget PUBLISHER/NAME`"
        )
    );
}

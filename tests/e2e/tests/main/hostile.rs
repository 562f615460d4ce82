//! Components that must be refused, each for its own reason, while the server stays up and says what it said before.
//!
//! One server is started with all of them installed at once; every test looks at its own line of the report. Widgets
//! and analyzers, which are called while the server runs, are in `beside`.

mod beside;

use std::{fs, path::Path, sync::OnceLock};

use inferno_e2e::{
    installation::{Installation, manifest},
    prepared,
    server::Server,
};
use serde_json::{Value, json};

struct Fixture {
    server: Server,
    report: Value,
    _installation: Installation,
}

fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let installation = Installation::new().unwrap();
        // Widgets and analyzers see what they ask for, so that it is not for want of it that they break.
        fs::write(installation.path().join("config.toml"), "[passes]\ngrants = [\"metrics\"]\n").unwrap();
        for entry in fs::read_dir(prepared("INFERNO_HOSTILE_COMPONENTS")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "wasm") {
                install(&installation, &path, &path.with_extension("toml"));
            }
        }
        for good in ["throughput", "kv-pressure"] {
            let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins").join(good);
            let component = prepared("INFERNO_COMPONENTS").join(good).with_extension("wasm");
            install(&installation, &component, &sources.join("inferno.toml"));
        }
        spoil(&installation);
        let server = Server::start(installation.path(), &["--name", "m"]).unwrap();
        let (status, report) = server.get("/api/models/m/optimization").unwrap();
        assert_eq!(status, 200, "{report}");
        Fixture { server, report, _installation: installation }
    })
}

/// Installs a component under its own manifest, but for the publisher.
fn install(installation: &Installation, component: &Path, manifest: &Path) {
    let manifest = fs::read_to_string(manifest).unwrap();
    let manifest = manifest.replace("\"hostile/", "\"test/").replace("\"inferno/", "\"test/");
    installation.install_as(component.file_stem().unwrap().to_str().unwrap(), component, &manifest).unwrap();
}

/// Installs a good pass and spoils it in every way that its signature must show.
fn spoil(installation: &Installation) {
    let good = prepared("INFERNO_COMPONENTS").join("fuse-qkv.wasm");
    let other = prepared("INFERNO_COMPONENTS").join("fuse-gate-up.wasm");
    for folder in ["flipped-byte", "no-bundle", "other-bundle", "other-name", "other-version", "unknown-key"]
    {
        installation.install(folder, &good).unwrap();
    }
    let component = |folder: &str| installation.plugin(folder).join("component.wasm");
    let bundle = |folder: &str| installation.plugin(folder).join("component.wasm.sigstore.json");
    let rewrite = |folder: &str, name: &str, version: &str| {
        fs::write(installation.plugin(folder).join("inferno.toml"), manifest(name, version)).unwrap();
    };

    let mut bytes = fs::read(&good).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(component("flipped-byte"), bytes).unwrap();

    fs::remove_file(bundle("no-bundle")).unwrap();

    // The bundle of other bytes, signed under this very name and version.
    fs::copy(&other, component("other-bundle")).unwrap();
    installation.sign("other-bundle").unwrap();
    fs::copy(&good, component("other-bundle")).unwrap();

    rewrite("other-name", "test/another", "0.1.0");
    rewrite("other-version", "test/other-version", "0.2.0");

    let stranger = Installation::new().unwrap();
    stranger.install("unknown-key", &good).unwrap();
    fs::copy(stranger.plugin("unknown-key").join("component.wasm.sigstore.json"), bundle("unknown-key"))
        .unwrap();
}

/// The answer to a fixed question.
fn answer(server: &Server) -> String {
    let body =
        json!({ "model": "m", "prompt": "The capital of France is", "max_tokens": 24, "temperature": 0 });
    let (status, answer) = server.post("/v1/completions", &body).unwrap();
    assert_eq!(status, 200, "{answer}");
    answer["choices"][0]["text"].as_str().unwrap().to_owned()
}

/// What a server without any component answers.
fn untouched() -> &'static str {
    static ANSWER: OnceLock<String> = OnceLock::new();
    ANSWER.get_or_init(|| {
        let installation = Installation::new().unwrap();
        answer(&Server::start(installation.path(), &["--name", "m"]).unwrap())
    })
}

/// Expects the component in `folder` to be refused for a reason that says all of `says`, and the server to be as if
/// it had never been there.
fn check(folder: &str, says: &[&str]) {
    let fixture = fixture();
    let refused_at_load = fixture.report["refusedComponents"].as_array().unwrap().iter();
    let refused_as_pass = fixture.report["passes"].as_array().unwrap().iter();
    let reason = refused_at_load
        .filter(|c| c["folder"] == folder)
        .chain(refused_as_pass.filter(|p| p["name"] == format!("test/{folder}") && p["verdict"] == "refused"))
        .map(|entry| entry["reason"].as_str().unwrap().to_owned())
        .next()
        .unwrap_or_else(|| panic!("{folder} was not refused: {:#}", fixture.report));
    println!("{folder}: {reason}");
    for part in says {
        assert!(reason.contains(part), "{folder}: {reason:?} does not say {part:?}");
    }
    assert_eq!(fixture.server.get("/ready").unwrap().0, 200);
    assert_eq!(answer(&fixture.server), untouched());
}

macro_rules! refused {
    ($($test:ident: $folder:literal says $($part:literal),+;)*) => {
        $(#[test]
        fn $test() {
            check($folder, &[$($part),+]);
        })*
    };
}

refused! {
    a_flipped_byte: "flipped-byte" says "sha256:";
    no_bundle: "no-bundle" says "bundle";
    a_bundle_of_another_component: "other-bundle" says "sha256:";
    another_name: "other-name" says "test/another", "test/other-name";
    another_version: "other-version" says "0.2.0", "0.1.0";
    an_unknown_key: "unknown-key" says "key";
    a_wasi_import: "wasi-import" says "wasi:";
    an_endless_loop: "endless-loop" says "an endless loop";
    four_gibibytes_of_memory: "memory-hog" says "memory";
    a_trap: "trap" says "trap";
    a_deep_recursion: "deep-recursion" says "recursion";
    a_huge_patch: "huge-patch" says "16 MiB";
    a_patch_that_makes_a_cycle: "makes-cycle" says "cycle";
    a_patch_that_changes_a_shape: "changes-shape" says "f32[";
    a_patch_that_names_what_is_not_there: "bad-ids" says "names node";
    a_patch_that_drops_a_node_that_matters: "drops-node" says "deviat";
    a_patch_that_swaps_gate_and_up: "swaps-gate-up" says "deviat";
    a_patch_that_scales_the_output: "scales-output" says "deviat";
    a_patch_that_narrows_attention: "narrows-window" says "deviat";
    a_patch_that_makes_the_model_slower: "slow-pass" says "slower";
    a_pass_that_declines: "declines" says "declines";
}

#[test]
fn a_flood_of_log_lines_is_cut_off() {
    let fixture = fixture();
    let entry = fixture.report["passes"].as_array().unwrap().iter().find(|p| p["name"] == "test/log-flood");
    println!("log-flood: {}", entry.unwrap_or_else(|| panic!("{:#}", fixture.report)));
    assert_eq!(answer(&fixture.server), untouched());
}

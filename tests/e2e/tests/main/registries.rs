//! Public OCI clients, unmodified, against a registry that runs alone: `oras`, `skopeo`, and `wkg` where it is named.
//!
//! `wkg` is not packaged for the systems that these tests run on. Where the variable `INFERNO_WKG` names the program, it
//! is tried as well.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::LazyLock,
};

use anyhow::Result;
use inferno_e2e::{
    installation::{Installation, manifest},
    prepared, tools,
};
use inferno_types::Digest;
use serde_json::Value;

const WRONG: &str = "inferno_this-is-no-token";
/// What the registry says to it.
const REFUSED: &str = "this token is unknown or revoked";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// A registry that runs alone, with the publisher `acme`, whose key is the installation's. Stopped when dropped.
struct Registry {
    installation: Installation,
    token: String,
    child: Child,
    /// Its host and port, as OCI names begin with.
    host: String,
}

impl Registry {
    fn start() -> Self {
        let installation = Installation::new().unwrap();
        let (key, file) =
            (installation.path().join("keys/development.pub.pem"), installation.path().join("token"));
        let words = ["registry", "publisher", "add", "acme", "--key"];
        let paths = [&key.display().to_string(), "--token-file", &file.display().to_string()];
        installation.inferno(&[&words[..], &paths[..]].concat()).unwrap();
        let token = fs::read_to_string(file).unwrap().trim().to_owned();

        let mut serve = Command::new(prepared("INFERNO_BINARY"));
        serve.args(["registry", "serve", "--port", "0"]).env("INFERNO_HOME", installation.path());
        let child = serve.stdout(Stdio::piped()).spawn().unwrap();
        let mut registry = Self { installation, token, child, host: String::new() };
        let stdout = registry.child.stdout.take().unwrap();
        let line = BufReader::new(stdout).lines().map_while(Result::ok).find(|line| line.contains("http://"));
        let line = line.expect("the registry stopped before it listened");
        let (_, address) = line.split_once("http://").unwrap();
        registry.host = address.split_whitespace().next().unwrap().to_owned();
        registry
    }

    /// A path in a folder of this test's own.
    fn path(&self, below: &str) -> PathBuf {
        self.installation.path().join(below)
    }

    fn get(&self, path: &str) -> Value {
        ureq::get(format!("http://{}{path}", self.host)).call().unwrap().body_mut().read_json().unwrap()
    }

    /// The names of the packages that the catalog shows.
    fn catalog(&self) -> Vec<String> {
        let page = self.get("/api/registry/packages");
        let packages = page["packages"].as_array().unwrap();
        packages.iter().map(|package| package["name"].as_str().unwrap().to_owned()).collect()
    }

    fn oras(&self, command: &str, arguments: &[&str]) -> Result<String> {
        // Once, whichever test comes first.
        static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| tools::python("oras", &["oras==0.2.*"]).unwrap());
        let mut oras = Command::new(&*PYTHON);
        oras.arg(tools::client("oras_client.py")).args([command, &self.host]).args(arguments);
        // What somebody is logged in to on this machine is no part of the test.
        tools::run(oras.env("DOCKER_CONFIG", self.path("no-logins")))
    }

    /// Pulls by `oras` and gives the one file.
    fn pulled_by_oras(&self, target: &str) -> Vec<u8> {
        let into = self.path(&format!("oras/{}", target.replace(['/', ':'], "-")));
        fs::create_dir_all(&into).unwrap();
        let file = self.oras("pull", &[target, &into.display().to_string()]).unwrap();
        fs::read(file.trim()).unwrap()
    }

    /// `docker://…`, as `skopeo` names what is here.
    fn image(&self, target: &str) -> String {
        format!("docker://{}/{target}", self.host)
    }

    /// The manifest of something, as it is.
    fn raw(&self, target: &str) -> String {
        skopeo(&["inspect", "--raw", "--tls-verify=false", &self.image(target)]).unwrap()
    }

    /// Copies to an OCI layout by `skopeo` and gives the one layer.
    fn copied_by_skopeo(&self, target: &str, layout: &Path) -> Vec<u8> {
        let into = format!("oci:{}:copied", layout.display());
        skopeo(&["copy", "--src-tls-verify=false", &self.image(target), &into]).unwrap();
        let manifest: Value = serde_json::from_str(&self.raw(target)).unwrap();
        let layers = manifest["layers"].as_array().unwrap();
        assert_eq!(layers.len(), 1, "{manifest}");
        let digest = layers[0]["digest"].as_str().unwrap();
        fs::read(layout.join("blobs").join(digest.replace(':', "/"))).unwrap()
    }

    fn tags_by_skopeo(&self, name: &str) -> Value {
        let listed = skopeo(&["list-tags", "--tls-verify=false", &self.image(name)]).unwrap();
        serde_json::from_str::<Value>(&listed).unwrap()["Tags"].take()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn skopeo(arguments: &[&str]) -> Result<String> {
    tools::run(Command::new("skopeo").args(arguments))
}

fn component() -> PathBuf {
    prepared("INFERNO_COMPONENTS").join("fuse-qkv.wasm")
}

#[track_caller]
fn refused(outcome: Result<String>, because: &str) {
    let error = outcome.expect_err("it went through");
    assert!(format!("{error:#}").contains(because), "{error:#}");
}

#[test]
fn oras_and_skopeo_push_and_pull_what_nobody_signed() {
    let registry = Registry::start();
    let (component, name) = (component(), "acme/throughput");
    let (bytes, file) = (fs::read(&component).unwrap(), component.display().to_string());
    let first = format!("{name}:1.0.0");

    refused(registry.oras("push", &[WRONG, &first, &file]), REFUSED);
    registry.oras("push", &[&registry.token, &first, &file]).unwrap();
    assert!(registry.pulled_by_oras(&first) == bytes, "oras pulled other bytes than it pushed");
    assert_eq!(registry.oras("tags", &[name]).unwrap().trim(), "1.0.0");
    assert_eq!(registry.tags_by_skopeo(name), serde_json::json!(["1.0.0"]));

    let layout = registry.path("layout");
    assert!(
        registry.copied_by_skopeo(&first, &layout) == bytes,
        "skopeo copied other bytes than oras pushed"
    );
    let (from, second) = (format!("oci:{}:copied", layout.display()), "acme/latency:1.0.0");
    let push = |credentials: &[&str]| {
        let target = registry.image(second);
        skopeo(&[&["copy", "--dest-tls-verify=false"], credentials, &[&from, &target]].concat())
    };
    let credentials = |token: &str| format!("publisher:{token}");
    refused(push(&["--dest-creds", &credentials(WRONG)]), REFUSED);
    push(&["--dest-creds", &credentials(&registry.token)]).unwrap();
    assert_eq!(registry.raw(second), registry.raw(&first), "skopeo keeps the manifest as it was");
    assert!(registry.pulled_by_oras(second) == bytes);

    // By the door that `docker login` uses as well.
    let logins = registry.path("logins.json").display().to_string();
    let login = |token: &str| {
        let words = ["login", "--tls-verify=false", "--authfile", &logins, "-u", "publisher", "-p", token];
        skopeo(&[&words[..], &[&registry.host]].concat())
    };
    refused(login(WRONG), "invalid username/password");
    login(&registry.token).unwrap();
    push(&["--authfile", &logins]).unwrap();

    // Nobody signed it: it can be pulled by name, and the marketplace does not show it.
    assert_eq!(registry.catalog(), [""; 0]);

    if let Some(wkg) = env::var_os("INFERNO_WKG") {
        wkg_pushes_and_pulls(&wkg, &registry, &component);
        assert_eq!(registry.catalog(), [""; 0]);
    }
}

fn wkg_pushes_and_pulls(wkg: &std::ffi::OsStr, registry: &Registry, component: &Path) {
    let (target, got) = (format!("{}/acme/by-wkg:1.0.0", registry.host), registry.path("by-wkg.wasm"));
    let push = |token: &str| {
        let mut push = Command::new(wkg);
        push.args(["oci", "push", "--insecure", &registry.host, "-u", "publisher", "-p", token]);
        tools::run(push.arg(&target).arg(component))
    };
    refused(push(WRONG), REFUSED);
    push(&registry.token).unwrap();
    let mut pull = Command::new(wkg);
    pull.args(["oci", "pull", "--insecure", &registry.host, &target, "-o"]).arg(&got);
    tools::run(&mut pull).unwrap();
    assert!(fs::read(got).unwrap() == fs::read(component).unwrap(), "wkg pulled other bytes than it pushed");
}

#[test]
fn oras_and_skopeo_pull_what_was_published() {
    let registry = Registry::start();
    let (component, name) = (component(), "acme/fuse");
    let bytes = fs::read(&component).unwrap();
    registry.installation.install_as("fuse", &component, &manifest(name, "1.0.0")).unwrap();
    let folder = registry.installation.plugin("fuse");
    let (at, url) = (folder.display().to_string(), format!("http://{}", registry.host));
    let token = registry.path("token").display().to_string();
    let publish = ["plugin", "publish", &at, "--registry", &url, "--token-file", &token];
    registry.installation.inferno(&publish).unwrap();
    assert_eq!(registry.catalog(), [name]);

    let target = format!("{name}:1.0.0");
    assert!(registry.pulled_by_oras(&target) == bytes, "oras pulled other bytes than were published");
    let copied = registry.copied_by_skopeo(&target, &registry.path("layout"));
    assert!(copied == bytes, "skopeo copied other bytes than were published");
    assert_eq!(registry.oras("tags", &[name]).unwrap().trim(), "1.0.0");

    // The signature is found from the component's manifest, by the address that OCI 1.1 has for that.
    let subject = Digest::of(registry.raw(&target).as_bytes());
    let wanted = BUNDLE.replace('+', "%2B");
    let found = registry.get(&format!("/v2/{name}/referrers/{subject}?artifactType={wanted}"));
    let found = found["manifests"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["artifactType"], BUNDLE);
    let bundle = format!("{name}@{}", found[0]["digest"].as_str().unwrap());
    let signed = fs::read(folder.join("component.wasm.sigstore.json")).unwrap();
    assert!(registry.copied_by_skopeo(&bundle, &registry.path("bundle")) == signed, "another bundle");
    // And by the tag that clients of OCI 1.0 look for.
    let index: Value =
        serde_json::from_str(&registry.raw(&format!("{name}:sha256-{}", subject.hex()))).unwrap();
    assert!(index["manifests"].as_array().unwrap().contains(&found[0]), "{index}");

    if let Some(wkg) = env::var_os("INFERNO_WKG") {
        wkg_gets_by_the_packages_name(&wkg, &registry, &bytes);
    }
}

/// As `wkg` is used every day: by the package's name, with a configuration that says where `acme` is.
fn wkg_gets_by_the_packages_name(wkg: &std::ffi::OsStr, registry: &Registry, bytes: &[u8]) {
    let (config, got, host) = (registry.path("wkg.toml"), registry.path("fuse.wasm"), &registry.host);
    let text = format!(
        "[namespace_registries]\nacme = \"{host}\"\n\
         [registry.\"{host}\"]\ntype = \"oci\"\n[registry.\"{host}\".oci]\nprotocol = \"http\"\n"
    );
    fs::write(&config, text).unwrap();
    let mut get = Command::new(wkg);
    get.args(["get", "acme:fuse@1.0.0", "--config"]).arg(config);
    get.arg("--cache").arg(registry.path("wkg-cache")).arg("-o").arg(&got);
    tools::run(&mut get).unwrap();
    assert!(fs::read(got).unwrap() == bytes, "wkg got other bytes than were published");
}

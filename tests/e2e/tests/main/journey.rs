//! All four journeys in one go: written, built, tried, signed, published, found, installed somewhere else, seen on the
//! board, run in the browser with the same result, yanked, refused, removed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

#[cfg(unix)]
use inferno_e2e::tools;
use inferno_e2e::{installation::Installation, pages, prepared, server::Server};
use serde_json::Value;
use tempfile::TempDir;

const WIDGET: &str = "acme/clock";

/// A person at a terminal: an installation, a folder to work in, and a registry.
struct Person {
    installation: Installation,
    folder: TempDir,
    registry: String,
    token: Option<PathBuf>,
}

impl Person {
    fn new(registry: &str) -> Self {
        let installation = Installation::new().unwrap();
        Self {
            installation,
            folder: tempfile::tempdir().unwrap(),
            registry: registry.to_owned(),
            token: None,
        }
    }

    /// Runs a line as it would be typed, below the folder.
    fn types(&self, below: &str, line: &str) -> Result<String, String> {
        let mut command = Command::new(prepared("INFERNO_BINARY"));
        command.args(line.split_whitespace()).current_dir(self.folder.path().join(below));
        command.env("INFERNO_HOME", self.installation.path()).env("INFERNO_REGISTRY", &self.registry);
        if let Some(token) = &self.token {
            command.env("INFERNO_TOKEN", fs::read_to_string(token).unwrap().trim());
        }
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        if output.status.success() { Ok(out) } else { Err(err) }
    }

    /// The same, where it must work.
    #[track_caller]
    fn does(&self, below: &str, line: &str) -> String {
        self.types(below, line).unwrap_or_else(|error| panic!("inferno {line}: {error}"))
    }

    /// The same, where it must be refused; gives the refusal.
    #[track_caller]
    fn fails(&self, below: &str, line: &str) -> String {
        self.types(below, line).err().unwrap_or_else(|| panic!("inferno {line} went through"))
    }

    /// Signs and publishes a first-party component under the name of acme.
    fn publishes(&self, name: &str) {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        let built = prepared("INFERNO_COMPONENTS").join(name).with_extension("wasm");
        fs::copy(built, folder.join("component.wasm")).unwrap();
        let sources = prepared("INFERNO_CHECKOUT").join("plugins").join(name);
        fs::copy(sources.join("README.md"), folder.join("README.md")).unwrap();
        let manifest = fs::read_to_string(sources.join("inferno.toml")).unwrap();
        let manifest = manifest.replace("\"inferno/", "\"acme/");
        fs::write(folder.join("inferno.toml"), manifest).unwrap();
        self.does(name, "plugin sign");
        self.does(name, "plugin publish");
    }

    fn key(&self) -> PathBuf {
        self.installation.path().join("keys/development.pub.pem")
    }
}

#[test]
fn from_an_empty_folder_to_somebody_elses_board() {
    // A fresh server, with the marketplace in it; its operator lets acme publish.
    let operator = Installation::new().unwrap();
    let marketplace = Server::start(operator.path(), &["--name", "model"]).unwrap();
    let mut author = Person::new(marketplace.url());
    let token = author.folder.path().join("token");
    operator
        .inferno(&[
            "registry",
            "publisher",
            "add",
            "acme",
            "--key",
            &author.key().display().to_string(),
            "--token-file",
            &token.display().to_string(),
        ])
        .unwrap();
    author.token = Some(token);

    // Write and publish.
    author.does("", &format!("plugin new --kind widget {WIDGET}"));
    let built = author.does("clock", "plugin build");
    author.does("clock", "plugin test --no-build");
    assert!(author.does("clock", "plugin test --no-build").contains("synthetic"), "the second run compares");
    author.does("clock", "plugin sign");
    author.does("clock", "plugin publish");

    // One of each other kind, so that the pages have something to show that is not installed.
    author.publishes("batch-tuner");
    author.publishes("fuse-qkv");

    // Find and install, somewhere else.
    let mut user = Person::new(marketplace.url());
    assert!(user.does("", "plugin search clock").contains(WIDGET));
    let info: Value = serde_json::from_str(&user.does("", &format!("plugin info {WIDGET} --json"))).unwrap();
    let version = &info["versions"][0];
    let digest = version["digest"].as_str().unwrap();
    assert!(built.contains(digest), "what is offered is what was built: {digest}\n{built}");
    let signer = version["signer"].as_str().unwrap();
    let asks = user.fails("", &format!("plugin install {WIDGET}"));
    assert!(asks.contains("--trust") && asks.contains(signer), "{asks}");
    user.does("", &format!("plugin install {WIDGET} --trust {signer} --yes"));
    assert!(user.does("", "plugin list").contains(digest));

    // Watch: on the board of a server of their own, which shows the marketplace of the other.
    fs::write(
        user.installation.path().join("config.toml"),
        format!("[registry]\nurl = \"{}\"\n", marketplace.url()),
    )
    .unwrap();
    let server = Server::start(user.installation.path(), &["--name", "model"]).unwrap();
    let board = pages::step(&server, "board.mjs", &[WIDGET]).unwrap();
    println!("the board showed {board}");

    // Play: the same bytes in the browser, and the same result.
    let played = pages::step(&server, "playground.mjs", &[WIDGET, digest]).unwrap();
    println!("the playground took {played}");

    // Every page in every theme, with something on it.
    pages::all(&server).unwrap();
    let reports = server.metric("inferno_csp_reports_total").unwrap();
    assert!(reports < 0.5, "browsers reported {reports} breaches of the pages' policy");

    // Yank, refuse, remove.
    author.does("clock", &format!("plugin yank {WIDGET} 0.1.0 --reason outdated"));
    let late = Person::new(marketplace.url());
    let refused = late.fails("", &format!("plugin install {WIDGET} --trust {signer} --yes"));
    assert!(refused.contains("yanked") && refused.contains("outdated"), "{refused}");
    assert!(!late.installation.path().join("inferno.lock").exists(), "nothing is left behind");
    assert!(user.does("", "plugin list").contains("YANKED"));
    user.does("", &format!("plugin remove {WIDGET}"));
    assert!(!user.does("", "plugin list").contains(WIDGET));
    assert!(no_folder_left(user.installation.path()));
    user.token = None;
}

/// Whether no component is left in an installation.
fn no_folder_left(home: &Path) -> bool {
    fs::read_dir(home.join("plugins")).map_or(true, |mut folders| folders.next().is_none())
}

#[test]
#[cfg(unix)]
fn every_command_of_the_tutorial_works() {
    let tutorial = prepared("INFERNO_CHECKOUT").join("docs/tutorial.md");
    let text = fs::read_to_string(tutorial).unwrap();
    let script: String = blocks(&text).collect::<Vec<_>>().join("\n");
    let operator = Installation::new().unwrap();
    let server = Server::start(operator.path(), &["--name", "model"]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let binary = prepared("INFERNO_BINARY");
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-eu", "-c", &script]).current_dir(folder.path()).env("PATH", path);
    shell.env("INFERNO_HOME", operator.path()).env("INFERNO_REGISTRY", server.url());
    println!("{}", tools::run(&mut shell).unwrap());
}

/// What stands in the ```sh blocks of a text.
#[cfg(unix)]
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next())
}

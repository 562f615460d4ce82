//! The commands, as a process.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
};

use inferno_trust::SigningKey;
use serde_json::Value;
use tempfile::TempDir;

use crate::market::{Made, Market, plain};

/// A user: a data folder, a folder to work in, a registry, perhaps a token.
struct User<'a> {
    market: &'a Market,
    home: TempDir,
    work: TempDir,
    token: Option<String>,
}

/// A server that ends with its test, however that ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a command printed, and whether it succeeded.
struct Said {
    ok: bool,
    out: String,
    err: String,
}

impl<'a> User<'a> {
    fn of(market: &'a Market, token: Option<&str>) -> Self {
        let folder = || tempfile::tempdir().expect("a folder");
        Self { market, home: folder(), work: folder(), token: token.map(str::to_owned) }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inferno"));
        command.args(arguments).current_dir(self.work.path()).stdin(Stdio::null());
        command.env("INFERNO_HOME", self.home.path()).env("INFERNO_REGISTRY", self.market.url.to_string());
        match &self.token {
            Some(token) => command.env("INFERNO_TOKEN", token),
            None => command.env_remove("INFERNO_TOKEN"),
        };
        command
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let output = self.command(arguments).output().expect("the binary starts");
        let text = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let text = text.replace(&self.home.path().display().to_string(), "HOME");
            text.replace(&self.work.path().display().to_string(), "WORK")
        };
        Said { ok: output.status.success(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// What a command that succeeds prints.
    #[track_caller]
    fn out(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert!(said.ok, "inferno {}: {}", arguments.join(" "), said.err);
        plain(&said.out)
    }

    /// What a command that fails says on standard error.
    #[track_caller]
    fn err(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert!(!said.ok, "inferno {}: {}", arguments.join(" "), said.out);
        plain(said.err.trim_end())
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.work.path().join(name), bytes).expect("written");
    }
}

/// A working folder with a component of `acme/clock` and its manifest, as `inferno plugin build` leaves them.
fn built<'a>(market: &'a Market, token: Option<&str>, version: &str) -> User<'a> {
    let user = User::of(market, token);
    let made = Made::new("acme/clock", version, &["log", "inferno_requests_running"]);
    user.write("component.wasm", &made.component);
    user.write("inferno.toml", &made.text);
    user.write("README.md", "# Clock\n\u{1b}[31mred\n");
    user
}

#[test]
fn from_signing_to_removing() {
    let market = Market::open();
    let author = built(&market, None, "0.1.0");
    author.out(&["key", "generate", "-o", "acme.pem"]);
    let key = market_publisher(&market, author.work.path());
    insta::assert_snapshot!(author.err(&["plugin", "publish"]), @r#"error: component.wasm is not signed; `inferno plugin sign` writes component.wasm.sigstore.json"#);
    insta::assert_snapshot!(author.out(&["plugin", "sign", "--key", "acme.pem"]), @r#"
    signed acme/clock 0.1.0 with key HEX12
    bundle: component.wasm.sigstore.json
    signer: HEX (announce it where those who install your plugin can find it)

    next: inferno plugin publish
    "#);
    insta::assert_snapshot!(author.err(&["plugin", "publish"]), @r#"error: http://127.0.0.1:PORT wants a token for that: put it into INFERNO_TOKEN or name its file with `--token-file`; the registry's operator makes one with `inferno registry token new PUBLISHER`"#);
    let author = User { token: Some(key.token.clone()), ..author };
    insta::assert_snapshot!(author.out(&["plugin", "publish"]), @r#"
    published acme/clock 0.1.0 in http://127.0.0.1:PORT
      digest    sha256:HEX
      manifest  sha256:HEX

    next: inferno plugin info acme/clock, or the page Marketplace of a server; others install it with inferno plugin install acme/clock
    "#);

    let user = User::of(&market, None);
    insta::assert_snapshot!(user.out(&["plugin", "search"]), @r#"
    acme/clock  0.1.0  widget
        For a test.

    next: inferno plugin info acme/clock
    "#);
    insta::assert_snapshot!(user.out(&["plugin", "search", "nothing", "like", "it"]), @r#"http://127.0.0.1:PORT has nothing like that"#);
    insta::assert_snapshot!(hide_dates(&user.out(&["plugin", "info", "acme/clock", "--readme"])), @r#"
    acme/clock  widget
      For a test.
      license    Apache-2.0
      key        HEX
      readme     yes; see it with --readme

    0.1.0  7.9 kB, DAY
      digest     sha256:HEX
      signer     HEX
      asks for   log, metric:inferno_requests_running

    next: inferno plugin install acme/clock

    # Clock
    [31mred
    "#);
    insta::assert_snapshot!(user.err(&["plugin", "install", "acme/clock"]), @r#"error: acme/clock is signed with the key HEX, which is not trusted here yet. Compare it with the identifier that the publisher announces elsewhere; if it is theirs, say `--trust HEX`"#);
    insta::assert_snapshot!(user.err(&["plugin", "install", "acme/clock", "--trust", &key.id]), @r#"error: acme/clock asks for more than you granted: log, metric:inferno_requests_running. Grant it with `--grant log --grant metric:inferno_requests_running`, or all of it with `--yes`; to install it without, say `--deny-rest`"#);
    let install =
        ["plugin", "install", "acme/clock", "--trust", &key.id, "--grant", "log", "--grant", "metrics"];
    insta::assert_snapshot!(user.out(&install), @r#"
    acme/clock 0.1.0  widget, 7.9 kB, Apache-2.0
      For a test.
      digest     sha256:HEX
      signer     HEX (not trusted here yet)
      asks for   log, metric:inferno_requests_running
      from       http://127.0.0.1:PORT
    installed acme/clock 0.1.0; verified before it was put in place
      granted    log, metric:inferno_requests_running

    next: inferno serve; a running server has it already
    "#);
    assert!(
        user.out(&["plugin", "install", "acme/clock", "--yes"])
            .ends_with("acme/clock 0.1.0 is installed already\n")
    );
    insta::assert_snapshot!(user.out(&["plugin", "list"]), @r#"
    acme/clock 0.1.0  widget
      digest   sha256:HEX
      signer   acme (key HEX)
      grants   log, metric:inferno_requests_running
      from     http://127.0.0.1:PORT
      state    the newest version
    "#);
    insta::assert_snapshot!(user.out(&["plugin", "update"]), @r#"acme/clock is up to date"#);

    let yank = ["plugin", "yank", "acme/clock", "0.1.0", "--reason", "shows the wrong hour"];
    insta::assert_snapshot!(author.out(&yank), @r#"acme/clock 0.1.0 is yanked: nobody can install it any more, and those who have it are told"#);
    let state = user.out(&["plugin", "list"]).lines().last().expect("a line").to_owned();
    insta::assert_snapshot!(state, @r#"  state    YANKED by its publisher: shows the wrong hour. It goes on running until you update or remove it"#);
    insta::assert_snapshot!(User::of(&market, None).err(&["plugin", "install", "acme/clock"]), @r#"error: every version of acme/clock was yanked by its publisher, the newest, 0.1.0, because: shows the wrong hour"#);
    insta::assert_snapshot!(user.out(&["plugin", "remove", "acme/clock"]), @r#"removed acme/clock 0.1.0"#);
    insta::assert_snapshot!(user.out(&["plugin", "list"]), @r#"nothing is installed; `inferno plugin search` shows what there is"#);
    insta::assert_snapshot!(author.out(&["plugin", "yank", "acme/clock", "0.1.0", "--undo"]), @r#"acme/clock 0.1.0 can be installed again"#);
}

/// What the tests of a publisher need to know.
struct Known {
    id: String,
    token: String,
}

/// Makes `acme` a publisher with the key in the folder, by the command that a registry's operator uses.
fn market_publisher(market: &Market, folder: &Path) -> Known {
    let key = SigningKey::load(&folder.join("acme.pem")).expect("it was just made").public_key();
    let added = market.administration.add_publisher("acme", &key);
    let token = market.runtime.block_on(added).expect("a new publisher").reveal().to_owned();
    Known { id: key.id().to_string(), token }
}

#[test]
fn json_for_programs() {
    let market = Market::open();
    let acme = market.publisher("acme");
    acme.publish("clock", "0.1.0", &["log"]);
    let user = User::of(&market, None);
    let json = |arguments: &[&str]| -> Value {
        let said = user.run(arguments);
        assert!(said.ok, "{}", said.err);
        serde_json::from_str(&said.out).expect("JSON and nothing else")
    };
    assert_eq!(json(&["plugin", "search", "--json"])["packages"][0]["name"], "acme/clock");
    let info = json(&["plugin", "info", "acme/clock", "--json"]);
    assert_eq!(info["versions"][0]["requests"][0], "log");
    let key = info["publisher"]["keys"][0]["id"].as_str().expect("a key").to_owned();
    assert!(user.run(&["plugin", "install", "acme/clock", "--yes", "--trust", &key]).ok);
    let list = json(&["plugin", "list", "--json"]);
    assert_eq!(list["plugins"][0]["digest"], info["versions"][0]["digest"]);
    assert_eq!(list["plugins"][0]["key"], key);
    assert_eq!(list["plugins"][0]["state"]["tag"], "newest");
    assert_eq!(json(&["plugin", "list", "--json", "--offline"])["plugins"][0]["state"]["tag"], "not-asked");
    // A registry that is gone is no reason not to say what is installed.
    let mut gone = user.command(&["plugin", "list", "--json"]);
    let lock = user.home.path().join("inferno.lock");
    let text = std::fs::read_to_string(&lock).expect("a lock file");
    std::fs::write(&lock, text.replace(&market.url.to_string(), "http://127.0.0.1:1")).expect("written");
    let output = gone.output().expect("the binary starts");
    let list: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(list["plugins"][0]["state"]["tag"], "unknown");
    acme.yank("clock", "0.1.0", "no");
    std::fs::write(&lock, text).expect("written");
    assert_eq!(json(&["plugin", "list", "--json"])["plugins"][0]["state"]["val"]["reason"], "no");
}

#[test]
fn an_update_stops_where_somebody_must_decide() {
    let market = Market::open();
    let mut acme = market.publisher("acme");
    acme.publish("clock", "0.1.0", &["log"]);
    let user = User::of(&market, None);
    let key = acme.key.public_key().id().to_string();
    user.out(&["plugin", "install", "acme/clock", "--yes", "--trust", &key]);
    acme.publish("clock", "0.2.0", &["log"]);
    insta::assert_snapshot!(user.out(&["plugin", "update"]), @r#"
    acme/clock 0.2.0  widget, 7.9 kB, Apache-2.0
      For a test.
      installed  0.1.0
      digest     sha256:HEX
      signer     HEX (trusted)
      asks for   log
      from       http://127.0.0.1:PORT
    installed acme/clock 0.2.0; verified before it was put in place
      granted    log

    next: inferno serve; a running server has it already
    "#);
    acme.publish("clock", "0.3.0", &["log", "inferno_requests_running"]);
    insta::assert_snapshot!(user.err(&["plugin", "update"]), @r#"
    error: acme/clock asks for more than you granted: metric:inferno_requests_running. Grant it with `--grant metric:inferno_requests_running`, or all of it with `--yes`; to install it without, say `--deny-rest`
    error: 1 of 1 packages are not updated; they are as they were
    "#);
    market.change_key(&mut acme);
    acme.publish("clock", "0.4.0", &["log"]);
    insta::assert_snapshot!(user.err(&["plugin", "update", "acme/clock"]), @r#"
    error: the signer of acme/clock changed: the installed 0.2.0 is signed with the key HEX, this one with HEX. Ask the publisher whether that is right; if it is, say `--trust HEX`
    error: 1 of 1 packages are not updated; they are as they were
    "#);
    let key = acme.key.public_key().id().to_string();
    assert!(user.out(&["plugin", "update", "--trust", &key]).contains("installed acme/clock 0.4.0"));
}

#[test]
fn what_is_wrong_is_said_before_anything_is_published() {
    let market = Market::open();
    let user = built(&market, None, "0.1.0");
    user.out(&["key", "generate", "-o", "acme.pem"]);
    user.out(&["key", "generate", "-o", "other.pem"]);
    insta::assert_snapshot!(user.err(&["plugin", "sign"]), @r#"error: there is no key at HOME/keys/development.pem; make one with `inferno key generate`"#);
    user.out(&["plugin", "sign", "--key", "acme.pem"]);
    insta::assert_snapshot!(user.err(&["plugin", "publish"]), @r#"error: http://127.0.0.1:PORT has no publisher acme; who runs it adds you with `inferno registry publisher add acme --key YOUR.pub.pem`"#);
    let known = market_publisher(&market, user.work.path());
    let user = User { token: Some(known.token), ..user };
    user.out(&["plugin", "sign", "--key", "other.pem"]);
    insta::assert_snapshot!(user.err(&["plugin", "publish"]), @r#"error: it is signed with the key HEX, which acme does not have in http://127.0.0.1:PORT; sign with an enrolled key, or have this one enrolled with `inferno registry key add acme --key YOUR.pub.pem`"#);
    user.out(&["plugin", "sign", "--key", "acme.pem"]);
    let (good, other) = (Made::new("acme/clock", "0.1.0", &[]), Made::new("acme/clock", "0.2.0", &[]));
    user.write("component.wasm", other.component);
    insta::assert_snapshot!(user.err(&["plugin", "publish"]), @r#"error: the signature is not of this component and manifest; sign it again with `inferno plugin sign`: the component has the digest sha256:HEX, but acme (key HEX12) signed sha256:HEX; the file was altered or damaged, so fetch it again"#);
    user.write("component.wasm", good.component);
    user.write("inferno.toml", good.text);
    insta::assert_snapshot!(user.err(&["plugin", "publish"]), @r#"error: inferno.toml was changed after signing; sign it again with `inferno plugin sign`"#);
    user.write("component.wasm", "no component");
    user.out(&["plugin", "sign", "--key", "acme.pem"]);
    insta::assert_snapshot!(user.err(&["plugin", "publish"]), @r#"error: component.wasm would not run anywhere: this is something that is not WebAssembly, not a WebAssembly component; make one of a core module with `wasm-tools component new`"#);
    std::fs::remove_file(user.work.path().join("component.wasm")).expect("it is there");
    insta::assert_snapshot!(user.err(&["plugin", "publish"]), @r#"error: there is no component at component.wasm; `inferno plugin build` makes one"#);
    let stranger = User { token: Some("inferno_not-a-token".to_owned()), ..built(&market, None, "0.1.0") };
    std::fs::copy(user.work.path().join("acme.pem"), stranger.work.path().join("acme.pem")).expect("copied");
    stranger.out(&["plugin", "sign", "--key", "acme.pem"]);
    insta::assert_snapshot!(stranger.err(&["plugin", "publish"]), @r#"error: http://127.0.0.1:PORT does not accept this token: this token is unknown or revoked; ask the registry's operator for a new one"#);
    insta::assert_snapshot!(stranger.err(&["plugin", "install", "acme/../clock"]), @r#"
    error: invalid value 'acme/../clock' for '<PACKAGE>': a package is written `publisher/name`, with one slash; this has 2

    For more information, try '--help'.
    "#);
    insta::assert_snapshot!(stranger.err(&["plugin", "search", "--registry", "http://plugins.example.org"]), @r#"
    error: invalid value 'http://plugins.example.org' for '--registry <URL>': http:// is allowed only for this machine itself, not for `plugins.example.org`; use https://

    For more information, try '--help'.
    "#);
}

#[test]
fn a_registry_is_served_and_administered_by_commands() {
    let market = Market::open();
    let operator = User::of(&market, None);
    let mut command = operator.command(&["registry", "serve", "--port", "0"]);
    let mut server = Running(command.stdout(Stdio::piped()).spawn().expect("the binary starts"));
    let mut line = String::new();
    let out = server.0.stdout.take().expect("it is piped");
    BufReader::new(out).read_line(&mut line).expect("it says where it is");
    let url =
        line.split_whitespace().find(|word| word.starts_with("http://")).expect("an address").to_owned();

    operator.out(&["key", "generate", "-o", "acme.pem"]);
    operator.out(&["key", "generate", "-o", "new.pem"]);
    let add = ["registry", "publisher", "add", "acme", "--key", "acme.pub.pem", "--token-file", "token"];
    operator.out(&add);
    let mode = std::fs::metadata(operator.work.path().join("token")).expect("it was written").permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
    insta::assert_snapshot!(operator.err(&add), @r#"error: there is a publisher acme already; add a key or a token to it"#);
    let publish = |version: &str, token_file: &str, key: &str| {
        let made = Made::new("acme/clock", version, &[]);
        operator.write("component.wasm", made.component);
        operator.write("inferno.toml", made.text);
        operator.out(&["plugin", "sign", "--key", key]);
        operator.run(&["plugin", "publish", "--registry", &url, "--token-file", token_file])
    };
    let said = publish("0.1.0", "token", "acme.pem");
    assert!(said.ok, "{}", said.err);
    operator.out(&["registry", "key", "add", "acme", "--key", "new.pub.pem"]);
    let id = |key: &str| {
        SigningKey::load(&operator.work.path().join(key)).expect("a key").public_key().id().to_string()
    };
    operator.out(&["registry", "key", "revoke", "acme", &id("acme.pem")]);
    assert!(!publish("0.2.0", "token", "acme.pem").ok, "the key is revoked");
    // Alone on standard output, as a script wants it.
    operator.write("other-token", operator.run(&["registry", "token", "new", "acme"]).out);
    operator.out(&["registry", "token", "revoke", "acme", "1"]);
    insta::assert_snapshot!(plain(publish("0.2.0", "token", "new.pem").err.trim()).replace(&plain(&url), "URL"), @r#"error: URL does not accept this token: this token is unknown or revoked; ask the registry's operator for a new one"#);
    let said = publish("0.2.0", "other-token", "new.pem");
    assert!(said.ok, "{}", said.err);
    insta::assert_snapshot!(operator.out(&["registry", "publisher", "list"]), @r#"
    acme
      key HEX (revoked)
      key HEX
    "#);
    insta::assert_snapshot!(hide_dates(&operator.out(&["registry", "token", "list", "acme"])), @r#"
    1  made DAY, revoked DAY
    2  made DAY
    "#);
    assert!(operator.out(&["plugin", "search", "--registry", &url]).contains("acme/clock  0.2.0  widget"));

    // Asked to stop, it stops by itself.
    let stopped = Command::new("kill").arg(server.0.id().to_string()).status().expect("there is `kill`");
    assert!(stopped.success() && server.0.wait().expect("it ends").success());
}

#[test]
fn a_new_project_is_made_and_says_what_comes_next() {
    let market = Market::open();
    let user = User::of(&market, None);
    insta::assert_snapshot!(user.out(&["plugin", "new", "--kind", "widget", "acme/clock"]), @r#"
    acme/clock is a new widget in clock
      .gitignore
      Cargo.lock
      Cargo.toml
      README.md
      inferno.toml
      src/lib.rs
      src/tests.rs

    next: cd clock && inferno plugin build
    "#);
    insta::assert_snapshot!(user.err(&["plugin", "new", "--kind", "widget", "acme/clock"]), @r#"error: clock exists and is not an empty folder; choose another with `--folder`, or remove it"#);
    insta::assert_snapshot!(user.err(&["plugin", "new", "--kind", "widget", "clock"]), @r#"
    error: invalid value 'clock' for '<NAME>': a package is written `publisher/name`, with one slash; this has 0

    For more information, try '--help'.
    "#);
    insta::assert_snapshot!(user.err(&["plugin", "new", "--kind", "daemon", "acme/clock"]), @r#"
    error: invalid value 'daemon' for '--kind <KIND>'
      [possible values: pass, widget, analyzer]

    For more information, try '--help'.
    "#);
    insta::assert_snapshot!(user.err(&["plugin", "test", "clock", "--no-build"]), @r#"error: there is no component at clock/component.wasm; `inferno plugin build` makes one"#);
    insta::assert_snapshot!(user.err(&["plugin", "build", "nowhere"]), @r#"error: there is no folder nowhere: No such file or directory (os error 2)"#);
    // A component of the right kind whose functions trap: it runs, and breaks, in the real plugin host.
    let made = Made::new("acme/clock", "0.1.0", &[]);
    user.write("clock/component.wasm", &made.component);
    let broken = user.err(&["plugin", "test", "clock", "--no-build"]);
    assert!(broken.starts_with("error: it broke on "), "{broken}");
}

#[test]
fn a_question_waits_for_nobody() {
    // Standard input is a pipe with a yes in it, and still no terminal: nothing is agreed to.
    let market = Market::open();
    market.publisher("acme").publish("clock", "0.1.0", &[]);
    let user = User::of(&market, None);
    let mut command = user.command(&["plugin", "install", "acme/clock"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("starts");
    let _ = child.stdin.take().expect("it is piped").write_all(b"y\ny\n");
    let output = child.wait_with_output().expect("it ends");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("--trust"));
}

/// `text` without days.
fn hide_dates(text: &str) -> String {
    let words = text.split_inclusive([' ', ',', '\n']).map(|word| {
        let end = word.trim_end_matches([' ', ',', '\n']);
        let day = end.len() == 10 && end.bytes().filter(|b| *b == b'-').count() == 2;
        if day && end.starts_with("20") { word.replace(end, "DAY") } else { word.to_owned() }
    });
    words.collect()
}

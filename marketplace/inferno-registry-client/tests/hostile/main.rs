//! What a hostile or broken registry can answer, and what becomes of it.

mod imitation;

use std::{collections::BTreeMap, error::Error};

use inferno_package::{Manifest, PackageRef, Version, catalog::VersionDetail};
use inferno_registry_client::{ClientError, Fetched, Publication, RegistryClient, SearchQuery, Token};
use inferno_types::Digest;
use serde_json::{Value, json};

use self::imitation::{Answer, Imitation};

const COMPONENT: &[u8] = b"\0asm a component, as far as the wire is concerned";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const PACKAGE: &str = "application/vnd.inferno.package.v1";
const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";

const TOML: &str = "[package]\nname = \"acme/clock\"\nversion = \"0.1.0\"\nkind = \"widget\"\n\
                    description = \"Shows the time\"\nlicense = \"Apache-2.0\"\n";

/// A registry with one version of `acme/clock`, all of it in order; tests spoil one thing.
struct Shop {
    answers: BTreeMap<String, Answer>,
    detail: VersionDetail,
}

impl Shop {
    fn new() -> Self {
        let mut answers = BTreeMap::new();
        let image = image(None, &[("application/wasm", COMPONENT)]);
        let subject = Digest::of(&image);
        let referrers: Vec<_> = [
            (
                PACKAGE,
                vec![
                    ("application/vnd.inferno.manifest.v1+toml", TOML.as_bytes()),
                    ("text/markdown", b"# Clock"),
                ],
            ),
            (BUNDLE, vec![(BUNDLE, b"{}" as &[u8])]),
        ]
        .into_iter()
        .map(|(artifact_type, layers)| {
            let manifest = image_of(artifact_type, subject, &layers);
            put(&mut answers, "manifests", &manifest);
            layers.iter().for_each(|(_, bytes)| put(&mut answers, "blobs", bytes));
            let mut descriptor = descriptor(IMAGE, &manifest);
            descriptor["artifactType"] = json!(artifact_type);
            descriptor
        })
        .collect();
        put(&mut answers, "manifests", &image);
        put(&mut answers, "blobs", COMPONENT);
        let index = json!({ "schemaVersion": 2, "manifests": referrers }).to_string();
        answers.insert(format!("GET /v2/acme/clock/referrers/{subject}"), Answer::ok(index));
        let detail = json!({
            "version": "0.1.0", "digest": Digest::of(COMPONENT), "manifestDigest": subject,
            "size": COMPONENT.len(), "publishedAt": 1, "signer": "00", "requests": [], "kind": "widget",
        });
        let package = json!({
            "name": "acme/clock", "kind": "widget", "description": "Shows the time", "license": "Apache-2.0",
            "publisher": { "name": "acme", "keys": [] }, "versions": [detail],
        });
        let path = "GET /api/registry/packages/acme/clock".to_owned();
        answers.insert(path, Answer::ok(package.to_string()));
        Self { answers, detail: serde_json::from_value(detail).expect("a version") }
    }

    /// Answers differently where `path` ends so.
    fn with(mut self, path_end: &str, spoil: impl Fn(&mut Answer)) -> Self {
        let found = self.answers.iter_mut().find(|(path, _)| path.ends_with(path_end));
        spoil(found.expect("the shop has it").1);
        self
    }

    fn without(mut self, part: &str) -> Self {
        self.answers.retain(|path, _| !path.contains(part));
        self
    }

    fn fetch(self) -> Result<Fetched, ClientError> {
        RegistryClient::new(Imitation::start(self.answers).url, None)
            .component(&name(), &Version::new(0, 1, 0))
    }

    /// What an operator is told, without the port, which differs from run to run.
    fn told(self) -> String {
        told(self.fetch())
    }
}

fn name() -> PackageRef {
    "acme/clock".parse().expect("a name")
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": Digest::of(bytes), "size": bytes.len() })
}

fn image(subject: Option<Value>, layers: &[(&str, &[u8])]) -> Vec<u8> {
    let layers: Vec<_> = layers.iter().map(|(media_type, bytes)| descriptor(media_type, bytes)).collect();
    let mut image = json!({
        "schemaVersion": 2, "mediaType": IMAGE, "layers": layers,
        "config": descriptor("application/vnd.oci.empty.v1+json", b"{}"),
    });
    if let Some(subject) = subject {
        image["subject"] = subject;
    }
    image.to_string().into_bytes()
}

fn image_of(artifact_type: &str, subject: Digest, layers: &[(&str, &[u8])]) -> Vec<u8> {
    let subject = json!({ "mediaType": IMAGE, "digest": subject, "size": 1 });
    let mut image: Value = serde_json::from_slice(&image(Some(subject), layers)).expect("JSON");
    image["artifactType"] = json!(artifact_type);
    image.to_string().into_bytes()
}

fn put(answers: &mut BTreeMap<String, Answer>, what: &str, bytes: &[u8]) {
    answers.insert(format!("GET /v2/acme/clock/{what}/{}", Digest::of(bytes)), Answer::ok(bytes));
}

fn told<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> String {
    let error = outcome.expect_err("it is refused");
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    // Ports differ from run to run.
    let mut parts = text.split("127.0.0.1:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out += &format!("127.0.0.1:PORT{}", part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    out
}

#[test]
fn an_honest_answer_is_fetched_whole() {
    let fetched = Shop::new().fetch().expect("all is in order");
    assert_eq!(fetched.component, COMPONENT);
    assert_eq!(fetched.manifest, TOML);
    assert_eq!(fetched.readme.as_deref(), Some("# Clock"));
    assert_eq!(fetched.bundle.as_deref(), Some(b"{}".as_slice()));
}

#[test]
fn bytes_that_are_not_what_was_asked_for() {
    let component = Digest::of(COMPONENT).to_string();
    let manifest = Shop::new().detail.manifest_digest.to_string();
    insta::assert_snapshot!(Shop::new().with(&component, |a| a.body[9] ^= 1).told(), @r#"component of acme/clock from http://127.0.0.1:PORT has the digest sha256:ab959c688bfd05c2ac2747e2b09068915b9f6a0e308769a2c45500645333daab instead of sha256:15cdebc20db9cfedf8a643585b2ed63bbcee686ff58d7993935702ff4a60e3b3: it was altered or damaged, and nothing of it is used; if trying again does not help, tell the registry's operator"#);
    insta::assert_snapshot!(Shop::new().with(&component, |a| a.body.truncate(9)).told(), @r#"component of acme/clock from http://127.0.0.1:PORT has the digest sha256:f7eb7016e8fc4ecc566f9e7daf64ad0655344da7c818ee7ea6701a5ce089405f instead of sha256:15cdebc20db9cfedf8a643585b2ed63bbcee686ff58d7993935702ff4a60e3b3: it was altered or damaged, and nothing of it is used; if trying again does not help, tell the registry's operator"#);
    insta::assert_snapshot!(Shop::new().with(&component, |a| a.body.extend([0; 9])).told(), @r#"http://127.0.0.1:PORT sent more than 49 bytes as component of acme/clock; nothing of it is used"#);
    insta::assert_snapshot!(Shop::new().with(&format!("manifests/{manifest}"), |a| a.body.push(b' ')).told(), @r#"manifest of acme/clock 0.1.0 from http://127.0.0.1:PORT has the digest sha256:74797e3179ab28b4b8569cd9546963c4020353d749ec30de7f89a7faa33a3bdb instead of sha256:25e6152daabf69d4e7b99c091ee90e4c7edfa151e66b18cb53c79f7c33b5cf92: it was altered or damaged, and nothing of it is used; if trying again does not help, tell the registry's operator"#);
    insta::assert_snapshot!(Shop::new().with(&component, |a| a.claimed = Some(1 << 40)).told(), @r#"the answer of http://127.0.0.1:PORT broke off or was none; nothing of it is used, so try again: io: Peer disconnected"#);
    let toml = Digest::of(TOML.as_bytes()).to_string();
    insta::assert_snapshot!(Shop::new().with(&toml, |a| a.body[20] ^= 1).told(), @r#"inferno.toml of acme/clock from http://127.0.0.1:PORT has the digest sha256:a6e5961e02e63bcddce070b8520dd73b151f8bd13ec8c384681f2cebd6a505dc instead of sha256:0cf347dc49310460e76d12683260d744cbf63e18158be32341b1efb48a05ecf0: it was altered or damaged, and nothing of it is used; if trying again does not help, tell the registry's operator"#);
}

#[test]
fn parts_that_are_missing() {
    let component = Digest::of(COMPONENT).to_string();
    insta::assert_snapshot!(Shop::new().without(&component).told(), @r#"http://127.0.0.1:PORT has no component of acme/clock; `inferno plugin search` lists what it has"#);
    insta::assert_snapshot!(Shop::new().without("/api/registry").told(), @r#"http://127.0.0.1:PORT has no package acme/clock; `inferno plugin search` lists what it has"#);
    // A version without a signature is for trust to refuse, and fetched; one without a description is not.
    insta::assert_snapshot!(Shop::new().without("/referrers/").told(), @r#"http://127.0.0.1:PORT answered with something that is no package description of acme/clock: there is none"#);
}

#[test]
fn a_stripped_signature_is_seen_to_be_absent() {
    let shop = Shop::new();
    let referrers = format!("/referrers/{}", shop.detail.manifest_digest);
    let stripped = shop.with(&referrers, |answer| {
        let mut index: Value = serde_json::from_slice(&answer.body).expect("JSON");
        index["manifests"].as_array_mut().expect("a list").retain(|d| d["artifactType"] != json!(BUNDLE));
        answer.body = index.to_string().into_bytes();
    });
    assert_eq!(stripped.fetch().expect("fetched, not verified").bundle, None);
}

#[test]
fn a_tag_stands_in_for_the_referrers_api() {
    let mut shop = Shop::new();
    let subject = shop.detail.manifest_digest;
    let answer = shop.answers.remove(&format!("GET /v2/acme/clock/referrers/{subject}")).expect("there");
    shop.answers.insert(format!("GET /v2/acme/clock/manifests/sha256-{}", subject.hex()), answer);
    assert!(shop.fetch().expect("found by the tag").bundle.is_some());
}

#[test]
fn answers_about_something_else() {
    let package = "/api/registry/packages/acme/clock";
    let say = |from: &str, to: &str| {
        Shop::new().with(package, |answer| {
            let text = String::from_utf8(answer.body.clone()).expect("text");
            assert!(text.contains(from), "{from}");
            answer.body = text.replace(from, to).into_bytes();
        })
    };
    insta::assert_snapshot!(say("\"acme/clock\"", "\"acme/bell\"").told(), @r#"http://127.0.0.1:PORT answered with something that is no package acme/clock: it is about acme/bell of acme"#);
    insta::assert_snapshot!(say("\"acme/clock\"", "\"../../etc\"").told(), @r#"http://127.0.0.1:PORT answered with something that is no package acme/clock: a package is written `publisher/name`, with one slash; this has 2 at line 1 column 89"#);
    insta::assert_snapshot!(say("\"name\":\"acme\"", "\"name\":\"bell\"").told(), @r#"http://127.0.0.1:PORT answered with something that is no package acme/clock: it is about acme/clock of bell"#);
    insta::assert_snapshot!(say("\"0.1.0\"", "\"../0.1.0\"").told(), @r#"http://127.0.0.1:PORT answered with something that is no package acme/clock: a version is written `major.minor.patch`, as semver.org describes: unexpected character '.' while parsing major version number at line 1 column 407"#);
    insta::assert_snapshot!(say("\"0.1.0\"", "\"0.2.0\"").told(), @r#"http://127.0.0.1:PORT has no version 0.1.0 of acme/clock; `inferno plugin search` lists what it has"#);
    insta::assert_snapshot!(say("\"widget\"", "\"rootkit\"").told(), @r#"http://127.0.0.1:PORT answered with something that is no package acme/clock: "rootkit" is not a kind of package; this version knows `optimization-pass`, `widget` and `analyzer` at line 1 column 48"#);
    let other = Digest::of(b"other").to_string();
    insta::assert_snapshot!(say(&Digest::of(COMPONENT).to_string(), &other).told(), @r#"http://127.0.0.1:PORT answered with something that is no manifest of acme/clock 0.1.0: its layer is sha256:15cdebc20db9cfedf8a643585b2ed63bbcee686ff58d7993935702ff4a60e3b3 (application/wasm)"#);
    insta::assert_snapshot!(Shop::new().with(package, |a| a.body = b"<html>".to_vec()).told(), @r#"http://127.0.0.1:PORT answered with something that is no package acme/clock: expected value at line 1 column 1"#);
    insta::assert_snapshot!(Shop::new().with(package, |a| a.body = vec![b' '; 9 << 20]).told(), @r#"http://127.0.0.1:PORT sent more than 8388608 bytes as package acme/clock; nothing of it is used"#);
}

#[test]
fn refusals_are_told_in_the_registrys_words_made_printable() {
    let search = |answer: Answer| {
        let table = BTreeMap::from([("GET /api/registry/packages".to_owned(), answer)]);
        told(RegistryClient::new(Imitation::start(table).url, None).search(&SearchQuery::default()))
    };
    let catalog = r#"{"error":{"code":"bad-query","message":"a \u001b[2Jlimit\nof 0 gives nothing"}}"#;
    insta::assert_snapshot!(search(Answer::status(400, catalog)), @r#"http://127.0.0.1:PORT refuses: a [2Jlimit of 0 gives nothing"#);
    insta::assert_snapshot!(search(Answer::status(503, "Service Unavailable")), @r#"http://127.0.0.1:PORT has a problem of its own (status 503: 503 Service Unavailable); try again in a while"#);
    insta::assert_snapshot!(search(Answer::status(429, "")), @r#"http://127.0.0.1:PORT has a problem of its own (status 429: 429 Too Many Requests); try again in a while"#);
    insta::assert_snapshot!(search(Answer::status(404, "")), @r#"http://127.0.0.1:PORT has no catalog of packages: it is no registry of Inferno; check the address"#);
    insta::assert_snapshot!(search(Answer::leading_to(302, "https://evil.example/\u{7f}x")), @r#"the answer of http://127.0.0.1:PORT broke off or was none; nothing of it is used, so try again: protocol: http parse fail: invalid header value"#);
    insta::assert_snapshot!(search(Answer::ok("{\"packages\":[{\"name\":\"a/../b\"}],\"total\":1,\"offset\":0}")), @r#"http://127.0.0.1:PORT answered with something that is no list of packages: a package is written `publisher/name`, with one slash; this has 2 at line 1 column 30"#);
    let long = format!(r#"{{"error":{{"code":"x","message":"{}"}}}}"#, "long ".repeat(1000));
    assert!(search(Answer::status(400, &long)).len() < 700);
}

#[test]
fn a_registry_that_is_not_there() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound")).parse().expect("an origin");
    drop(listener);
    let error = RegistryClient::new(url, None).package(&name()).expect_err("nobody listens");
    assert!(error.is_unreachable());
    let text = told::<()>(Err(error));
    let (ours, _the_systems) = text.split_once("): ").expect("a cause");
    insta::assert_snapshot!(ours, @r#"the registry http://127.0.0.1:PORT cannot be reached; see that it runs (`inferno serve` or `inferno registry serve`) and that the address is right (`--registry`, INFERNO_REGISTRY or `[registry] url` in config.toml"#);
}

/// Publishes a fixture to a registry that answers like this.
fn publish(answers: &[(&str, Answer)], token: Option<&str>) -> (String, Vec<String>) {
    let table = answers.iter().map(|(path, answer)| ((*path).to_owned(), answer.clone())).collect();
    let imitation = Imitation::start(table);
    let manifest = Manifest::parse(TOML).expect("a manifest");
    let token = token.map(|text| Token::new(text).expect("a token"));
    let outcome = RegistryClient::new(imitation.url.clone(), token).push(&Publication {
        component: COMPONENT,
        manifest_text: TOML,
        manifest: &manifest,
        bundle: "{}",
        readme: None,
        imports: &[],
        exports: &[],
    });
    (told(outcome), imitation.heard())
}

#[test]
fn a_token_goes_nowhere_else() {
    let begin = "POST /v2/acme/clock/blobs/uploads/";
    let elsewhere = Answer::leading_to(202, "https://evil.example/upload");
    let (told, heard) = publish(&[(begin, elsewhere)], Some("s3cret"));
    insta::assert_snapshot!(told, @r#"http://127.0.0.1:PORT answered with something that is no place for an upload: it is elsewhere, "https://evil.example/upload""#);
    assert!(heard.iter().all(|request| request.contains("authorization: bearer s3cret")), "{heard:?}");
    let (told, _) = publish(&[(begin, Answer::leading_to(307, "https://evil.example/"))], Some("s3cret"));
    insta::assert_snapshot!(told, @r#"http://127.0.0.1:PORT redirects to https://evil.example/; give that address if it is the registry you mean"#);
    let (told, _) = publish(&[(begin, Answer::status(202, ""))], Some("s3cret"));
    insta::assert_snapshot!(told, @r#"http://127.0.0.1:PORT answered with something that is no place for an upload: it is elsewhere, """#);
    // Reading needs no token, so none is shown.
    let imitation = Imitation::start(Shop::new().answers);
    let client = RegistryClient::new(imitation.url.clone(), Some(Token::new("s3cret").expect("a token")));
    client.component(&name(), &Version::new(0, 1, 0)).expect("all is in order");
    assert!(imitation.heard().iter().all(|request| !request.contains("authorization")));
}

#[test]
fn publishing_without_the_right() {
    let begin = "POST /v2/acme/clock/blobs/uploads/";
    let denied = r#"{"errors":[{"code":"DENIED","message":"this token is for bell/*"}]}"#;
    insta::assert_snapshot!(publish(&[(begin, Answer::status(401, ""))], None).0, @r#"http://127.0.0.1:PORT wants a token for that: put it into INFERNO_TOKEN or name its file with `--token-file`; the registry's operator makes one with `inferno registry token new PUBLISHER`"#);
    insta::assert_snapshot!(publish(&[(begin, Answer::status(401, ""))], Some("s3cret")).0, @r#"http://127.0.0.1:PORT does not accept this token: 401 Unauthorized"#);
    insta::assert_snapshot!(publish(&[(begin, Answer::status(403, denied))], Some("s3cret")).0, @r#"http://127.0.0.1:PORT does not accept this token: this token is for bell/*"#);
}

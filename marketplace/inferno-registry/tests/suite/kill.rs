//! A server is killed at random moments while a publisher publishes.
//!
//! The server is this very test program, started again as a process of its own. What a kill cannot show is the loss of
//! power: there the order of `fsync` and `rename` counts, which `storage` explains.

use std::{
    collections::BTreeMap,
    env,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use axum::http::StatusCode;
use inferno_package::Kind;
use inferno_registry::{Administration, Registry};
use inferno_trust::SigningKey;
use inferno_types::Digest;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::{
    app::IMAGE,
    draft::{BUNDLE, Draft},
};

const ROUNDS: usize = 50;
/// Tells a process of this program to be the server, and of which folder.
const FOLDER: &str = "INFERNO_TEST_REGISTRY";
const PACKAGE: &str = "acme/throughput";

/// Not a test of its own: the server that is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serves_until_it_is_killed() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let registry = Registry::open(Path::new(&folder)).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("\nserving {}", listener.local_addr().unwrap());
    axum::serve(listener, registry.router()).await.unwrap();
}

struct Server {
    process: Process,
    address: SocketAddr,
}

/// A process that does not outlive the test.
struct Process(Child);

impl Process {
    /// SIGKILL, and until the process is gone.
    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Server {
    fn start(folder: &Path) -> Self {
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["kill::serves_until_it_is_killed", "--exact", "--nocapture"])
            .env(FOLDER, folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines
            .map(|line| line.unwrap())
            .find_map(|line| line.strip_prefix("serving ").map(|address| address.parse().unwrap()))
            .expect("the server starts without repair");
        Self { process: Process(process), address }
    }

    async fn read(&self, path: &str) -> Vec<u8> {
        let (status, body) = ask(self.address, &format!("GET {path}"), "", b"").await.unwrap();
        assert_eq!(status, StatusCode::OK, "{path}");
        body
    }

    async fn json(&self, path: &str) -> Value {
        serde_json::from_slice(&self.read(path).await).unwrap()
    }
}

/// One request on a connection of its own; an error when the server goes away meanwhile.
async fn ask(
    server: SocketAddr,
    call: &str,
    headers: &str,
    body: &[u8],
) -> std::io::Result<(StatusCode, Vec<u8>)> {
    let mut stream = TcpStream::connect(server).await?;
    let head = format!(
        "{call} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let cut = || std::io::Error::other("the answer was cut");
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").ok_or_else(cut)?;
    let head = std::str::from_utf8(&answer[..end]).unwrap().to_ascii_lowercase();
    let status = head[9..12].parse().unwrap();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    let body = answer.split_off(end + 4);
    if body.len() == length { Ok((status, body)) } else { Err(cut()) }
}

struct Publisher {
    key: SigningKey,
    token: String,
    /// What was acknowledged: version and digest.
    published: BTreeMap<u32, Digest>,
}

impl Publisher {
    fn draft(number: u32) -> Draft {
        Draft::new(PACKAGE, &format!("1.0.{number}"), Kind::Widget)
    }

    /// Publishes one version after the other until the server is gone.
    async fn publish(&mut self, server: SocketAddr) {
        loop {
            let next = self.published.last_key_value().map_or(0, |(number, _)| number + 1);
            let draft = Self::draft(next);
            if self.publish_one(server, &draft).await.is_err() {
                return;
            }
            self.published.insert(next, draft.digest());
        }
    }

    async fn publish_one(&self, server: SocketAddr, draft: &Draft) -> std::io::Result<()> {
        let bundle = draft.bundle(&self.key);
        let readme = draft.readme.clone().unwrap_or_default();
        let blobs: [&[u8]; 6] =
            [&draft.config, &draft.component, b"{}", draft.toml.as_bytes(), &readme, bundle.as_bytes()];
        for blob in blobs {
            let call = format!("POST /v2/{PACKAGE}/blobs/uploads/?digest={}", Digest::of(blob));
            self.push(server, &call, blob).await?;
        }
        let manifests =
            [draft.component_manifest(), draft.files_manifest(), draft.bundle_manifest(&self.key)];
        for (i, manifest) in manifests.iter().enumerate() {
            let reference = if i == 0 { draft.version.clone() } else { Digest::of(manifest).to_string() };
            self.push(server, &format!("PUT /v2/{PACKAGE}/manifests/{reference}"), manifest).await?;
        }
        Ok(())
    }

    /// A push may fail because the server goes away, and for no other reason.
    async fn push(&self, server: SocketAddr, call: &str, body: &[u8]) -> std::io::Result<()> {
        let headers = format!("authorization: Bearer {}\r\ncontent-type: {IMAGE}\r\n", self.token);
        let (status, answer) = ask(server, call, &headers, body).await?;
        assert_eq!(status, StatusCode::CREATED, "{call}: {}", String::from_utf8_lossy(&answer));
        Ok(())
    }

    /// Everything that was acknowledged is there, and nothing that is there is half there.
    async fn check(&self, server: &Server, since: u32) {
        let Ok((status, body)) =
            ask(server.address, &format!("GET /api/registry/packages/{PACKAGE}"), "", b"").await
        else {
            panic!("the server answers");
        };
        if status == StatusCode::NOT_FOUND {
            assert!(self.published.is_empty());
            return;
        }
        let detail: Value = serde_json::from_slice(&body).unwrap();
        let versions = detail["versions"].as_array().unwrap();
        let listed: BTreeMap<u32, &Value> = versions
            .iter()
            .map(|version| {
                (version["version"].as_str().unwrap().rsplit('.').next().unwrap().parse().unwrap(), version)
            })
            .collect();
        for (number, digest) in &self.published {
            let version =
                listed.get(number).unwrap_or_else(|| panic!("1.0.{number} was acknowledged and is lost"));
            assert_eq!(version["digest"], digest.to_string());
        }
        // One more may be there whose acknowledgement was on its way.
        assert!(listed.len() <= self.published.len() + 1);
        for (number, version) in listed.range(since..) {
            let draft = Self::draft(*number);
            let component =
                server.read(&format!("/v2/{PACKAGE}/blobs/{}", version["digest"].as_str().unwrap())).await;
            assert_eq!(component, draft.component);
            let manifest = version["manifestDigest"].as_str().unwrap();
            assert_eq!(
                server.read(&format!("/v2/{PACKAGE}/manifests/1.0.{number}")).await,
                draft.component_manifest()
            );
            let index = server.json(&format!("/v2/{PACKAGE}/referrers/{manifest}")).await;
            let bundles: Vec<_> = index["manifests"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|m| m["artifactType"] == BUNDLE)
                .collect();
            assert_eq!((index["manifests"].as_array().unwrap().len(), bundles.len()), (2, 1));
            let digest = bundles[0]["digest"].as_str().unwrap();
            let manifest = server.json(&format!("/v2/{PACKAGE}/manifests/{digest}")).await;
            let digest = manifest["layers"][0]["digest"].as_str().unwrap();
            assert_eq!(
                server.read(&format!("/v2/{PACKAGE}/blobs/{digest}")).await,
                draft.bundle(&self.key).into_bytes()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nothing_half_done_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let key = SigningKey::generate();
    let administration = Administration::open(folder.path()).await.unwrap();
    let token = administration.add_publisher("acme", &key.public_key()).await.unwrap().reveal().to_owned();
    let mut publisher = Publisher { key, token, published: BTreeMap::new() };
    let mut checked = 0;
    for _ in 0..ROUNDS {
        let server = Server::start(folder.path());
        publisher.check(&server, checked).await;
        checked = publisher.published.len() as u32;
        let Server { mut process, address } = server;
        let moment = Duration::from_micros(getrandom::u64().unwrap() % 120_000);
        let kill = async {
            tokio::time::sleep(moment).await;
            process.kill();
        };
        // The publisher goes on until it notices: what was under way when the server died gets no answer.
        tokio::join!(publisher.publish(address), kill);
    }
    let server = Server::start(folder.path());
    publisher.check(&server, 0).await;
    println!("{} versions were acknowledged over {ROUNDS} kills", publisher.published.len());
    assert!(!publisher.published.is_empty(), "something was published");
    // What the last kill interrupted goes on from where it was.
    let next = publisher.published.len() as u32;
    publisher.publish_one(server.address, &Publisher::draft(next)).await.unwrap();
}

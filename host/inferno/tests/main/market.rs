//! A marketplace for tests: the real registry on a free port, publishers, and installations.

use std::{net::TcpListener as StdListener, path::Path};

use inferno::{
    home::Home,
    packages::{Consent, InstallError, InstallPlan, Packages},
};
use inferno_package::{Capability, Kind, Manifest, OperatorGrants, PackageRef, Version};
use inferno_registry::{
    Administration, Registry,
    testing::{Salt, component},
};
use inferno_registry_client::{Locked, Publication, RegistryClient, RegistryUrl, Token};
use inferno_trust::{Policy, Release, SigningKey, TrustedKeys, sign};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A running registry.
pub(crate) struct Market {
    pub(crate) url: RegistryUrl,
    pub(crate) administration: Administration,
    pub(crate) runtime: Runtime,
    _folder: TempDir,
}

/// Somebody who publishes in it.
pub(crate) struct Publisher {
    pub(crate) name: String,
    pub(crate) key: SigningKey,
    pub(crate) client: RegistryClient,
}

/// A data folder.
pub(crate) struct Installation {
    pub(crate) home: Home,
    pub(crate) folder: TempDir,
    pub(crate) packages: Packages,
}

impl Market {
    pub(crate) fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let runtime = Runtime::new().expect("threads");
        let registry = runtime.block_on(Registry::open(folder.path())).expect("a registry");
        let listener = StdListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound")).parse().expect("an origin");
        listener.set_nonblocking(true).expect("a socket");
        let (router, administration) = (registry.router(), registry.administration());
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
            axum::serve(listener, router).await
        });
        Self { url, administration, runtime, _folder: folder }
    }

    pub(crate) fn publisher(&self, name: &str) -> Publisher {
        let key = SigningKey::generate();
        let added = self.runtime.block_on(self.administration.add_publisher(name, &key.public_key()));
        let token = Token::new(added.expect("a new publisher").reveal()).expect("a token");
        let client = RegistryClient::new(self.url.clone(), Some(token));
        Publisher { name: name.to_owned(), key, client }
    }

    /// The publisher signs with another key from now on, which the registry knows.
    pub(crate) fn change_key(&self, publisher: &mut Publisher) {
        publisher.key = SigningKey::generate();
        self.enrol(&publisher.name, &publisher.key);
    }

    /// The registry accepts what `key` signs for `publisher`.
    pub(crate) fn enrol(&self, publisher: &str, key: &SigningKey) {
        let key = key.public_key();
        self.runtime.block_on(self.administration.add_key(publisher, &key)).expect("a new key");
    }

    /// An installation that trusts nobody yet.
    pub(crate) fn installation(&self) -> Installation {
        Installation::of(&self.url, Policy::Keys(TrustedKeys::new()))
    }
}

impl Publisher {
    /// Publishes a widget that asks for `grants`; each version has bytes of its own.
    pub(crate) fn publish(&self, name: &str, version: &str, grants: &[&str]) {
        let made = Made::new(&format!("{}/{name}", self.name), version, grants);
        let bundle = made.signed(&self.key);
        let publication = Publication {
            component: &made.component,
            manifest_text: &made.text,
            manifest: &made.manifest,
            bundle: &bundle,
            readme: Some("# A widget\n"),
            imports: &[],
            exports: &[],
        };
        self.client.push(&publication).expect("it is in order");
    }

    pub(crate) fn yank(&self, name: &str, version: &str, reason: &str) {
        let name = format!("{}/{name}", self.name).parse().expect("a name");
        self.client.yank(&name, &version.parse().expect("a version"), reason).expect("it is theirs");
    }
}

/// A component and its manifest.
pub(crate) struct Made {
    pub(crate) component: Vec<u8>,
    pub(crate) text: String,
    pub(crate) manifest: Manifest,
}

impl Made {
    pub(crate) fn new(name: &str, version: &str, grants: &[&str]) -> Self {
        let (metrics, log): (Vec<&str>, Vec<&str>) = grants.iter().partition(|grant| **grant != "log");
        let text = format!(
            "[package]\nname = \"{name}\"\nversion = \"{version}\"\nkind = \"widget\"\n\
             description = \"For a test.\"\nlicense = \"Apache-2.0\"\n\n[grants]\nlog = {}\nmetrics = {metrics:?}\n",
            !log.is_empty()
        );
        let salt = version.bytes().fold(7, |salt: u32, byte| salt.wrapping_mul(31) + u32::from(byte));
        let manifest = Manifest::parse(&text).expect("a manifest");
        Self { component: component(Kind::Widget, Salt(salt)), text, manifest }
    }

    pub(crate) fn signed(&self, key: &SigningKey) -> String {
        sign(&self.component, &Release::from(&self.manifest), key).to_json()
    }
}

impl Installation {
    pub(crate) fn of(url: &RegistryUrl, policy: Policy) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::at(folder.path());
        let packages = Packages::open(home.clone(), policy, url.clone());
        Self { home, folder, packages }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn plan(&self, name: &str) -> Result<InstallPlan, InstallError> {
        let (name, version) = wanted(name);
        self.packages.plan(&name, version.as_ref())
    }

    /// Plans, agrees to everything that the plan asks, and installs.
    pub(crate) fn install(&self, name: &str) -> Result<Locked, InstallError> {
        let plan = self.plan(name)?;
        self.packages.install(&plan, &agree(&plan))
    }

    /// Plans and installs with this consent.
    pub(crate) fn install_with(&self, name: &str, consent: &Consent) -> Result<Locked, InstallError> {
        self.packages.install(&self.plan(name)?, consent)
    }

    /// Name and version of everything that is installed and would be run.
    pub(crate) fn runs(&self) -> Vec<String> {
        let none = (Policy::Keys(TrustedKeys::new()), OperatorGrants::none());
        let found = inferno::assemble::installed::find(&self.home, &none.0, &none.1).expect("a folder");
        let accepted =
            found.accepted.iter().map(|a| format!("{} {}", a.component.name(), a.component.version()));
        let refused = found.refused.iter().map(|refused| format!("{}: {}", refused.folder, refused.reason));
        accepted.chain(refused).collect()
    }

    /// Files and folders in `packages`, without what no state is kept in.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut open = vec![self.path().join("packages")];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    open.push(path);
                } else if entry.file_name() != ".guard" {
                    found.push(path.strip_prefix(self.path()).expect("below it").display().to_string());
                }
            }
        }
        found.sort();
        found
    }
}

/// Agrees to everything that a plan asks.
pub(crate) fn agree(plan: &InstallPlan) -> Consent {
    let grants = plan.requests.iter().cloned().collect();
    Consent { signer: Some(plan.signer), grants, deny_rest: false, downgrade: true }
}

/// A name, and perhaps a version after `@`.
pub(crate) fn wanted(text: &str) -> (PackageRef, Option<Version>) {
    let (name, version) = text.split_once('@').map_or((text, None), |(name, version)| (name, Some(version)));
    (name.parse().expect("a name"), version.map(|version| version.parse().expect("a version")))
}

pub(crate) fn capability(text: &str) -> Capability {
    text.parse().expect("a capability")
}

/// What an operator is told: the error with its causes, without ports, keys and digests, which differ from run to run.
pub(crate) fn told<T: std::fmt::Debug>(outcome: Result<T, InstallError>) -> String {
    let error = outcome.expect_err("it is refused");
    let mut text = format!("[{}] {error}", error.code());
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    plain(&text)
}

/// The same for any text.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::new();
    for (at, part) in text.split("127.0.0.1:").enumerate() {
        match at {
            0 => out += part,
            _ => out += &format!("127.0.0.1:PORT{}", part.trim_start_matches(|c: char| c.is_ascii_digit())),
        }
    }
    hide_hex(&out)
}

/// `text` without keys and digests, whole or shortened.
fn hide_hex(text: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    for c in text.chars().chain(['\0']) {
        if matches!(c, '0'..='9' | 'a'..='f') {
            run.push(c);
            continue;
        }
        out += match run.len() {
            64 => "HEX",
            12 => "HEX12",
            _ => &run,
        };
        run.clear();
        out.push(c);
    }
    out.trim_end_matches('\0').to_owned()
}

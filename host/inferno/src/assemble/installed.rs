//! Installed components of every kind: found, verified, loaded.
//!
//! Owns: what of the two places counts. In `packages`, a folder that `inferno.lock` names, with the digest and the signer
//! that it names; in `plugins`, whatever an operator put there, `ANY/{component.wasm, component.wasm.sigstore.json,
//! inferno.toml}`, if a signer whom the policy trusts signed it. Either way the signed statement must say what the
//! manifest says. Refuses to judge signatures: `inferno-trust` does. Easily confused with `packages`, which changes
//! what is installed.

use std::{
    ffi::OsString,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use inferno_graph::GraphPass as _;
use inferno_package::{Kind, Manifest, OperatorGrants, PackageRef};
use inferno_plugin_host::{Analyzer, OptimizationPass, PluginHost, Widget};
use inferno_registry_client::{LockFile, Locked};
use inferno_trust::{Component, Expected, Policy, Verified, verify};
use serde::{Deserialize, Serialize};

use crate::{
    home::Home,
    packages::{
        Store,
        store::{COMPONENT, MANIFEST, agree, with_pins},
    },
};

/// The most bytes of a component, a manifest or a bundle that are read at all.
const MAX_BYTES: u64 = 64 << 20;

/// An installed component that is not run, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedComponent {
    /// Its folder in `plugins`, or its package.
    pub folder: String,
    /// The whole chain of reasons.
    pub reason: String,
}

/// How a component came to be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// From a registry; the lock file pins it.
    Registry(Box<Locked>),
    /// Somebody put it into this folder of `plugins`.
    Folder(String),
}

/// An installed component that may run. Nothing of it has been compiled yet.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// How it came to be installed.
    pub origin: Origin,
    /// What it says of itself; name, version, kind and requests are as signed.
    pub manifest: Manifest,
    /// Its bytes, vouched for.
    pub component: Verified<Component>,
    /// What it is granted: for a package what its installation agreed to, else what the configuration says.
    pub operator: OperatorGrants,
}

/// What is installed.
#[derive(Debug, Default)]
pub struct Found {
    /// What may run, by place and name.
    pub accepted: Vec<Accepted>,
    /// All others.
    pub refused: Vec<RefusedComponent>,
}

/// What became of the installed components.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Optimization passes, in the order in which they are to run.
    pub passes: Vec<OptimizationPass>,
    /// Widgets, by name.
    pub widgets: Vec<Widget>,
    /// Analyzers, by name.
    pub analyzers: Vec<Analyzer>,
    /// What is known of each of them, loaded or not.
    pub accepted: Vec<Accepted>,
    /// What is not run.
    pub refused: Vec<RefusedComponent>,
}

/// A loaded component.
#[derive(Debug)]
pub enum Plugin {
    /// An optimization pass.
    Pass(OptimizationPass),
    /// A widget.
    Widget(Widget),
    /// An analyzer.
    Analyzer(Analyzer),
}

/// Finds and verifies everything that is installed. A refused component stops nothing.
///
/// `policy` is what is configured; what the lock file pins is added here. `operator` is what the configuration grants
/// to components that were put in place by hand.
///
/// # Errors
/// When the folder of components cannot be read.
pub fn find(home: &Home, policy: &Policy, operator: &OperatorGrants) -> Result<Found> {
    let mut found = Found::default();
    let lock = LockFile::read(&home.lock()).unwrap_or_else(|error| {
        found.refuse("inferno.lock".to_owned(), &anyhow::Error::new(error).context("no package is loaded"));
        LockFile::default()
    });
    let policy = with_pins(policy, &lock);
    let folder = home.plugins();
    for path in folders(&folder).with_context(|| format!("could not read {}", folder.display()))? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let component = read_component(&path).and_then(|parts| parts.verify(&policy));
        found
            .add(name.clone(), component.map(|parts| parts.accepted(Origin::Folder(name), operator.clone())));
    }
    for locked in lock.iter() {
        found.add(locked.name.to_string(), read_locked(home, locked, &policy));
    }
    Ok(found)
}

/// Finds and verifies one package that came from a registry.
///
/// # Errors
/// When it is not installed, or is refused.
pub fn find_package(home: &Home, policy: &Policy, name: &PackageRef) -> Result<Accepted> {
    let lock = LockFile::read(&home.lock())?;
    let locked = lock.get(name).with_context(|| format!("{name} is not installed"))?;
    read_locked(home, locked, &with_pins(policy, &lock))
}

/// Compiles what was found. What cannot be loaded is refused and stops nothing.
///
/// `order` names the passes to run, in order; absent, all run, by name.
pub fn load(found: Found, order: Option<&[String]>, host: &PluginHost) -> Loaded {
    let mut loaded = Loaded { refused: found.refused, ..Loaded::default() };
    for accepted in found.accepted {
        match accepted.load(host) {
            Ok(Plugin::Pass(pass)) => loaded.passes.push(pass),
            Ok(Plugin::Widget(widget)) => loaded.widgets.push(widget),
            Ok(Plugin::Analyzer(analyzer)) => loaded.analyzers.push(analyzer),
            Err(error) => loaded.refused.push(refused(accepted.origin.to_string(), &error)),
        }
        loaded.accepted.push(accepted);
    }
    loaded.widgets.sort_by(|a, b| a.identity().name.cmp(&b.identity().name));
    loaded.analyzers.sort_by(|a, b| a.identity().name.cmp(&b.identity().name));
    match order {
        Some(order) => arrange(&mut loaded, order),
        None => loaded.passes.sort_by(|a, b| a.identity().name.cmp(&b.identity().name)),
    }
    loaded
}

impl Accepted {
    /// Compiles it, or takes the code that was compiled before.
    ///
    /// # Errors
    /// When the plugin host cannot run it.
    pub fn load(&self, host: &PluginHost) -> Result<Plugin> {
        let (component, operator) = (&self.component, &self.operator);
        Ok(match component.kind() {
            Kind::OptimizationPass => Plugin::Pass(host.load_pass(component, operator)?),
            Kind::Widget => Plugin::Widget(host.load_widget(component, operator)?),
            Kind::Analyzer => Plugin::Analyzer(host.load_analyzer(component, operator)?),
            kind => bail!("this version of Inferno cannot run a package of the kind {kind}"),
        })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(locked) => write!(f, "{}", locked.name),
            Self::Folder(folder) => f.write_str(folder),
        }
    }
}

impl Found {
    fn add(&mut self, place: String, component: Result<Accepted>) {
        let twice = |accepted: &Accepted| {
            self.accepted.iter().any(|other| other.component.name() == accepted.component.name())
        };
        match component {
            Ok(accepted) if twice(&accepted) => {
                let name = accepted.component.name();
                self.refuse(place, &anyhow::anyhow!("there is another {name}; keep one of the two"));
            }
            Ok(accepted) => self.accepted.push(accepted),
            Err(error) => self.refuse(place, &error),
        }
    }

    fn refuse(&mut self, place: String, error: &anyhow::Error) {
        self.refused.push(refused(place, error));
    }
}

fn refused(place: String, error: &anyhow::Error) -> RefusedComponent {
    let reason = format!("{error:#}");
    tracing::warn!(place, reason, "a component is refused");
    RefusedComponent { folder: place, reason }
}

/// What lies in a component's folder.
struct Parts {
    manifest: Manifest,
    component: Vec<u8>,
    bundle: Option<Vec<u8>>,
}

/// The same, vouched for.
struct GoodParts {
    manifest: Manifest,
    component: Verified<Component>,
}

fn read_component(folder: &Path) -> Result<Parts> {
    let text = String::from_utf8(read(&folder.join(MANIFEST))?).context("inferno.toml is not text")?;
    let manifest = Manifest::parse(&text).context("inferno.toml is not a manifest")?;
    let path = folder.join(COMPONENT);
    let component = read(&path)?;
    let bundle = match read(&bundle_path(&path)) {
        Ok(bundle) => Some(bundle),
        Err(e) if not_found(&e) => None,
        Err(e) => return Err(e),
    };
    Ok(Parts { manifest, component, bundle })
}

impl Parts {
    fn verify(self, policy: &Policy) -> Result<GoodParts> {
        let Self { manifest, component, bundle } = self;
        let expected = Expected { name: manifest.name().clone(), version: manifest.version().clone() };
        let component = verify(component, bundle.as_deref(), &expected, policy)?;
        ensure!(agree(&manifest, &component), "inferno.toml says something else than was signed");
        Ok(GoodParts { manifest, component })
    }
}

impl GoodParts {
    fn accepted(self, origin: Origin, operator: OperatorGrants) -> Accepted {
        Accepted { origin, manifest: self.manifest, component: self.component, operator }
    }
}

/// Reads a package and holds it against everything that the lock file pins.
fn read_locked(home: &Home, locked: &Locked, policy: &Policy) -> Result<Accepted> {
    let Locked { name, version, digest, signer, .. } = locked;
    let parts = read_component(&Store::of(home).folder(locked))
        .with_context(|| format!("the files of {name} are not complete; install it again"))?
        .verify(policy)?;
    let (component, pinned) = (&parts.component, signer.id());
    ensure!(
        component.name() == name && component.version() == version,
        "{} {} lies where inferno.lock has {name} {version}; install it again",
        component.name(),
        component.version()
    );
    let found = component.digest();
    ensure!(found == *digest, "it has the digest {found}, but inferno.lock pins {digest}; install it again");
    let found = component.signer().key();
    ensure!(
        found == pinned,
        "it is signed with the key {found}, but inferno.lock pins {pinned}; install it again"
    );
    let operator = locked.grants.iter().cloned().collect();
    Ok(parts.accepted(Origin::Registry(Box::new(locked.clone())), operator))
}

/// Keeps the named packages, in the named order; names without a package are reported.
fn arrange(loaded: &mut Loaded, order: &[String]) {
    let mut rest = std::mem::take(&mut loaded.passes);
    for name in order {
        match rest.iter().position(|pass| pass.identity().name == *name) {
            Some(at) => loaded.passes.push(rest.remove(at)),
            None => loaded.refused.push(RefusedComponent {
                folder: name.clone(),
                reason: format!(
                    "the configuration's order names {name}, which is not installed or was refused"
                ),
            }),
        }
    }
}

/// Where the bundle of a component lies: beside it, with `.sigstore.json` appended.
pub fn bundle_path(component: &Path) -> PathBuf {
    let mut path = OsString::from(component);
    path.push(".sigstore.json");
    path.into()
}

fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e),
    };
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let shown = path.file_name().unwrap_or_default().to_string_lossy();
    let size = fs::metadata(path).with_context(|| format!("{shown} cannot be read"))?.len();
    ensure!(size <= MAX_BYTES, "{shown} has {size} bytes; at most {MAX_BYTES} are read");
    fs::read(path).with_context(|| format!("{shown} cannot be read"))
}

fn not_found(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::NotFound)
}

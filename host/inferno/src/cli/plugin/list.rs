//! `inferno plugin list`.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use clap::Args;
use inferno_package::{Capability, Grants, Kind, PackageRef, Version};
use inferno_store::Store;
use inferno_types::Digest;
use serde::Serialize;

use super::{
    info::asks_for,
    source::{Installation, RegistryArguments},
};
use crate::{
    assemble::installed::{self, Accepted, Origin},
    home::Home,
    packages::Standing,
};

/// List what is installed: digest, signer, grants, state.
///
/// Everything is verified for this list as it is when a server starts. The state of a package is asked for in the
/// registry that it came from; a yanked one goes on running until you update or remove it.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
    inferno plugin list
  As JSON, and without asking any registry:
    inferno plugin list --json --offline")]
pub(in crate::cli) struct List {
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
    /// Ask no registry.
    #[arg(long)]
    offline: bool,
    /// Trust the development key in `keys/development.pem` too, as `inferno serve --development` does.
    #[arg(long)]
    development: bool,
    #[command(flatten)]
    registry: RegistryArguments,
}

/// One installed component.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    name: PackageRef,
    version: Version,
    kind: Kind,
    description: String,
    digest: Digest,
    /// What the signer is called here.
    signer: String,
    /// The identifier of the signer's key.
    key: String,
    granted: Vec<Capability>,
    denied: Vec<Capability>,
    /// The registry that it came from, or the folder that somebody put it into.
    from: String,
    /// Whether somebody switched it off on this server's page.
    switched_off: bool,
    state: State,
}

/// How it stands.
#[derive(Debug, Serialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
enum State {
    Newest,
    Outdated { newest: Version },
    Yanked { reason: String },
    Gone,
    Unknown { reason: String },
    NotAsked,
    PlacedByHand,
}

/// Everything.
#[derive(Debug, Serialize)]
struct Listing {
    plugins: Vec<Row>,
    refused: Vec<installed::RefusedComponent>,
}

impl List {
    pub(super) fn run(self) -> Result<()> {
        let Installation { packages, home, policy, operator } =
            self.registry.installation(self.development)?;
        let found = installed::find(&home, &policy, &operator)?;
        let state = |origin: &Origin| match origin {
            Origin::Folder(_) => State::PlacedByHand,
            Origin::Registry(_) if self.offline => State::NotAsked,
            Origin::Registry(locked) => packages.standing(locked).into(),
        };
        let off = switched_off(&home)?;
        let row = |accepted: &Accepted| Row {
            switched_off: off.contains(&accepted.component.name().to_string()),
            ..Row::new(accepted, state(&accepted.origin))
        };
        let plugins = found.accepted.iter().map(row).collect();
        let mut listing = Listing { plugins, refused: found.refused };
        listing.plugins.sort_by(|a, b| a.name.cmp(&b.name));
        if self.json {
            println!("{}", serde_json::to_string_pretty(&listing)?);
        } else {
            listing.print();
        }
        Ok(())
    }
}

impl Row {
    fn new(accepted: &Accepted, state: State) -> Self {
        let Accepted { origin, manifest, component, operator } = accepted;
        let grants = Grants::intersect(component.requests(), operator);
        Self {
            name: component.name().clone(),
            version: component.version().clone(),
            kind: component.kind(),
            description: manifest.description().to_owned(),
            digest: component.digest(),
            signer: component.signer().name().to_owned(),
            key: component.signer().key().to_string(),
            granted: grants.allowed().cloned().collect(),
            denied: grants.denied().cloned().collect(),
            from: match origin {
                Origin::Registry(locked) => locked.registry.to_string(),
                Origin::Folder(folder) => format!("plugins/{folder}"),
            },
            switched_off: false,
            state,
        }
    }
}

/// What is switched off. Where no server has run yet, nothing is.
fn switched_off(home: &Home) -> Result<BTreeSet<String>> {
    let path = home.database();
    if !path.exists() {
        return Ok(BTreeSet::new());
    }
    let runtime = tokio::runtime::Runtime::new().context("could not start the database's threads")?;
    runtime.block_on(async {
        let store = Store::open(&path).await.with_context(|| format!("could not open {}", path.display()))?;
        let off = store.switched_off().await?;
        store.close().await;
        Ok(off)
    })
}

impl Listing {
    fn print(&self) {
        if self.plugins.is_empty() && self.refused.is_empty() {
            println!("nothing is installed; `inferno plugin search` shows what there is");
        }
        for row in &self.plugins {
            let denied = if row.denied.is_empty() {
                String::new()
            } else {
                format!("; denied: {}", asks_for(&row.denied))
            };
            println!("{} {}  {}", row.name, row.version, row.kind);
            println!("  digest   {}", row.digest);
            println!("  signer   {} (key {})", row.signer, row.key);
            println!("  grants   {}{denied}", asks_for(&row.granted));
            println!("  from     {}", row.from);
            let off = if row.switched_off { "SWITCHED OFF here; " } else { "" };
            println!("  state    {off}{}", row.state.told());
        }
        for refused in &self.refused {
            println!("{}  REFUSED: {}", refused.folder, refused.reason);
        }
    }
}

impl State {
    fn told(&self) -> String {
        match self {
            Self::Newest => "the newest version".to_owned(),
            Self::Outdated { newest } => format!("there is {newest}; `inferno plugin update` installs it"),
            Self::Yanked { reason } => {
                format!("YANKED by its publisher: {reason}. It goes on running until you update or remove it")
            }
            Self::Gone => "its registry does not have it any more".to_owned(),
            Self::Unknown { reason } => format!("not known: {reason}"),
            Self::NotAsked => "no registry was asked".to_owned(),
            Self::PlacedByHand => "put in place by hand".to_owned(),
        }
    }
}

impl From<Standing> for State {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Newest => Self::Newest,
            Standing::Outdated { newest } => Self::Outdated { newest },
            Standing::Yanked { reason } => Self::Yanked { reason },
            Standing::Gone => Self::Gone,
            Standing::Unknown { reason } => Self::Unknown { reason },
        }
    }
}

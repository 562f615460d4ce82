//! Packages that can be installed.

use inferno_package::{
    PackageRef, Version,
    catalog::{PackageDetail, SearchPage},
};

use super::Problem;
use crate::api::{
    marketplace::{InstallPlan, InstallRequest, SearchParams},
    plugins::PluginInfo,
};

/// The bytes of a version, as the registry gives them, their digest checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The component.
    pub component: Vec<u8>,
    /// Its sigstore bundle, JSON.
    pub bundle: Vec<u8>,
}

/// Finds and installs packages. Every method may block, and may ask another server.
pub trait Marketplace: Send + Sync {
    /// A page of packages, best first. The bounds of the page are kept by the caller.
    ///
    /// # Errors
    /// When the registry does not answer.
    fn search(&self, wanted: &SearchParams) -> Result<SearchPage, Problem>;

    /// Everything that the registry says about a package.
    ///
    /// # Errors
    /// When there is no such package, or the registry does not answer.
    fn package(&self, name: &PackageRef) -> Result<PackageDetail, Problem>;

    /// What installing would do. `None` asks for the newest version that is not yanked.
    ///
    /// # Errors
    /// When it could not be installed whatever anybody agreed to.
    fn plan(&self, name: &PackageRef, version: Option<&Version>) -> Result<InstallPlan, Problem>;

    /// Installs what was agreed to, verified before it is compiled, and loads it at once where its kind allows.
    ///
    /// # Errors
    /// When anything differs from what was agreed to, or is refused.
    fn install(&self, agreed: &InstallRequest) -> Result<PluginInfo, Problem>;

    /// The bytes of a version, for a browser that verifies and runs them itself.
    ///
    /// # Errors
    /// When there is no such version, or the registry does not answer.
    fn fetch(&self, name: &PackageRef, version: &Version) -> Result<Fetched, Problem>;
}

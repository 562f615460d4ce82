//! What can be asked of a registry.
//!
//! Owns: the catalog's questions. Refuses answers about another package than the one that was asked for. Easily
//! confused with [`transport`](crate::transport), which asks them. Fetching is in [`pull`](crate::pull), publishing in
//! [`push`](crate::push).

use inferno_package::{
    Kind, PackageRef, Version,
    catalog::{PackageDetail, PublisherInfo, SearchPage},
};
use serde_json::json;

use crate::{
    Certificates, ClientError, RegistryUrl, Token,
    transport::{Method, Payload, Transport},
};

/// The largest answer of the catalog that is read, in bytes: a package with a long README and many versions.
const MAX_ANSWER: u64 = 8 << 20;
pub(crate) const JSON: &str = "application/json";

/// A client of one registry. Blocks; share it by reference.
#[derive(Debug)]
pub struct RegistryClient {
    pub(crate) transport: Transport,
}

/// What to look for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// Words in name or description.
    pub text: Option<String>,
    /// Only this kind.
    pub kind: Option<Kind>,
    /// Only this publisher.
    pub publisher: Option<String>,
    /// How many packages to skip.
    pub offset: u64,
    /// The most packages to answer with. Absent: as many as the registry thinks fit.
    pub limit: Option<u32>,
}

impl RegistryClient {
    /// A client of `registry`. The token is needed for publishing and yanking only, and shown only then.
    pub fn new(registry: RegistryUrl, token: Option<Token>) -> Self {
        Self::with_certificates(registry, token, &Certificates::default())
    }

    /// The same, for a registry whose certificate another authority vouches for.
    pub fn with_certificates(
        registry: RegistryUrl,
        token: Option<Token>,
        certificates: &Certificates,
    ) -> Self {
        Self { transport: Transport::new(registry, token, certificates) }
    }

    /// Which registry this is a client of.
    pub fn registry(&self) -> &RegistryUrl {
        self.transport.registry()
    }

    /// Looks for packages.
    ///
    /// # Errors
    /// When the registry cannot be reached, refuses, or answers with something else.
    pub fn search(&self, query: &SearchQuery) -> Result<SearchPage, ClientError> {
        let text = query.text.clone().map(|text| ("text", text));
        let kind = query.kind.map(|kind| ("kind", kind.to_string()));
        let publisher = query.publisher.clone().map(|publisher| ("publisher", publisher));
        let offset = (query.offset > 0).then(|| ("offset", query.offset.to_string()));
        let limit = query.limit.map(|limit| ("limit", limit.to_string()));
        let query: Vec<_> = [text, kind, publisher, offset, limit].into_iter().flatten().collect();
        match self.transport.get("/api/registry/packages", &query, JSON, "list of packages") {
            Err(ClientError::NotFound { registry, .. }) => Err(ClientError::NoRegistry { registry }),
            answer => answer?.json(MAX_ANSWER),
        }
    }

    /// Everything about one package.
    ///
    /// # Errors
    /// As for [`search`](Self::search), and when there is no such package.
    pub fn package(&self, name: &PackageRef) -> Result<PackageDetail, ClientError> {
        let what = format!("package {name}");
        let path = format!("/api/registry/packages/{name}");
        let detail: PackageDetail = self.transport.get(&path, &[], JSON, &what)?.json(MAX_ANSWER)?;
        if detail.name != *name || detail.publisher.name != name.publisher() {
            let reason = format!("it is about {} of {}", detail.name, detail.publisher.name);
            return Err(ClientError::malformed(self.registry(), &what, reason));
        }
        Ok(detail)
    }

    /// A publisher and the keys that the registry knows of.
    ///
    /// # Errors
    /// As for [`package`](Self::package).
    pub fn publisher(&self, name: &str) -> Result<PublisherInfo, ClientError> {
        let what = format!("publisher {name}");
        let path = format!("/api/registry/publishers/{name}");
        self.transport.get(&path, &[], JSON, &what)?.json(MAX_ANSWER)
    }

    /// Says that a version is not to be installed any more. It stays where it is installed, and can be fetched.
    ///
    /// # Errors
    /// As for [`package`](Self::package), and without the publisher's token.
    pub fn yank(&self, name: &PackageRef, version: &Version, reason: &str) -> Result<(), ClientError> {
        let body = json!({ "reason": reason }).to_string();
        let payload = Payload::Bytes { media_type: JSON, bytes: body.as_bytes() };
        self.change_yank(Method::Post, name, version, payload)
    }

    /// Takes a yank back.
    ///
    /// # Errors
    /// As for [`yank`](Self::yank).
    pub fn unyank(&self, name: &PackageRef, version: &Version) -> Result<(), ClientError> {
        self.change_yank(Method::Delete, name, version, Payload::Nothing)
    }

    fn change_yank(
        &self,
        method: Method,
        name: &PackageRef,
        version: &Version,
        payload: Payload<'_>,
    ) -> Result<(), ClientError> {
        let path = format!("/api/registry/packages/{name}/versions/{version}/yank");
        let what = format!("package {name} {version}");
        self.transport.send(method, &self.registry().at(&path), payload, &what)?.bytes(MAX_ANSWER)?;
        Ok(())
    }
}

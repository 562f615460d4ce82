//! Names, versions and manifests of packages: pure, shared by host, SDK and registry.

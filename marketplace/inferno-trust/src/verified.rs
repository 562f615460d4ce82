//! The proof that a component may run.
//!
//! Owns: [`Verified`], whose fields only this crate can fill. Refuses `Default`, `From` and deserialization:
//! each would be a second way in. Easily confused with a flag that says "verified"; this is the thing itself,
//! together with who vouched for it and as what.

use std::{fmt, sync::Arc};

use inferno_package::{Kind, PackageRef, Requests, Version};
use inferno_types::Digest;

use crate::{Signer, statement::Statement};

/// The bytes of a component. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Component(Arc<[u8]>);

impl Component {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }

    /// The bytes, as they were when their digest was taken.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Component({} bytes)", self.0.len())
    }
}

/// A `T` that a trusted signer vouches for, with what the signer said.
///
/// [`verify`](crate::verify) is the only way to one:
///
/// ```compile_fail,E0451
/// # fn main() {
/// # let (content, statement, signer) = unreachable!();
/// let forged = inferno_trust::Verified::<inferno_trust::Component> { content, statement, signer };
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<T> {
    content: T,
    statement: Statement,
    signer: Signer,
}

impl<T> Verified<T> {
    pub(crate) fn new(content: T, statement: Statement, signer: Signer) -> Self {
        Self { content, statement, signer }
    }

    /// What is vouched for.
    pub fn get(&self) -> &T {
        &self.content
    }

    /// Who vouches for it.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// What its package is called.
    pub fn name(&self) -> &PackageRef {
        self.statement.release.name()
    }

    /// Which release of the package it is.
    pub fn version(&self) -> &Version {
        self.statement.release.version()
    }

    /// What it does.
    pub fn kind(&self) -> Kind {
        self.statement.release.kind()
    }

    /// The capabilities that its publisher asked for, under the signature.
    pub fn requests(&self) -> &Requests {
        self.statement.release.requests()
    }

    /// The SHA-256 of its bytes.
    pub fn digest(&self) -> Digest {
        self.statement.digest
    }
}

//! What an operator agreed to.

use inferno_package::OperatorGrants;
use inferno_trust::KeyId;

/// Answers to what an [`InstallPlan`](super::InstallPlan) asks. The default agrees to nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Consent {
    /// The key that may sign this publisher's packages from now on. Needed when nobody trusts it yet, and when the
    /// installed version has another one.
    pub signer: Option<KeyId>,
    /// What the package is allowed to do, of what it asks for.
    pub grants: OperatorGrants,
    /// Whether it is installed although something that it asks for is not granted.
    pub deny_rest: bool,
    /// Whether an older version may replace a newer one.
    pub downgrade: bool,
}

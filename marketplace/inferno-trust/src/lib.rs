//! From bytes and a policy to a Verified component: keys, bundles, statements.

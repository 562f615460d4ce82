//! Manifests as a table of texts and what becomes of them.

use std::error::Error as _;

use proptest::prelude::*;

use super::*;

const GOOD: &str = r#"[package]
name = "inferno/fuse-qkv"
version = "0.1.0"
kind = "optimization-pass"
description = "Joins three projections"
license = "Apache-2.0"

[grants]
log = true
"#;

/// What a manifest of a widget says at the end.
const METRICS: &str = "metrics = [\"inferno_generation_tokens_total\", \"inferno_requests_running\"]";

/// What [`GOOD`] is answered after `from` is replaced by `to`, with the causes of an error.
fn check(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from:?} is not in the manifest");
    match GOOD.replace(from, to).parse::<Manifest>() {
        Ok(manifest) => format!("ok: {manifest:?}"),
        Err(error) => match error.source() {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        },
    }
}

#[test]
fn a_manifest_is_read_and_printed() {
    let manifest: Manifest = GOOD.parse().expect("it is good");
    assert_eq!(manifest.to_string(), GOOD);
    assert!(manifest.requests().contains(&Capability::Log));
}

#[test]
fn a_widget_asks_for_metrics_by_name() {
    let text = GOOD.replace("optimization-pass", "widget").replace("log = true", METRICS);
    let manifest: Manifest = text.parse().expect("it is good");
    let requested: Vec<_> = manifest.requests().iter().map(ToString::to_string).collect();
    assert_eq!(requested, ["metric:inferno_generation_tokens_total", "metric:inferno_requests_running"]);
    assert_eq!(manifest.to_string().parse(), Ok(manifest));
}

#[test]
fn what_is_not_asked_for_is_not_requested() {
    for to in ["log = false", "metrics = []", ""] {
        let manifest: Manifest = GOOD.replace("log = true", to).parse().expect("it is good");
        assert_eq!(manifest.requests(), &Requests::none());
    }
}

#[test]
fn manifests_that_are_refused() {
    insta::assert_snapshot!(check("license", "lisence"), @r#"
    inferno.toml cannot be read: TOML parse error at line 6, column 1
      |
    6 | lisence = "Apache-2.0"
      | ^^^^^^^
    unknown field `lisence`, expected one of `name`, `version`, `kind`, `description`, `license`
    "#);
    insta::assert_snapshot!(check("[grants]", "[grant]"), @r#"
    inferno.toml cannot be read: TOML parse error at line 8, column 2
      |
    8 | [grant]
      |  ^^^^^
    unknown field `grant`, expected `package` or `grants`
    "#);
    insta::assert_snapshot!(check("log = true", "network = true"), @r#"
    inferno.toml cannot be read: TOML parse error at line 9, column 1
      |
    9 | network = true
      | ^^^^^^^
    unknown field `network`, expected `log` or `metrics`
    "#);
    insta::assert_snapshot!(check("log = true", METRICS), @"`grants.metrics` in inferno.toml is for widgets and analyzers; a pass is given no metrics");
    let widget = |metrics: &str| {
        let text = GOOD.replace("optimization-pass", "widget").replace("log = true", metrics);
        let error = text.parse::<Manifest>().expect_err(metrics);
        error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
    };
    insta::assert_snapshot!(widget("metrics = [\"Tokens\"]"), @r#""Tokens" in `grants.metrics` of inferno.toml is refused: a metric's name has only lower-case ASCII letters, digits and underscores, not 'T'"#);
    insta::assert_snapshot!(widget("metrics = [\"*\"]"), @r#""*" in `grants.metrics` of inferno.toml is refused: a metric's name has only lower-case ASCII letters, digits and underscores, not '*'"#);
    insta::assert_snapshot!(widget(&format!("metrics = [{}]", "\"a\",".repeat(65))), @"`grants.metrics` in inferno.toml names at most 64 metrics; this names 65");
    insta::assert_snapshot!(check("log = true", "log = \"yes\""), @r#"
    inferno.toml cannot be read: TOML parse error at line 9, column 7
      |
    9 | log = "yes"
      |       ^^^^^
    invalid type: string "yes", expected a boolean
    "#);
    insta::assert_snapshot!(check("log = true", "log = true\nlog = true"), @r#"
    inferno.toml cannot be read: TOML parse error at line 10, column 1
       |
    10 | log = true
       | ^^^
    duplicate key
    "#);
    insta::assert_snapshot!(check("kind = \"optimization-pass\"\n", ""), @r#"
    inferno.toml cannot be read: TOML parse error at line 1, column 1
      |
    1 | [package]
      | ^^^^^^^^^
    missing field `kind`
    "#);
    insta::assert_snapshot!(check("optimization-pass", "profiler"), @r#"`package.kind` in inferno.toml is refused: "profiler" is not a kind of package; this version knows `optimization-pass`, `widget` and `analyzer`"#);
    insta::assert_snapshot!(check("inferno/fuse-qkv", "../fuse-qkv"), @r#"`package.name` in inferno.toml is refused: the publisher of a package has only lower-case ASCII letters, digits and hyphens, not '.'"#);
    insta::assert_snapshot!(check("0.1.0", "0.1"), @r#"`package.version` in inferno.toml is refused: a version is written `major.minor.patch`, as semver.org describes: unexpected end of input while parsing minor version number"#);
    insta::assert_snapshot!(check("Joins three projections", " "), @r#"`package.description` in inferno.toml has 1 to 512 characters, not all blank; this has 1"#);
    insta::assert_snapshot!(check("Joins three projections", "\\u001b[2J"), @r#"`package.description` in inferno.toml is one line of text; remove the line breaks and control characters"#);
    insta::assert_snapshot!(check("Joins three projections", &"x".repeat(513)), @r#"`package.description` in inferno.toml has 1 to 512 characters, not all blank; this has 513"#);
    insta::assert_snapshot!(check("Joins three projections", &"x".repeat(MAX_BYTES)), @r#"inferno.toml has at most 65536 bytes, not 65678"#);
}

#[test]
fn deep_nesting_is_an_error_and_not_a_stack_overflow() {
    let deep = format!("x = {}", "[".repeat(MAX_BYTES - 8));
    assert!(matches!(deep.parse::<Manifest>(), Err(ManifestError::Format { .. })));
}

proptest! {
    #[test]
    fn manifests_round_trip(
        name in "[a-z]{1,8}/[a-z]{1,8}(-[a-z0-9]{1,8})?",
        version in "[1-9]\\.[0-9]\\.[0-9](-[a-z]{1,8})?",
        description in "[^\\p{Cc}\\s][^\\p{Cc}]{0,80}",
        license in "[A-Za-z0-9. -]{0,20}[A-Z]",
        log: bool,
        kind in proptest::sample::select(Kind::ALL.to_vec()),
        metrics in proptest::collection::btree_set("[a-z][a-z0-9_]{0,20}", 0..4),
    ) {
        let metrics = if kind == Kind::OptimizationPass { Vec::new() } else { Vec::from_iter(metrics) };
        let metrics: Result<Vec<MetricName>, _> = metrics.iter().map(|name| name.parse()).collect();
        let manifest = Manifest {
            name: name.parse()?,
            version: version.parse()?,
            kind,
            description,
            license,
            requests: log
                .then_some(Capability::Log)
                .into_iter()
                .chain(metrics?.into_iter().map(Capability::Metric))
                .collect(),
        };
        prop_assert_eq!(manifest.to_string().parse::<Manifest>()?, manifest);
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}") {
        let _ = text.parse::<Manifest>();
    }
}

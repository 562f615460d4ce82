//! Requests against grants as a table, and texts of capabilities.

use super::*;

/// `requested` ∩ `granted`, as what is allowed and what is denied.
fn check(requested: &str, granted: &str) -> String {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let requests: Result<Requests, _> =
        words(requested).iter().map(|text| text.parse::<Capability>()).collect();
    let operator = OperatorGrants::parse(words(granted)).expect("well-formed");
    let grants = Grants::intersect(&requests.expect("well-formed"), &operator);
    let list =
        |capabilities: Vec<&Capability>| capabilities.iter().map(|c| format!(" {c}")).collect::<String>();
    format!("allowed:{}; denied:{}", list(grants.allowed().collect()), list(grants.denied().collect()))
}

#[test]
fn only_what_is_requested_and_granted_is_allowed() {
    assert_eq!(check("", ""), "allowed:; denied:");
    assert_eq!(check("log", ""), "allowed:; denied: log");
    assert_eq!(check("", "log metrics"), "allowed:; denied:");
    assert_eq!(check("log", "log"), "allowed: log; denied:");
    assert_eq!(check("log metric:a metric:b", "metric:a"), "allowed: metric:a; denied: log metric:b");
    assert_eq!(check("log metric:a metric:b", "metrics"), "allowed: metric:a metric:b; denied: log");
}

#[test]
fn a_metric_is_allowed_by_its_whole_name() {
    let metric = |name: &str| Capability::Metric(name.parse().expect("a name"));
    let requests = [metric("inferno_requests"), Capability::Log].into_iter().collect();
    let grants = Grants::intersect(&requests, &OperatorGrants::none().with_all_metrics());
    assert!(grants.allows(&metric("inferno_requests")) && grants.allows_metric("inferno_requests"));
    for name in ["inferno_requests_total", "inferno", "log", "metrics", ""] {
        assert!(!grants.allows_metric(name), "{name}");
    }
    assert!(!grants.allows(&Capability::Log));
}

#[test]
fn capabilities_round_trip() {
    for text in ["log", "metric:inferno_generation_tokens_total"] {
        assert_eq!(text.parse::<Capability>().expect(text).to_string(), text);
    }
}

#[test]
fn texts_that_are_no_capability() {
    let check = |text: &str| text.parse::<Capability>().expect_err(text).to_string();
    insta::assert_snapshot!(check("network"), @r#""network" is not a capability; this version knows `log` and `metric:NAME`"#);
    // A wildcard is for operators to grant, never for a package to ask for.
    insta::assert_snapshot!(check("metrics"), @r#""metrics" is not a capability; this version knows `log` and `metric:NAME`"#);
    insta::assert_snapshot!(check("metric:"), @"a metric's name has 1 to 128 characters, not 0");
    insta::assert_snapshot!(check("metric:*"), @"a metric's name has only lower-case ASCII letters, digits and underscores, not '*'");
}

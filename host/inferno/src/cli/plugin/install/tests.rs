//! Questions: which are asked, of whom, and what an answer comes to.

use inferno_package::catalog::VersionDetail;
use inferno_trust::{PublicKey, SigningKey};

use super::*;
use crate::packages::Previous;

/// Somebody with prepared answers, who remembers the questions.
#[derive(Default)]
struct Prepared {
    answers: Vec<bool>,
    questions: Vec<String>,
}

impl Ask for Prepared {
    fn yes(&mut self, question: &str) -> Option<bool> {
        self.questions.push(question.to_owned());
        (!self.answers.is_empty()).then(|| self.answers.remove(0))
    }
}

fn key() -> PublicKey {
    PublicKey::from_pem(
        "-----BEGIN PUBLIC KEY-----\n\
         MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n\
         6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n\
         -----END PUBLIC KEY-----\n",
    )
    .expect("a key")
}

/// A first installation of something that asks for two things, signed by a key that nobody trusts yet.
fn plan() -> InstallPlan {
    let detail: VersionDetail = serde_json::from_value(serde_json::json!({
        "version": "0.2.0", "digest": format!("sha256:{}", "0".repeat(64)),
        "manifestDigest": format!("sha256:{}", "1".repeat(64)), "size": 140_419, "publishedAt": 1,
        "signer": key().id().to_string(), "requests": ["log", "metric:inferno_requests_running"], "kind": "widget",
    }))
    .expect("a version");
    InstallPlan::for_test("acme/clock", detail, key())
}

/// The consent that arguments and answers make, or why there is none; and the questions.
fn decide(
    arguments: &ConsentArguments,
    plan: &InstallPlan,
    answers: &[bool],
) -> (Result<Consent>, Vec<String>) {
    let mut prepared = Prepared { answers: answers.to_vec(), questions: Vec::new() };
    let consent = arguments.decide(plan, &mut prepared);
    (consent, prepared.questions)
}

#[test]
fn a_plan_is_shown_before_anything_is_asked() {
    insta::assert_snapshot!(show(&plan()), @r#"
    acme/clock 0.2.0  widget, 140.4 kB, Apache-2.0
      Shows the time.
      digest     sha256:0000000000000000000000000000000000000000000000000000000000000000
      signer     5cd252fb0ce8932436faf8ccd1040981b89ee4ad6b9fe9e2a2b7e71aacb27cd3 (not trusted here yet)
      asks for   log, metric:inferno_requests_running
      from       https://plugins.example.org
    "#);
    let previous = Previous {
        version: "0.1.0".parse().expect("a version"),
        digest: plan().digest,
        signer: SigningKey::generate().public_key().id(),
        grants: Vec::new(),
    };
    let mut changed = plan();
    (changed.previous, changed.signer_changed) = (Some(previous), true);
    assert!(show(&changed).contains("(ANOTHER KEY than before)"), "{}", show(&changed));
}

#[test]
fn a_stranger_is_asked_about_and_so_is_what_they_want() {
    let (consent, questions) = decide(&ConsentArguments::default(), &plan(), &[true, true]);
    let consent = consent.expect("twice yes");
    assert_eq!(consent.signer, Some(key().id()));
    assert!(plan().requests.iter().all(|request| consent.grants.grants(request)));
    insta::assert_snapshot!(questions.join("\n---\n"), @r#"
    Nobody here trusts the key 5cd252fb0ce8932436faf8ccd1040981b89ee4ad6b9fe9e2a2b7e71aacb27cd3 yet.
    Compare the key with the one that acme announces elsewhere.
    Trust it for packages of acme, and no others?
    ---
    acme/clock asks to
      write lines to the server's log (log)
      read the metric inferno_requests_running
    Grant this?
    "#);
}

#[test]
fn a_changed_signer_is_asked_about_with_both_keys() {
    let previous = Previous {
        version: "0.1.0".parse().expect("a version"),
        digest: plan().digest,
        signer: "0".repeat(64).parse().expect("a key's identifier"),
        grants: Vec::new(),
    };
    // Trusted by the configuration, and still another one than before.
    let mut plan = plan();
    (plan.previous, plan.signer_changed, plan.trusted) = (Some(previous), true, true);
    plan.requests.clear();
    let (consent, questions) = decide(&ConsentArguments::default(), &plan, &[true]);
    assert_eq!(consent.expect("yes").signer, Some(key().id()));
    insta::assert_snapshot!(questions.join("\n---\n"), @r#"
    The signer changed: 0.1.0 was signed with the key
      0000000000000000000000000000000000000000000000000000000000000000
    and this is signed with
      5cd252fb0ce8932436faf8ccd1040981b89ee4ad6b9fe9e2a2b7e71aacb27cd3
    Compare the key with the one that acme announces elsewhere.
    Trust the new key for packages of acme?
    "#);
}

#[test]
fn no_ends_it() {
    for answers in [&[false][..], &[true, false]] {
        let (consent, questions) = decide(&ConsentArguments::default(), &plan(), answers);
        assert_eq!(consent.expect_err("no").to_string(), "nothing is installed");
        assert_eq!(questions.len(), answers.len());
    }
}

#[test]
fn without_anybody_to_ask_nothing_is_agreed_to() {
    let (consent, questions) = decide(&ConsentArguments::default(), &plan(), &[]);
    assert_eq!(consent.expect("left open"), Consent::default());
    assert_eq!(questions.len(), 2, "each is asked, and nobody answers");
}

#[test]
fn what_is_said_beforehand_is_not_asked() {
    let said = |arguments: ConsentArguments| {
        let (consent, questions) = decide(&arguments, &plan(), &[]);
        assert!(questions.is_empty(), "{questions:?}");
        consent.expect("all is said")
    };
    let trust = Some(key().id());
    let grants = |consent: &Consent| plan().requests.iter().filter(|r| consent.grants.grants(r)).count();
    let consent = said(ConsentArguments { trust, yes: true, ..ConsentArguments::default() });
    assert_eq!((consent.signer, grants(&consent)), (trust, 2));
    let grant = vec!["log".to_owned(), "metrics".to_owned()];
    assert_eq!(grants(&said(ConsentArguments { trust, grant, ..ConsentArguments::default() })), 2);
    let grant = vec!["log".to_owned()];
    let consent = said(ConsentArguments { trust, grant, deny_rest: true, ..ConsentArguments::default() });
    assert_eq!((grants(&consent), consent.deny_rest), (1, true));
    // A yes to what it may do is no yes to who made it.
    let (consent, questions) =
        decide(&ConsentArguments { yes: true, ..ConsentArguments::default() }, &plan(), &[]);
    assert_eq!((consent.expect("left open").signer, questions.len()), (None, 1));
    let (consent, _) = decide(
        &ConsentArguments { trust, grant: vec!["network".to_owned()], ..ConsentArguments::default() },
        &plan(),
        &[],
    );
    insta::assert_snapshot!(consent.expect_err("no capability"), @r#""network" is not a capability; this version knows `log` and `metric:NAME`"#);
}

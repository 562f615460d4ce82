//! `inferno bench` on the real model: what it says hangs together. How fast it is, is no test's concern.

use inferno_e2e::{installation::Installation, prepared};
use serde_json::Value;

const SMALL: [&str; 7] = ["--no-passes", "--prompt", "40", "--generate", "4", "--rounds", "2"];

fn bench(more: &[&str]) -> anyhow::Result<String> {
    let model = prepared("INFERNO_TEST_MODEL");
    let arguments = ["bench", "--file", model.to_str().unwrap()];
    Installation::new()?.inferno(&[&arguments, more].concat())
}

#[test]
fn the_figures_of_a_bench_hang_together() {
    let report: Value = serde_json::from_str(&bench(&[&SMALL[..], &["--json"]].concat()).unwrap()).unwrap();
    let number = |pointer: &str| report.pointer(pointer).and_then(Value::as_f64).unwrap();
    for (speed, tokens) in [("prefill", 40.0), ("decode", 4.0)] {
        let of = |what: &str| number(&format!("/{speed}/{what}"));
        assert_eq!(of("tokens"), tokens);
        assert!(0.0 < of("least") && of("least") <= of("median") && of("median") <= of("most"), "{report}");
    }
    assert_eq!(number("/rounds"), 2.0);
    assert!(number("/threads") >= 1.0);
    let limit = number("/memory/read_bytes_per_second") / number("/memory/weight_bytes_per_token");
    assert!((number("/memory/decode_limit") / limit - 1.0).abs() < 1e-9, "{report}");
}

#[test]
fn a_bench_is_told_in_words_and_refuses_what_it_cannot_do() {
    let said = bench(&SMALL).unwrap();
    for line in ["prefill    40 tokens", "decode      4 tokens", "an estimate of what memory allows"] {
        assert!(said.contains(line), "{said}");
    }
    assert!(!said.contains('\u{1b}'), "no terminal, no colours: {said}");
    for (wrong, says) in [
        (["--generate", "1"], "1 is not in 2.."),
        (["--rounds", "0"], "--rounds"),
        (["--prompt", "8190"], "more than the model's context"),
    ] {
        let error = bench(&wrong).unwrap_err().to_string();
        assert!(error.contains(says), "{wrong:?}: {error}");
    }
}

//! What the model says, held against an independent implementation: token for token, and in likelihood.

use std::sync::{Mutex, MutexGuard, OnceLock};

use inferno::{
    assemble::{optimized, plugins},
    config::Config,
    home::Home,
};
use inferno_backend_cpu::CpuBackend;
use inferno_e2e::{
    bare::{self, Bare},
    prepared,
    reference::{Reference, Step},
};
use inferno_models::Model;

/// Tokens generated per prompt.
const STEPS: usize = 32;

/// Logits lie between about −20 and 30. Both implementations round activations to eight bits, each at its own
/// places, and that moves a logit by a few tenths at most.
const MOST_ROUNDING: f32 = 0.5;

/// Twenty texts of different kinds.
const PROMPTS: [&str; 20] = [
    "The capital of France is",
    "Once upon a time, in a small village by the sea,",
    "def fibonacci(n):\n    ",
    "The three laws of thermodynamics are",
    "Q: What is 17 + 25?\nA:",
    "Dear Sir or Madam,\n\n",
    "In 1969, the first humans",
    "Water boils at",
    "<|im_start|>user\nWrite a haiku about rain.<|im_end|>\n<|im_start|>assistant\n",
    "SELECT name, age FROM users WHERE",
    "La tour Eiffel se trouve",
    "1, 1, 2, 3, 5, 8,",
    "Photosynthesis is the process by which",
    "\"To be, or not to be\" was written by",
    "import numpy as np\n\n# Compute the mean of an array\n",
    "The difference between a virus and a bacterium is",
    "Ingredients:\n- 2 eggs\n- 100 g flour\n",
    "🙂 Hello! How are you",
    "A train leaves the station at 9:00 and",
    "The opposite of \"hot\" is",
];

/// A fixed text of more than two thousand tokens: this project's own licence.
const TEXT: &str = include_str!("../../../../LICENSE");

struct Bench {
    model: Model,
    plain: Bare,
    optimized: Bare,
    reference: Reference,
}

/// One model, one reference, and one test at a time on them: they all want every core.
fn bench() -> MutexGuard<'static, Bench> {
    static BENCH: OnceLock<Mutex<Bench>> = OnceLock::new();
    let bench = BENCH.get_or_init(|| {
        let path = prepared("INFERNO_TEST_MODEL");
        let model = bare::open(&path).unwrap();
        let backend = CpuBackend::new(None);
        let home = Home::at(prepared("INFERNO_TEST_HOME"));
        let policy = plugins::policy(&home, &Config::default(), plugins::Development::On).unwrap();
        let (_host, loaded) = plugins::load(&home, &Config::default(), &policy).unwrap();
        let optimized = optimized::optimize(&model, &backend, loaded, None).unwrap();
        assert!(optimized.graph.nodes().len() < model.graph().nodes().len(), "the passes changed nothing");
        let reference = Reference::start(&prepared("INFERNO_REFERENCE"), &path).unwrap();
        Mutex::new(Bench {
            plain: Bare::new(&backend, model.graph(), model.weights()).unwrap(),
            optimized: Bare::new(&backend, &optimized.graph, model.weights()).unwrap(),
            model,
            reference,
        })
    });
    bench.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Holds `ours` against `theirs`, position by position after the same text, and returns how many chose otherwise.
///
/// That is allowed only where the two best logits tie within rounding: where, in both implementations, the gap
/// between the two tokens is no more than twice what their logits differ by at the positions where they agree.
fn check(prompt: &str, ours: &[Step], theirs: &[Step]) -> usize {
    assert_eq!(ours.len(), theirs.len());
    let logit = |step: &Step, token| step.top.iter().find(|(t, _)| *t == token).map(|(_, l)| *l);
    let deviations = ours.iter().zip(theirs).filter(|(mine, other)| mine.token == other.token).flat_map(
        |(mine, other)| {
            mine.top.iter().filter_map(|(t, l)| Some((l - logit(other, *t)?).abs())).collect::<Vec<_>>()
        },
    );
    let rounding = deviations.fold(0.0, f32::max);
    assert!(
        rounding < MOST_ROUNDING,
        "{prompt:?}: logits differ by {rounding} where the tokens are the same"
    );
    let mut ties = 0;
    for (at, (mine, other)) in ours.iter().zip(theirs).enumerate() {
        if mine.token == other.token {
            continue;
        }
        let gap = |step: &Step, token| logit(step, token).map_or(f32::INFINITY, |l| step.top[0].1 - l);
        let (my_gap, their_gap) = (gap(mine, other.token), gap(other, mine.token));
        println!(
            "{prompt:?}, token {at}: {} here, {} there; gaps {my_gap:.4} and {their_gap:.4}, rounding {rounding:.4}",
            mine.token, other.token
        );
        let tie = my_gap.max(their_gap) <= 2.0 * rounding;
        assert!(tie, "{prompt:?}, token {at} is no tie: {mine:?} here, {other:?} there");
        ties += 1;
    }
    ties
}

#[test]
fn greedy_text_equals_the_reference() {
    let mut bench = bench();
    let Bench { model, plain, reference, .. } = &mut *bench;
    let mut ties = 0;
    for prompt in PROMPTS {
        let tokens = bare::tokens(model, prompt).unwrap();
        let theirs = reference.greedy(&tokens, STEPS).unwrap();
        let ours = plain.greedy(&tokens, STEPS, Some(&theirs)).unwrap();
        ties += check(prompt, &ours, &theirs);
    }
    println!("{} of {} tokens equal, {ties} ties", PROMPTS.len() * STEPS - ties, PROMPTS.len() * STEPS);
}

#[test]
fn passes_leave_the_greedy_text_as_it_is() {
    let mut bench = bench();
    let Bench { model, plain, optimized, .. } = &mut *bench;
    for prompt in PROMPTS {
        let tokens = bare::tokens(model, prompt).unwrap();
        let with: Vec<u32> =
            optimized.greedy(&tokens, STEPS, None).unwrap().iter().map(|s| s.token).collect();
        let without: Vec<u32> = plain.greedy(&tokens, STEPS, None).unwrap().iter().map(|s| s.token).collect();
        assert_eq!(with, without, "{prompt:?}");
    }
}

#[test]
fn perplexity_is_within_half_a_percent_of_the_reference() {
    let mut bench = bench();
    let Bench { model, optimized, reference, .. } = &mut *bench;
    let tokens = bare::tokens(model, TEXT).unwrap();
    assert!(tokens.len() >= 2_000, "the text has only {} tokens", tokens.len());
    let tokens = &tokens[..2_048.min(tokens.len())];
    let ours = optimized.score(tokens, 512).unwrap();
    let theirs = reference.score(tokens, 512).unwrap();
    assert_eq!(ours.count, theirs.count);
    let perplexity = |nll: f64, count: usize| (nll / count as f64).exp();
    let (ours, theirs) = (perplexity(ours.nll, ours.count), perplexity(theirs.nll, theirs.count));
    println!(
        "perplexity over {} tokens: {ours:.4}, reference {theirs:.4}, ratio {:.5}",
        tokens.len(),
        ours / theirs
    );
    assert!((ours / theirs - 1.0).abs() < 0.005, "{ours} is not within 0.5 % of {theirs}");
}

//! What the model says, held against an independent implementation: token for token, and in likelihood.

use std::sync::{Mutex, MutexGuard, OnceLock};

use inferno::{
    assemble::{optimized, plugins},
    config::Config,
    home::Home,
};
use inferno_backend::KvType;
use inferno_backend_cpu::CpuBackend;
use inferno_e2e::{
    bare::{self, Bare},
    prepared,
    reference::{Arithmetic, Reference, Step},
};
use inferno_models::Model;

/// Tokens generated per prompt.
const STEPS: usize = 32;

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

/// A fixed text of more than two thousand tokens: the licence, and the frozen plugin contract.
const TEXT: &str =
    concat!(include_str!("../../../../LICENSE"), include_str!("../../../../wit/0.1/graph.wit"));

struct Bench {
    model: Model,
    plain: Bare,
    optimized: Bare,
    /// With the kind of cache that a server would have; the two others keep it as the reference does.
    served: Bare,
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
        let optimized = optimized::decide(model.network(), &backend, loaded, None).unwrap();
        assert!(optimized.graph.nodes().len() < model.graph().nodes().len(), "the passes changed nothing");
        let reference =
            Reference::start(&prepared("INFERNO_REFERENCE"), &path, Arithmetic::Quantized).unwrap();
        Mutex::new(Bench {
            plain: Bare::with_cache(KvType::F16, &backend, model.graph(), model.weights()).unwrap(),
            optimized: Bare::with_cache(KvType::F16, &backend, &optimized.graph, model.weights()).unwrap(),
            served: Bare::new(&backend, &optimized.graph, model.weights()).unwrap(),
            model,
            reference,
        })
    });
    bench.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Two implementations after the same texts, position by position.
#[derive(Default)]
struct Comparison {
    positions: usize,
    /// What the gap between the best token and another candidate differs by, where both chose the same token. What
    /// all logits share is left out: it moves no choice.
    deviations: Vec<f32>,
    differences: Vec<Difference>,
}

/// Where they chose otherwise.
struct Difference {
    prompt: &'static str,
    /// Of the tokens generated.
    at: usize,
    ours: u32,
    what: String,
    /// The larger of the two gaps between the two tokens.
    gap: f32,
}

impl Comparison {
    fn add(&mut self, prompt: &'static str, ours: &[Step], theirs: &[Step]) {
        assert_eq!(ours.len(), theirs.len());
        let gap =
            |step: &Step, token| step.top.iter().find(|(t, _)| *t == token).map(|(_, l)| step.top[0].1 - l);
        for (at, (mine, other)) in ours.iter().zip(theirs).enumerate() {
            self.positions += 1;
            if mine.token == other.token {
                let both =
                    mine.top[1..].iter().filter_map(|(t, l)| Some(gap(other, *t)? - (mine.top[0].1 - l)));
                self.deviations.extend(both);
                continue;
            }
            // A token that is not even among the candidates is no tie at all.
            let gaps = [gap(mine, other.token), gap(other, mine.token)].map(|g| g.unwrap_or(f32::INFINITY));
            let what =
                format!("{prompt:?}, token {at}: {} here, {} there, gaps {gaps:?}", mine.token, other.token);
            let gap = gaps[0].max(gaps[1]);
            self.differences.push(Difference { prompt, at, ours: mine.token, what, gap });
        }
    }

    /// Every difference must be a tie: its gap within three standard deviations of what rounding does to a gap where
    /// the tokens agree. And rounding must not exceed `most`, or anything could be called a tie. One that is no tie is
    /// theirs, not ours, if `exact`, without any rounding, chooses as we do.
    fn check(&self, most: f32, mut exact: impl FnMut(&Difference) -> Option<u32>) {
        let squares: f32 = self.deviations.iter().map(|d| d * d).sum();
        let rounding = (squares / self.deviations.len() as f32).sqrt();
        let (equal, all) = (self.positions - self.differences.len(), self.positions);
        println!("{equal} of {all} tokens equal; gaps differ by {rounding:.2e} (root mean square)");
        assert!(
            rounding <= most,
            "logits differ by {rounding} where the tokens agree; at most {most} is rounding"
        );
        for difference in &self.differences {
            let Difference { what, gap, .. } = difference;
            println!("{what}: {:.1} × rounding", gap / rounding);
            if *gap > 3.0 * rounding {
                let exact = exact(difference);
                assert_eq!(exact, Some(difference.ours), "{what} is no tie: rounding is {rounding}");
                println!("  exact arithmetic chooses as we do");
            }
        }
    }
}

/// The graph means what the reference means: in exact arithmetic, both give the same tokens.
#[test]
fn the_interpreted_graph_equals_the_reference_in_exact_arithmetic() {
    let bench = bench();
    let mut exact =
        Reference::start(&prepared("INFERNO_REFERENCE"), &prepared("INFERNO_TEST_MODEL"), Arithmetic::Exact)
            .unwrap();
    let mut comparison = Comparison::default();
    for prompt in PROMPTS {
        let tokens = bare::tokens(&bench.model, prompt).unwrap();
        let theirs = exact.greedy(&tokens, STEPS).unwrap();
        let ours = bare::interpret(&bench.model, &tokens, &theirs).unwrap();
        comparison.add(prompt, &ours, &theirs);
    }
    comparison.check(1e-3, |_| None);
}

/// With activations rounded to eight bits, as both do, tokens differ only where two of them tie.
#[test]
fn greedy_text_equals_the_reference() {
    let mut bench = bench();
    let Bench { model, plain, reference, .. } = &mut *bench;
    let mut comparison = Comparison::default();
    for prompt in PROMPTS {
        let tokens = bare::tokens(model, prompt).unwrap();
        let theirs = reference.greedy(&tokens, STEPS).unwrap();
        let ours = plain.greedy_as_decode(&tokens, STEPS, Some(&theirs)).unwrap();
        comparison.add(prompt, &ours, &theirs);
    }
    comparison.check(0.25, |difference| {
        let tokens = bare::tokens(model, difference.prompt).unwrap();
        let theirs = reference.greedy(&tokens, STEPS).unwrap();
        let exact = bare::interpret(model, &tokens, &theirs).unwrap();
        Some(exact[difference.at].token)
    });
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

/// Beside exact arithmetic: rounding activations to eight bits moves the perplexity of a text by about as much as is
/// allowed here, in the reference too, so two that round say less of each other.
#[test]
fn perplexity_is_within_half_a_percent_of_exact_arithmetic() {
    let mut bench = bench();
    let Bench { model, served, .. } = &mut *bench;
    let mut exact =
        Reference::start(&prepared("INFERNO_REFERENCE"), &prepared("INFERNO_TEST_MODEL"), Arithmetic::Exact)
            .unwrap();
    let tokens = bare::tokens(model, TEXT).unwrap();
    let tokens = &tokens[..2_048];
    let ours = served.score(tokens, 512).unwrap();
    let theirs = exact.score(tokens, 512).unwrap();
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

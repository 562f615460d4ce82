//! Each way through the gates, with passes that are scripted and a meter that says what it is told.

use std::time::Duration;

use inferno_types::Digest;

use super::*;
use crate::{NewNode, NodeId, Op, PassIdentity, ValueId, ValueRef, replay, test_support::TinyLlama};

type Script = fn(&Graph) -> Result<Patch, PassError>;

struct Scripted(PassIdentity, Script);

impl GraphPass for Scripted {
    fn identity(&self) -> &PassIdentity {
        &self.0
    }

    fn propose(&mut self, graph: &Graph, _: &Target) -> Result<Patch, PassError> {
        (self.1)(graph)
    }
}

/// Decode times before and after, or a failure; in milliseconds with a spread of one.
struct Told(Option<(u64, u64)>);

impl CostMeter for Told {
    fn measure(&mut self, _: &Graph, _: &Graph) -> Result<Cost, CostError> {
        let ms = |n| Timing { median: Duration::from_millis(n), spread: Duration::from_millis(1) };
        let (before, after) = self.0.ok_or_else(|| CostError("no such kernel".into()))?;
        let (decode_before, decode_after) = (ms(before), ms(after));
        Ok(Cost { decode_before, decode_after, prefill_before: ms(500), prefill_after: ms(500) })
    }
}

/// Adds an identity after the embedding: exact, and of no use.
fn exact(_: &Graph) -> Result<Patch, PassError> {
    let add = vec![NewNode { op: Op::Identity, inputs: vec![ValueRef::Old(ValueId(3))] }];
    Ok(Patch { add, rewire: vec![(ValueId(3), ValueRef::New { node: 0, output: 0 })], ..Patch::default() })
}

fn scaled(graph: &Graph) -> Result<Patch, PassError> {
    let mut patch = exact(graph)?;
    patch.add[0].op = Op::Scale { factor: 1.001 };
    Ok(patch)
}

fn torn(_: &Graph) -> Result<Patch, PassError> {
    Ok(Patch { remove: vec![NodeId(3)], ..Patch::default() })
}

fn check(script: Script, told: Option<(u64, u64)>) -> (Outcome, Graph, Verdict) {
    let (graph, weights) = TinyLlama::default().build();
    let identity = PassIdentity {
        name: "test/pass".to_owned(),
        version: "1.0.0".to_owned(),
        digest: Digest::of(b"pass"),
        signer: "nobody".to_owned(),
    };
    let target =
        Target { backend: "cpu".to_owned(), device: "any".to_owned(), features: vec![], parallelism: 1 };
    let mut passes: Vec<Box<dyn GraphPass>> = vec![Box::new(Scripted(identity, script))];
    let outcome = optimize(&graph, &weights, &target, &mut passes, &mut Told(told), &mut || [7; 32]);
    let json = serde_json::to_string(&outcome.report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), outcome.report, "{json}");
    assert_eq!(replay(&graph, &outcome.accepted).unwrap(), outcome.graph);
    let verdict = outcome.report.passes[0].verdict.clone();
    (outcome, graph, verdict)
}

fn refused(script: Script, told: Option<(u64, u64)>) -> String {
    let (outcome, graph, verdict) = check(script, told);
    assert_eq!(outcome.graph, graph, "a refused patch leaves the graph as it was");
    match verdict {
        Verdict::Refused { reason } => reason.to_string(),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn what_is_exact_and_not_slower_is_accepted() {
    let (outcome, graph, verdict) = check(exact, Some((100, 90)));
    assert_eq!(verdict, Verdict::Accepted { worth: Worth::Faster });
    let report = &outcome.report.passes[0];
    assert_eq!((report.nodes_before, report.nodes_after), (graph.nodes().len(), graph.nodes().len() + 1));
    assert!(report.cost.is_some() && report.agreement.as_ref().unwrap().logits.absolute == 0.0);
    assert_eq!(check(exact, Some((100, 101))).2, Verdict::Accepted { worth: Worth::Neutral });
    assert_eq!(check(|_| Ok(Patch::default()), None).2, Verdict::Unchanged);
}

#[test]
fn each_gate_refuses_in_its_own_words() {
    assert_eq!(refused(exact, Some((100, 102))), "the patched graph is slower on this machine");
    assert_eq!(
        refused(exact, None),
        "the patched graph could not be timed: the graphs could not be timed: no such kernel"
    );
    assert_eq!(
        refused(|_| Err(PassError::Declined { reason: "no llama".to_owned() }), None),
        "the pass declines this graph: no llama"
    );
    assert_eq!(refused(|_| Err(PassError::Guest("trap".into())), None), "the pass failed: trap");
    assert_eq!(refused(|_| Err(PassError::Host("disk".into())), None), "the pass could not be run: disk");
    assert!(refused(torn, None).starts_with("the patch does not fit: %6 has no substitute for node 6"));
    let message = refused(scaled, Some((100, 50)));
    assert!(message.starts_with("the patched graph computes something else: a "), "{message}");
}

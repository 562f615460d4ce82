//! The optimization report: from what was decided to what is served and printed.

use std::fmt::Write as _;

use inferno_graph::{
    Graph, Target,
    optimize::{self, RefusalReason, Worth},
};
use inferno_http::api::optimization::{
    OptimizationReport, PassReport, RefusedComponent, Timing, Validation, Verdict,
};
use inferno_trust::Policy;

use crate::assemble::{model::ModelFile, optimized::Optimized};

/// The report as the API serves it.
pub(crate) fn describe(
    file: &ModelFile,
    target: &Target,
    policy: &Policy,
    original: &Graph,
    optimized: &Optimized,
) -> OptimizationReport {
    let refused = optimized.refused.iter();
    OptimizationReport {
        model: file.id.to_string(),
        model_digest: file.digest.to_string(),
        target: format!(
            "{} ({}), {} threads, {}",
            target.backend,
            target.device,
            target.parallelism,
            target.features.join(" ")
        ),
        policy: policy.to_string(),
        cached: optimized.cached,
        nodes_before: original.nodes().len(),
        nodes_after: optimized.graph.nodes().len(),
        passes: optimized.report.passes.iter().map(pass).collect(),
        refused_components: refused
            .map(|r| RefusedComponent { folder: r.folder.clone(), reason: r.reason.clone() })
            .collect(),
    }
}

fn pass(pass: &optimize::PassReport) -> PassReport {
    let (verdict, reason) = match &pass.verdict {
        optimize::Verdict::Accepted { worth: Worth::Faster } => (Verdict::Accepted, None),
        optimize::Verdict::Accepted { worth: Worth::Neutral } => (Verdict::AcceptedNotWorthIt, None),
        optimize::Verdict::Unchanged => (Verdict::Unchanged, None),
        optimize::Verdict::Refused { reason } => (Verdict::Refused, Some(reason)),
    };
    let deviation = match reason {
        Some(RefusalReason::Disagrees { deviation, .. }) => *deviation,
        _ => pass.agreement.as_ref().map(|a| a.logits),
    };
    let ms = |timing: optimize::Timing| timing.median.as_secs_f64() * 1e3;
    PassReport {
        name: pass.identity.name.clone(),
        version: pass.identity.version.clone(),
        digest: pass.identity.digest.to_string(),
        signer: pass.identity.signer.clone(),
        nodes_before: pass.nodes_before,
        nodes_after: pass.nodes_after,
        validation: deviation.map(|deviation| Validation {
            largest_deviation: deviation.absolute,
            relative_deviation: deviation.relative,
            tolerance: deviation.at.probe.tolerance(),
            place: deviation.at.to_string(),
            probes: pass.agreement.as_ref().map(|a| a.probes),
        }),
        timing: pass.cost.map(|cost| Timing {
            decode_before_ms: ms(cost.decode_before),
            decode_after_ms: ms(cost.decode_after),
            prefill_before_ms: ms(cost.prefill_before),
            prefill_after_ms: ms(cost.prefill_after),
            spread: cost.decode_after.spread.as_secs_f64() / cost.decode_after.median.as_secs_f64(),
        }),
        verdict,
        reason: reason.map(ToString::to_string),
    }
}

/// The report as people read it.
pub(crate) fn print(report: &OptimizationReport) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{} on {}", report.model, report.target);
    let _ = writeln!(out, "trust: {}", report.policy);
    let again = if report.cached { " (as measured at an earlier start)" } else { "" };
    let _ = writeln!(out, "nodes: {} → {}{again}\n", report.nodes_before, report.nodes_after);
    for pass in &report.passes {
        let verdict = match pass.verdict {
            Verdict::Accepted => "accepted",
            Verdict::AcceptedNotWorthIt => "accepted, but no gain beyond noise",
            Verdict::Unchanged => "nothing to do",
            Verdict::Refused => "REFUSED",
        };
        let _ = writeln!(out, "{} {}: {verdict}", pass.name, pass.version);
        let _ = writeln!(out, "  {}, signed by {}", pass.digest, pass.signer);
        if pass.nodes_before != pass.nodes_after {
            let _ = writeln!(out, "  nodes {} → {}", pass.nodes_before, pass.nodes_after);
        }
        if let Some(v) = &pass.validation {
            let _ = writeln!(
                out,
                "  largest deviation {:.2e} ({:.1e} of its row's size, {:.0e} is rounding), {}",
                v.largest_deviation, v.relative_deviation, v.tolerance, v.place
            );
        }
        if let Some(t) = &pass.timing {
            let _ = writeln!(
                out,
                "  decode {:.3} → {:.3} ms ({:+.1} %), prefill {:.2} → {:.2} ms ({:+.1} %), spread {:.1} %",
                t.decode_before_ms,
                t.decode_after_ms,
                (t.decode_after_ms / t.decode_before_ms - 1.0) * 100.0,
                t.prefill_before_ms,
                t.prefill_after_ms,
                (t.prefill_after_ms / t.prefill_before_ms - 1.0) * 100.0,
                t.spread * 100.0
            );
        }
        if let Some(reason) = &pass.reason {
            let _ = writeln!(out, "  {reason}");
        }
    }
    for refused in &report.refused_components {
        let _ = writeln!(out, "{}: REFUSED before it ran\n  {}", refused.folder, refused.reason);
    }
    out
}

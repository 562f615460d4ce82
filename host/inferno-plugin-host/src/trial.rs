//! One call of an optimization pass with JSON in and JSON out, beside streams.
//!
//! Owns the way around the types of `inferno-graph`: whoever tries a pass out may hand it a graph that is none, and sees
//! what it returns as it returned it. Nothing of this ever reaches a model. Easily confused with
//! `GraphPass::propose`, whose patch is checked and may be applied.

use serde_json::Value;
use wasmtime::component::{Component, ComponentExportIndex, Type, Val, types::ComponentItem};

use crate::{
    CallError, GuestFault, HostFault,
    fault::{Fault, Phase},
    json::{JsonDefect, lift, lower},
    plugin::{Answer, GuestState, Plugin, blame, internal},
    world::World,
};

/// The function `apply` of a component, and what it takes.
struct Apply {
    function: ComponentExportIndex,
    graph: Type,
    target: Type,
}

/// Calls `apply` with this graph and this target.
///
/// # Errors
/// When the JSON is not what the contract says, or the pass declines, breaks, is suspended, or cannot be run.
pub(crate) fn apply(
    plugin: &Plugin,
    pre: &wasmtime::component::InstancePre<GuestState>,
    world: World,
    graph: &Value,
    target: &Value,
) -> Result<Value, CallError> {
    let unfit = || CallError::Host(HostFault::NotExpressible { what: "this pass in JSON".to_owned() });
    let apply = find(pre.component(), world).ok_or_else(unfit)?;
    let input = |defect: JsonDefect| CallError::Input { reason: defect.to_string() };
    let arguments = [
        lower(&apply.graph, graph).map_err(|defect| input(defect.inside("graph")))?,
        lower(&apply.target, target).map_err(|defect| input(defect.inside("target")))?,
    ];
    let limits = &plugin.runtime().config.trial_pass;
    plugin.call_beside(limits, |store| {
        let instance = pre.instantiate(&mut *store).map_err(blame(Phase::Instantiate, limits))?;
        let missing = || Fault::Host(HostFault::NotExpressible { what: "this pass in JSON".to_owned() });
        let function = instance.get_func(&mut *store, apply.function).ok_or_else(missing)?;
        let mut results = [Val::Bool(false)];
        function.call(&mut *store, &arguments, &mut results).map_err(blame(Phase::Call, limits))?;
        let [result] = results;
        answer(result)
    })
}

fn find(component: &Component, world: World) -> Option<Apply> {
    let interface = format!("inferno:plugin/{}@{}.0", world.export, world.version);
    let interface = component.get_export_index(None, &interface)?;
    let (item, function) = component.get_export(Some(&interface), "apply")?;
    let ComponentItem::ComponentFunc(ty) = item else { return None };
    let mut params = ty.params().map(|(_, ty)| ty);
    Some(Apply { function, graph: params.next()?, target: params.next()? })
}

fn answer(result: Val) -> Result<Answer<Value>, Fault> {
    let strange = |reason: &str| Fault::Guest(GuestFault::CallingConvention { reason: reason.to_owned() });
    let Val::Result(result) = result else { return Err(strange("`apply` returned no result")) };
    match result {
        Ok(Some(patch)) => Ok(Answer::Given(lift(&patch).ok_or_else(|| strange("a patch without JSON"))?)),
        Ok(None) => Err(strange("`apply` returned no patch")),
        Err(error) => match error.as_deref() {
            Some(Val::Variant(case, Some(reason))) => match (case.as_str(), reason.as_ref()) {
                ("unsupported", Val::String(reason)) => Ok(Answer::declined(reason)),
                ("internal", Val::String(reason)) => Err(internal(reason)),
                _ => Err(strange("`apply` returned an unknown error")),
            },
            _ => Err(strange("`apply` returned an unknown error")),
        },
    }
}

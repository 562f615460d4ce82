//! The worlds of `inferno:plugin` as Rust types: generated from `wit/`, do not edit.
//!
//! Owns every `bindgen!` of the workspace, one module per world. A world lives in the version of the contract in which
//! it last changed. Nothing outside `convert`, `log` and the modules of the kinds names these types; everybody else
//! sees those of `inferno-graph` and `inferno-insight`.

/// `optimization-pass`, of contract 0.1.
pub(crate) mod pass {
    wasmtime::component::bindgen!({
        path: "../../wit/0.1",
        world: "optimization-pass",
    });

    pub(crate) use exports::inferno::plugin::pass::PassError;
    pub(crate) use inferno::plugin::{graph, log};
}

/// `widget`, of contract 0.2.
pub(crate) mod widget {
    wasmtime::component::bindgen!({
        path: "../../wit/0.2",
        world: "widget",
    });

    pub(crate) use exports::inferno::plugin::panel::PanelError;
    pub(crate) use inferno::plugin::{log, metrics, view};
}

/// `analyzer`, of contract 0.2.
pub(crate) mod analyzer {
    wasmtime::component::bindgen!({
        path: "../../wit/0.2",
        world: "analyzer",
        with: {
            "inferno:plugin/log": super::widget::inferno::plugin::log,
            "inferno:plugin/metrics": super::widget::inferno::plugin::metrics,
        },
    });

    pub(crate) use exports::inferno::plugin::analysis;
}

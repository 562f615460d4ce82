//! What `wit-bindgen` makes of the contract, world by world. Generated at compile time: change `wit/`, not this.
//!
//! What a component does not export leaves nothing in it: no world forces itself into the module (the macro that
//! exports one brings its whole description), so the linker drops those that are not named.
#![expect(missing_docs, reason = "generated; the contract's own comments come through where it has any")]

pub mod pass {
    wit_bindgen::generate!({
        path: "../../wit/0.1",
        world: "optimization-pass",
        additional_derives: [PartialEq],
        pub_export_macro: true,
        disable_custom_section_link_helpers: true,
        export_macro_name: "export_optimization_pass",
        default_bindings_module: "inferno_plugin::__private::pass",
    });
}

pub mod widget {
    wit_bindgen::generate!({
        path: "../../wit/0.2",
        world: "widget",
        additional_derives: [PartialEq],
        pub_export_macro: true,
        disable_custom_section_link_helpers: true,
        export_macro_name: "export_widget",
        default_bindings_module: "inferno_plugin::__private::widget",
    });
}

pub mod analyzer {
    wit_bindgen::generate!({
        path: "../../wit/0.2",
        world: "analyzer",
        additional_derives: [PartialEq],
        pub_export_macro: true,
        disable_custom_section_link_helpers: true,
        export_macro_name: "export_analyzer",
        default_bindings_module: "inferno_plugin::__private::analyzer",
        // The types of widgets and analyzers are the same ones.
        with: {
            "inferno:plugin/metrics@0.2.0": crate::bindings::widget::inferno::plugin::metrics,
            "inferno:plugin/log@0.2.0": crate::bindings::widget::inferno::plugin::log,
        },
    });
}

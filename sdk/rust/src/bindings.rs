//! What `wit-bindgen` makes of the contract. Generated at compile time: change `wit/`, not this.
#![expect(missing_docs, reason = "generated; the contract's own comments come through where it has any")]

wit_bindgen::generate!({
    path: "../../wit/0.1",
    world: "optimization-pass",
    additional_derives: [PartialEq],
    pub_export_macro: true,
    export_macro_name: "export_optimization_pass",
    default_bindings_module: "inferno_plugin::__private",
});

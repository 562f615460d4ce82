//! The OpenAPI document of everything that a server answers.

use utoipa::openapi::OpenApi;

/// The routes of the server and of the registry that is part of it.
pub(crate) fn openapi() -> OpenApi {
    let mut document = inferno_http::openapi::document();
    document.merge(inferno_registry::openapi());
    document
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::*;

    /// A name that both parts give to different shapes would silently become one of the two.
    #[test]
    fn both_parts_mean_the_same_by_a_name() {
        let [ours, theirs] = [inferno_http::openapi::document(), inferno_registry::openapi()]
            .map(|document| serde_json::to_value(document).expect("JSON"));
        let schemas =
            |document: &Value| document["components"]["schemas"].as_object().expect("schemas").clone();
        let ours = schemas(&ours);
        let shared: Vec<_> =
            schemas(&theirs).into_iter().filter(|(name, _)| ours.contains_key(name)).collect();
        assert!(!shared.is_empty(), "the catalog's types are shared");
        for (name, schema) in shared {
            assert_eq!(schema, ours[&name], "{name}");
        }
    }

    #[test]
    fn every_operation_has_a_name_of_its_own_and_every_reference_a_schema() {
        let document = serde_json::to_value(openapi()).expect("JSON");
        let mut operations = BTreeMap::new();
        for (path, item) in document["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("methods") {
                let id = operation["operationId"].as_str().expect("a name").to_owned();
                let earlier = operations.insert(id.clone(), format!("{method} {path}"));
                assert_eq!(earlier, None, "{id} is also {method} {path}");
            }
        }
        let text = document.to_string();
        for reference in text.split("#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap_or_default();
            assert!(document["components"]["schemas"].get(name).is_some(), "{name} is not described");
        }
    }
}

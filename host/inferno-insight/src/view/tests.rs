//! Views that must be refused, each with its own words, and the JSON of those that are not.

use serde_json::{Value, json};

use super::*;

fn view(nodes: Value, root: u32) -> RawView {
    serde_json::from_value(json!({ "nodes": nodes, "root": root })).expect("the shape of a view")
}

#[track_caller]
fn check(nodes: Value, expected: &str) {
    let result = view(nodes, 0).check(&ViewLimits::default());
    assert_eq!(result.map_or_else(|defect| defect.to_string(), |_| "fine".to_owned()), expected);
}

fn stack(children: &[u32]) -> Value {
    json!({"tag": "stack", "val": {"direction": "column", "children": children}})
}

fn text(text: &str) -> Value {
    json!({"tag": "text", "val": {"text": text, "style": "body", "tone": "neutral"}})
}

fn layer(xs: &[f64], ys: &[Option<f64>]) -> Value {
    let axis = json!({"label": "", "unit": "none", "scale": "linear"});
    let layer = json!({"name": "", "mark": "line", "tone": "accent", "xs": xs, "ys": ys});
    json!({"tag": "chart", "val": {"description": "", "x": axis, "y": axis, "layers": [layer]}})
}

#[test]
fn trees_pass_and_nothing_else() {
    check(json!([stack(&[1, 2]), text("a"), stack(&[3]), text("b")]), "fine");
    check(json!([]), "the root is node 0, and there are 0 nodes");
    check(json!([stack(&[7])]), "node 0 has the child 7, and there are 1 nodes");
    let order = "which does not come after it; a view is a tree, without cycles";
    check(json!([stack(&[0])]), &format!("node 0 has the child 0, {order}"));
    check(json!([stack(&[1]), stack(&[0])]), &format!("node 1 has the child 0, {order}"));
    check(json!([stack(&[1, 1]), text("a")]), "node 1 is the child of two nodes; a view is a tree");
    check(json!([stack(&[]), text("a")]), "node 1 is neither the root nor the child of a node");
}

#[test]
fn lists_that_belong_together_fit() {
    check(json!([layer(&[1.0, 2.0], &[Some(1.0), None])]), "fine");
    check(json!([layer(&[1.0], &[])]), "in node 0, `ys` has 0 entries where 1 are needed");
    let table = json!({"tag": "table", "val": {"caption": "", "columns": [], "rows": [[{"tag": "empty"}]]}});
    check(json!([table]), "in node 0, a row has 1 entries where 0 are needed");
    let breakdown = json!({"tag": "breakdown", "val": {"description": "", "unit": "seconds",
        "provenance": "measured", "parts": [{"name": "a", "value": -1.0}]}});
    check(json!([breakdown]), "in node 0, a part is not a number that can be drawn");
    let grid = json!({"tag": "grid", "val": {"columns": 0, "children": []}});
    check(json!([grid]), "in node 0, the number of columns (1 to 12) is not a number that can be drawn");
}

#[test]
fn size_is_bounded() {
    let too_long = "the view has 10000000 bytes in one text, and at most 2000 are allowed";
    check(json!([text(&"x".repeat(10_000_000))]), too_long);
    let children: Vec<u32> = (1..=200).collect();
    let mut wordy = vec![stack(&children)];
    wordy.extend(children.iter().map(|_| text(&"x".repeat(2_000))));
    check(json!(wordy), "the view has 264000 bytes, and at most 262144 are allowed");
    let many = vec![0.0; 10_001];
    let gaps = vec![None; 10_001];
    check(json!([layer(&many, &gaps)]), "the view has 20002 numbers, and at most 20000 are allowed");
    // Whatever a list holds, its entries count.
    let table =
        json!({"tag": "table", "val": {"caption": "", "columns": [], "rows": vec![json!([]); 20_001]}});
    check(json!([table]), "the view has 20001 numbers, and at most 20000 are allowed");
    let mut chart = layer(&[], &[]);
    let empty = chart["val"]["layers"][0].clone();
    chart["val"]["layers"] = json!(vec![empty; 2_000]);
    check(json!([chart]), "the view has 2001 nodes and layers, and at most 2000 are allowed");
    let deep: Vec<Value> =
        (1..=17).map(|child| if child < 17 { stack(&[child]) } else { text("a") }).collect();
    check(json!(deep), "the view has 17 levels, and at most 16 are allowed");
}

#[test]
fn a_million_nodes_are_refused_before_they_are_looked_at() {
    let Node::Text(words) = &view(json!([text("")]), 0).nodes[0] else { panic!("it is a text") };
    let nodes = vec![Node::Text(words.clone()); 1_000_000];
    let defect = RawView { nodes, root: 0 }.check(&ViewLimits::default()).expect_err("too many");
    assert_eq!(defect.to_string(), "the view has 1000000 nodes, and at most 2000 are allowed");
}

proptest::proptest! {
    /// Held against the obvious way: walk down from the root, meet every node once and none twice.
    #[test]
    fn what_passes_is_a_tree_and_every_tree_in_order_passes(
        children in proptest::collection::vec(proptest::collection::vec(0_u32..7, 0..3), 1..7),
        root in 0_u32..7,
    ) {
        let nodes: Vec<Value> = children.iter().map(|children| stack(children)).collect();
        let mut met = vec![0; children.len()];
        let mut left = vec![(None, root)];
        let mut tree = true;
        while let Some((parent, node)) = left.pop() {
            let in_order = parent.is_none_or(|parent| parent < node);
            match met.get_mut(node as usize) {
                Some(times) if *times == 0 && in_order => *times += 1,
                _ => {
                    tree = false;
                    break;
                }
            }
            left.extend(children[node as usize].iter().map(|child| (Some(node), *child)));
        }
        tree &= met.iter().all(|times| *times == 1);
        let result = view(json!(nodes), root).check(&ViewLimits::default());
        proptest::prop_assert_eq!(result.is_ok(), tree, "{:?}", result);
    }
}

#[test]
fn json_is_that_of_the_browser() {
    let stat = r#"{"tag":"stat","val":{"label":"now","unit":"per-second","provenance":"measured","tone":"good","trend":[1.0,null]}}"#;
    let text = format!(r#"{{"nodes":[{stat}],"root":0}}"#);
    let raw: RawView = serde_json::from_str(&text).expect("a view");
    let view = raw.check(&ViewLimits::default()).expect("fine");
    assert_eq!(serde_json::to_string(&view).expect("JSON"), text);
}

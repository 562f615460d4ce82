//! Topological order that keeps an order it is given where it can.

use std::collections::BTreeMap;

use crate::{NodeId, ValueId};

/// A node of the graph to be. Old nodes sort first, in their old order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NodeRef {
    /// Of the old graph.
    Old(NodeId),
    /// Index into the added nodes.
    Added(u32),
}

/// Where an operand comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// An input of the graph.
    Input(ValueId),
    /// An output of a node.
    Node(NodeRef, u32),
}

enum Mark {
    Open,
    Done,
}

/// Each node after those it reads: nodes in their own order, each preceded by what it still lacks. Without
/// recursion, since a patch decides how deep the graph is.
///
/// # Errors
/// The nodes of a cycle, each reading the next.
pub(super) fn sort(sources: &BTreeMap<NodeRef, Vec<Source>>) -> Result<Vec<NodeRef>, Vec<NodeRef>> {
    let mut order = Vec::with_capacity(sources.len());
    let mut marks = BTreeMap::new();
    for root in sources.keys() {
        if marks.contains_key(root) {
            continue;
        }
        // The path of open nodes from the root, each with the number of its operands already seen to.
        let mut path = vec![(*root, 0)];
        marks.insert(*root, Mark::Open);
        while let Some((node, seen)) = path.last_mut() {
            let node = *node;
            let Some(operand) = sources[&node].get(*seen) else {
                marks.insert(node, Mark::Done);
                order.push(node);
                path.pop();
                continue;
            };
            *seen += 1;
            let Source::Node(needed, _) = operand else { continue };
            match marks.get(needed) {
                Some(Mark::Done) => {}
                Some(Mark::Open) => {
                    let from = path.iter().position(|(n, _)| n == needed).unwrap_or(0);
                    return Err(path[from..].iter().map(|(n, _)| *n).collect());
                }
                None => {
                    marks.insert(*needed, Mark::Open);
                    path.push((*needed, 0));
                }
            }
        }
    }
    Ok(order)
}

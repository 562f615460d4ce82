//! From a raw view to one that may be drawn.
//!
//! A child comes after its parent and has one: so a view is a tree by the order of its indices alone, cycles cannot be
//! written down, and depths are known in one pass from front to back.

use super::{Cell, Heatmap, Node, RawView};

/// How large a view may be. The defaults are those of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewLimits {
    /// Nodes, a layer of a chart counting as one. Default 2,000.
    pub nodes: usize,
    /// Nodes from the root to a leaf. Default 16.
    pub depth: u32,
    /// Bytes of one text. Default 2,000.
    pub text_bytes: usize,
    /// Numbers in all nodes together; cells, parts, and the columns and rows around them count as one each. Default
    /// 20,000.
    pub numbers: usize,
    /// Bytes of all texts and numbers together, a number counting as eight. Default 256 KiB.
    pub bytes: usize,
}

impl Default for ViewLimits {
    fn default() -> Self {
        Self { nodes: 2_000, depth: 16, text_bytes: 2_000, numbers: 20_000, bytes: 256 * 1024 }
    }
}

/// Why a view is not drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ViewDefect {
    /// Too much of something.
    #[error("the view has {found} {what}, and at most {limit} are allowed")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// How much, as far as it was counted.
        found: usize,
        /// How much is allowed.
        limit: usize,
    },
    /// The root is no node.
    #[error("the root is node {root}, and there are {nodes} nodes")]
    Root {
        /// The root.
        root: u32,
        /// How many nodes there are.
        nodes: usize,
    },
    /// A child that is no node.
    #[error("node {parent} has the child {child}, and there are {nodes} nodes")]
    Bounds {
        /// The parent.
        parent: usize,
        /// The child.
        child: u32,
        /// How many nodes there are.
        nodes: usize,
    },
    /// A child at or before its parent: a cycle, or on the way to one.
    #[error(
        "node {parent} has the child {child}, which does not come after it; a view is a tree, without cycles"
    )]
    Order {
        /// The parent.
        parent: usize,
        /// The child.
        child: u32,
    },
    /// A child of two parents.
    #[error("node {child} is the child of two nodes; a view is a tree")]
    Shared {
        /// The child.
        child: u32,
    },
    /// A node that the root does not reach.
    #[error("node {node} is neither the root nor the child of a node")]
    Stray {
        /// The node.
        node: usize,
    },
    /// Lists that belong together have different lengths.
    #[error("in node {node}, {what} has {found} entries where {expected} are needed")]
    Length {
        /// The node.
        node: usize,
        /// Which list.
        what: &'static str,
        /// Its length.
        found: usize,
        /// What it should be.
        expected: usize,
    },
    /// A number that cannot be drawn.
    #[error("in node {node}, {what} is not a number that can be drawn")]
    Number {
        /// The node.
        node: usize,
        /// Which.
        what: &'static str,
    },
}

pub(super) fn check(view: &RawView, limits: &ViewLimits) -> Result<(), ViewDefect> {
    let nodes = view.nodes.len();
    at_most("nodes", nodes, limits.nodes)?;
    if view.root as usize >= nodes {
        return Err(ViewDefect::Root { root: view.root, nodes });
    }
    shape(view, limits)?;
    let mut totals = Totals { limits, nodes, numbers: 0, bytes: 0 };
    for (at, node) in view.nodes.iter().enumerate() {
        content(at, node, &mut totals)?;
    }
    Ok(())
}

fn shape(view: &RawView, limits: &ViewLimits) -> Result<(), ViewDefect> {
    let nodes = view.nodes.len();
    let mut depths = vec![0_u32; nodes];
    depths[view.root as usize] = 1;
    for (parent, node) in view.nodes.iter().enumerate() {
        if depths[parent] == 0 {
            return Err(ViewDefect::Stray { node: parent });
        }
        for &child in node.children() {
            let index = child as usize;
            if index >= nodes {
                return Err(ViewDefect::Bounds { parent, child, nodes });
            }
            if index <= parent {
                return Err(ViewDefect::Order { parent, child });
            }
            if depths[index] != 0 {
                return Err(ViewDefect::Shared { child });
            }
            depths[index] = depths[parent] + 1;
            at_most("levels", depths[index] as usize, limits.depth as usize)?;
        }
    }
    Ok(())
}

fn content(at: usize, node: &Node, totals: &mut Totals<'_>) -> Result<(), ViewDefect> {
    match node {
        Node::Stack(_) => Ok(()),
        Node::Grid(grid) => match grid.columns {
            1..=12 => Ok(()),
            _ => Err(ViewDefect::Number { node: at, what: "the number of columns (1 to 12)" }),
        },
        Node::Text(text) => totals.text(&text.text),
        Node::Stat(stat) => {
            totals.text(&stat.label)?;
            totals.numbers(stat.trend.len() + 1)?;
            finite(at, "the value", stat.value.as_slice())
        }
        Node::Table(table) => {
            totals.text(&table.caption)?;
            totals.texts(table.columns.iter().map(|column| &column.title))?;
            totals.numbers(table.columns.len())?;
            totals.numbers(table.rows.len())?;
            for row in &table.rows {
                same_length(at, "a row", row.len(), table.columns.len())?;
                for cell in row {
                    match cell {
                        Cell::Empty => totals.numbers(1)?,
                        Cell::Text(text) => {
                            totals.numbers(1)?;
                            totals.text(text)?;
                        }
                        Cell::Number(value) => {
                            totals.numbers(1)?;
                            finite(at, "a cell", &[*value])?;
                        }
                    }
                }
            }
            Ok(())
        }
        Node::Chart(chart) => {
            totals.texts([&chart.description, &chart.x.label, &chart.y.label])?;
            totals.nodes(chart.layers.len())?;
            for layer in &chart.layers {
                totals.text(&layer.name)?;
                totals.numbers(layer.xs.len() + layer.ys.len())?;
                same_length(at, "`ys`", layer.ys.len(), layer.xs.len())?;
                finite(at, "an entry of `xs`", &layer.xs)?;
            }
            Ok(())
        }
        Node::Heatmap(heatmap) => grid_of_values(at, heatmap, totals),
        Node::Breakdown(breakdown) => {
            totals.text(&breakdown.description)?;
            for part in &breakdown.parts {
                totals.text(&part.name)?;
                totals.numbers(1)?;
                if !(part.value.is_finite() && part.value >= 0.0) {
                    return Err(ViewDefect::Number { node: at, what: "a part" });
                }
            }
            Ok(())
        }
    }
}

fn grid_of_values(at: usize, heatmap: &Heatmap, totals: &mut Totals<'_>) -> Result<(), ViewDefect> {
    totals.texts([&heatmap.description, &heatmap.x.label])?;
    totals.texts(&heatmap.rows)?;
    totals.numbers(heatmap.rows.len() + heatmap.xs.len() + heatmap.values.len())?;
    let cells = heatmap.rows.len().saturating_mul(heatmap.xs.len());
    same_length(at, "`values`", heatmap.values.len(), cells)?;
    finite(at, "an entry of `xs`", &heatmap.xs)
}

/// What has been counted over all nodes.
struct Totals<'a> {
    limits: &'a ViewLimits,
    nodes: usize,
    numbers: usize,
    bytes: usize,
}

impl Totals<'_> {
    fn text(&mut self, text: &str) -> Result<(), ViewDefect> {
        at_most("bytes in one text", text.len(), self.limits.text_bytes)?;
        self.grow(text.len())
    }

    fn texts<'t>(&mut self, texts: impl IntoIterator<Item = &'t String>) -> Result<(), ViewDefect> {
        texts.into_iter().try_for_each(|text| self.text(text))
    }

    /// Counts what is drawn like a node without being one.
    fn nodes(&mut self, more: usize) -> Result<(), ViewDefect> {
        self.nodes = self.nodes.saturating_add(more);
        at_most("nodes and layers", self.nodes, self.limits.nodes)
    }

    fn numbers(&mut self, more: usize) -> Result<(), ViewDefect> {
        self.numbers = self.numbers.saturating_add(more);
        at_most("numbers", self.numbers, self.limits.numbers)?;
        self.grow(more * 8)
    }

    fn grow(&mut self, more: usize) -> Result<(), ViewDefect> {
        self.bytes = self.bytes.saturating_add(more);
        at_most("bytes", self.bytes, self.limits.bytes)
    }
}

fn at_most(what: &'static str, found: usize, limit: usize) -> Result<(), ViewDefect> {
    if found > limit { Err(ViewDefect::TooMuch { what, found, limit }) } else { Ok(()) }
}

fn same_length(node: usize, what: &'static str, found: usize, expected: usize) -> Result<(), ViewDefect> {
    if found == expected { Ok(()) } else { Err(ViewDefect::Length { node, what, found, expected }) }
}

fn finite(node: usize, what: &'static str, values: &[f64]) -> Result<(), ViewDefect> {
    if values.iter().all(|value| value.is_finite()) { Ok(()) } else { Err(ViewDefect::Number { node, what }) }
}

//! Building a view without counting indices.

use super::{Breakdown, Chart, Direction, Grid, Heatmap, Node, Stack, Stat, Table, Text, View};

/// A view under construction: a column, from top to bottom.
///
/// # Design
/// A view is a flat list in which a child comes after its parent and has one. Here a node can only be added below the
/// one that is open, so that no other list can be built.
///
/// ```
/// use inferno_plugin::{metrics::{Provenance, Unit}, widget::{Stat, Text, ViewBuilder}};
///
/// let mut view = ViewBuilder::new();
/// view.text(Text::heading("Speed"));
/// view.row(|row| {
///     row.stat(Stat::new("Generated", Some(21.5), Unit::PerSecond, Provenance::Measured));
///     row.stat(Stat::new("Read", None, Unit::PerSecond, Provenance::Measured));
/// });
/// assert_eq!(view.finish().nodes.len(), 5);
/// ```
#[derive(Debug, Clone)]
pub struct ViewBuilder {
    nodes: Vec<Node>,
}

impl ViewBuilder {
    /// An empty column.
    pub fn new() -> Self {
        Self { nodes: vec![Node::Stack(Stack { direction: Direction::Column, children: Vec::new() })] }
    }

    /// The view.
    pub fn finish(self) -> View {
        View { nodes: self.nodes, root: 0 }
    }

    fn children(&mut self) -> Children<'_> {
        Children { nodes: &mut self.nodes, parent: 0 }
    }
}

impl Default for ViewBuilder {
    fn default() -> Self {
        Self::new()
    }
}

/// The nodes below one that is open.
#[derive(Debug)]
pub struct Children<'v> {
    nodes: &'v mut Vec<Node>,
    parent: usize,
}

impl Children<'_> {
    fn push(&mut self, node: Node) -> usize {
        let index = self.nodes.len();
        self.nodes.push(node);
        match &mut self.nodes[self.parent] {
            Node::Stack(Stack { children, .. }) | Node::Grid(Grid { children, .. }) => {
                children.push(index as u32);
            }
            _ => unreachable!("only stacks and grids are opened"),
        }
        index
    }

    fn open(&mut self, node: Node, fill: impl FnOnce(&mut Children<'_>)) {
        let parent = self.push(node);
        fill(&mut Children { nodes: self.nodes, parent });
    }
}

/// The same ways to add a node, for the root and for what lies below it.
macro_rules! adders {
    ($type:ty, $children:expr) => {
        impl $type {
            /// Children beside each other; they wrap where the space is narrow.
            pub fn row(&mut self, fill: impl FnOnce(&mut Children<'_>)) {
                let stack = Stack { direction: Direction::Row, children: Vec::new() };
                $children(self).open(Node::Stack(stack), fill);
            }

            /// Children below each other.
            pub fn column(&mut self, fill: impl FnOnce(&mut Children<'_>)) {
                let stack = Stack { direction: Direction::Column, children: Vec::new() };
                $children(self).open(Node::Stack(stack), fill);
            }

            /// Children in columns of equal width; fewer where the space is narrow.
            pub fn grid(&mut self, columns: u32, fill: impl FnOnce(&mut Children<'_>)) {
                $children(self).open(Node::Grid(Grid { columns, children: Vec::new() }), fill);
            }

            /// Words.
            pub fn text(&mut self, text: Text) {
                $children(self).push(Node::Text(text));
            }

            /// One number, large.
            pub fn stat(&mut self, stat: Stat) {
                $children(self).push(Node::Stat(stat));
            }

            /// Rows and columns.
            pub fn table(&mut self, table: Table) {
                $children(self).push(Node::Table(table));
            }

            /// Marks over two axes.
            pub fn chart(&mut self, chart: Chart) {
                $children(self).push(Node::Chart(chart));
            }

            /// Values over a grid.
            pub fn heatmap(&mut self, heatmap: Heatmap) {
                $children(self).push(Node::Heatmap(heatmap));
            }

            /// Parts of a whole.
            pub fn breakdown(&mut self, breakdown: Breakdown) {
                $children(self).push(Node::Breakdown(breakdown));
            }
        }
    };
}

adders!(ViewBuilder, ViewBuilder::children);
adders!(Children<'_>, std::convert::identity);

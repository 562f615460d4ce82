//! The nodes of a view, one type per component that the front end draws.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Provenance, Unit, number};

/// A node. Children are indices into the view's nodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum Node {
    /// Children beside or below each other.
    Stack(Stack),
    /// Children in columns of equal width.
    Grid(Grid),
    /// Words.
    Text(Text),
    /// One number, large.
    Stat(Stat),
    /// Rows and columns.
    Table(Table),
    /// Marks over two axes.
    Chart(Chart),
    /// Values over a grid.
    Heatmap(Heatmap),
    /// Parts of a whole.
    Breakdown(Breakdown),
}

impl Node {
    /// Its children.
    pub fn children(&self) -> &[u32] {
        match self {
            Self::Stack(stack) => &stack.children,
            Self::Grid(grid) => &grid.children,
            _ => &[],
        }
    }
}

/// What a node means, which the front end turns into a colour and a sign that does not depend on colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Tone {
    Neutral,
    Accent,
    Good,
    Warn,
    Bad,
}

/// Which way a stack grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Flow {
    /// To the right; wraps where the space is narrow.
    Row,
    /// Down.
    Column,
}

/// Children beside or below each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Stack {
    /// Which way.
    pub direction: Flow,
    /// Indices of nodes.
    pub children: Vec<u32>,
}

/// Children in columns of equal width; fewer where the space is narrow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Grid {
    /// 1 to 12.
    pub columns: u32,
    /// Indices of nodes.
    pub children: Vec<u32>,
}

/// How words are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum TextStyle {
    Body,
    Heading,
    Caption,
    Code,
}

/// Words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Text {
    /// The words, as they are: no markup is read out of them.
    pub text: String,
    /// How they are set.
    pub style: TextStyle,
    /// What they mean.
    pub tone: Tone,
}

/// One number, large.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Stat {
    /// What it is.
    pub label: String,
    /// Absent where there is none: shown as such, never as zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Of the value and the trend.
    pub unit: Unit,
    /// Of the value and the trend.
    pub provenance: Provenance,
    /// What it means.
    pub tone: Tone,
    /// Small values of the past, oldest first, drawn without axes.
    #[serde(with = "number")]
    #[schema(value_type = Vec<Option<f64>>)]
    pub trend: Vec<f64>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Column {
    /// Its heading.
    pub title: String,
    /// Of its numbers.
    pub unit: Unit,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Words.
    Text(String),
    /// A number in the unit of the column.
    Number(f64),
}

/// Rows and columns. A row has as many cells as there are columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Table {
    /// What the table shows.
    pub caption: String,
    /// From left to right.
    pub columns: Vec<Column>,
    /// From top to bottom.
    pub rows: Vec<Vec<Cell>>,
}

/// How values are laid along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Evenly.
    Linear,
    /// By their logarithm.
    Log,
    /// Milliseconds since 1970, shown as time of day.
    Time,
}

/// An axis of a chart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Axis {
    /// What it measures.
    pub label: String,
    /// In which unit.
    pub unit: Unit,
    /// How values are laid along it.
    pub scale: Scale,
}

/// How a layer is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Mark {
    Line,
    Area,
    Bar,
    Point,
}

/// One set of marks. `xs` and `ys` have the same length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Layer {
    /// Its name in the legend.
    pub name: String,
    /// How it is drawn.
    pub mark: Mark,
    /// What it means.
    pub tone: Tone,
    /// Along the first axis, finite.
    #[serde(with = "number")]
    #[schema(value_type = Vec<f64>)]
    pub xs: Vec<f64>,
    /// Along the second axis. NaN, in JSON `null`, is a gap.
    #[serde(with = "number")]
    #[schema(value_type = Vec<Option<f64>>)]
    pub ys: Vec<f64>,
}

/// Marks over two axes. Ticks, colours, legend and tooltip are the front end's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Chart {
    /// What it shows, in words, for those who cannot see it.
    pub description: String,
    /// From left to right.
    pub x: Axis,
    /// From bottom to top.
    pub y: Axis,
    /// Drawn in this order.
    pub layers: Vec<Layer>,
}

/// Values over a grid, stronger where larger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Heatmap {
    /// What it shows, in words.
    pub description: String,
    /// From left to right.
    pub x: Axis,
    /// The columns, finite.
    #[serde(with = "number")]
    #[schema(value_type = Vec<f64>)]
    pub xs: Vec<f64>,
    /// The names of the rows, lowest first.
    pub rows: Vec<String>,
    /// Of the values.
    pub unit: Unit,
    /// Row after row, each as long as `xs`. NaN, in JSON `null`, is a gap.
    #[serde(with = "number")]
    #[schema(value_type = Vec<Option<f64>>)]
    pub values: Vec<f64>,
}

/// A named part of a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its size: finite, not negative.
    pub value: f64,
}

/// Parts of a whole, as one bar with a legend, in the order given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Breakdown {
    /// What it shows, in words.
    pub description: String,
    /// Of all parts.
    pub unit: Unit,
    /// Of all parts.
    pub provenance: Provenance,
    /// The parts.
    pub parts: Vec<Part>,
}

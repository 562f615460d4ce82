//! What a widget shows: a flat arena of typed nodes, as a guest gave it ([`RawView`]) and as it may be drawn ([`View`]).
//!
//! Owns the one way from the first to the second. There is no markup, script, style, link or image in it. Easily
//! confused with the components of the front end that draw it: here is only what they are given.

mod check;
mod node;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use check::{ViewDefect, ViewLimits};
pub use node::{
    Axis, Breakdown, Cell, Chart, Column, Flow, Grid, Heatmap, Layer, Mark, Node, Part, Scale, Stack, Stat,
    Table, Text, TextStyle, Tone,
};

/// The space that a widget has, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Viewport {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

/// The colours that the reader has chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// Light on dark.
    Dark,
    /// Dark on light.
    Light,
    /// As far apart as can be.
    HighContrast,
}

/// What a guest returned. Nothing has looked at it yet.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct RawView {
    /// Parents before children.
    pub nodes: Vec<Node>,
    /// The node that is nobody's child.
    pub root: u32,
}

/// A view that may be drawn: a tree within all limits.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct View {
    nodes: Vec<Node>,
    root: u32,
}

impl RawView {
    /// Makes a view of it. Takes time and memory linear in its size, and no stack.
    ///
    /// # Errors
    /// The first defect.
    pub fn check(self, limits: &ViewLimits) -> Result<View, ViewDefect> {
        check::check(&self, limits)?;
        Ok(View { nodes: self.nodes, root: self.root })
    }
}

impl View {
    /// The nodes, parents before children.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The index of the node that is nobody's child.
    pub fn root(&self) -> u32 {
        self.root
    }
}

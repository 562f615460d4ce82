//! Draws two columns, each the child of the other.

use inferno_plugin::{
    Widget,
    metrics::{Frame, Query},
    widget::{Direction, Node, Stack, Theme, View, Viewport, WidgetError},
};

struct Cycle;

inferno_plugin::widget!(Cycle);

impl Widget for Cycle {
    type Settings = ();

    fn queries((): &()) -> Vec<Query> {
        vec![Query::last("inferno_requests_waiting", 60, 1)]
    }

    fn render((): &(), _: &[Frame], _: Viewport, _: Theme) -> Result<View, WidgetError> {
        let column = |child| Node::Stack(Stack { direction: Direction::Column, children: vec![child] });
        Ok(View { nodes: vec![column(1), column(0)], root: 0 })
    }
}

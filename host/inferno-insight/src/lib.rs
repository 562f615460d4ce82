//! What crosses between the server and its widgets and analyzers: queries and frames in, views and opportunities out.
//!
//! Owns: those types, their JSON, and the checks that make a [`View`] of what a guest returned. The JSON is what the
//! component tooling of the browser makes of the same WIT types, so that both outputs can be held against each other:
//! camel-case keys, `{"tag", "val"}` for variants, kebab-case enums, absent keys for absent options, `null` for what
//! is not a finite number. Refuses: IO, async, and where the figures come from. Easily confused with
//! `inferno-telemetry`, which measures them.

mod board;
mod frame;
mod metric_info;
mod number;
mod opportunity;
mod query;
mod snapshot;
mod unit;
pub mod view;

pub use board::{Board, BoardItem, COLUMNS, InvalidBoard, MAX_ITEMS, check_board};
pub use frame::{Frame, Label, Series};
pub use metric_info::{MetricInfo, MetricKind};
pub use opportunity::{
    Action, Direction, Evidence, Opportunity, OpportunityDefect, Prediction, SettingChange, Severity,
    check_opportunities,
};
pub use query::{Aggregate, InvalidQuery, Query};
pub use snapshot::{ModelSnapshot, ProcessSnapshot, Reading, Snapshot};
pub use unit::{Provenance, Unit};
pub use view::{RawView, Theme, View, ViewDefect, ViewLimits, Viewport};

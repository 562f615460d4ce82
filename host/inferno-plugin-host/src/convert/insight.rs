//! Between contract 0.2 and `inferno-insight`: what widgets and analyzers are given and what they return.
//!
//! What goes in is the host's own. What comes out becomes a raw view, a query or a finding here, value by value; those
//! are judged by the checks of `inferno-insight`, never here.

mod frames;
mod opportunities;
mod queries;
mod view;

use inferno_insight as insight;

pub(crate) use frames::{frames, theme, viewport};
pub(crate) use opportunities::opportunities;
pub(crate) use queries::queries;
pub(crate) use view::view;

use crate::bindings::widget::metrics as wit;

fn unit(unit: wit::Unit) -> insight::Unit {
    match unit {
        wit::Unit::None => insight::Unit::None,
        wit::Unit::Count => insight::Unit::Count,
        wit::Unit::Tokens => insight::Unit::Tokens,
        wit::Unit::Requests => insight::Unit::Requests,
        wit::Unit::Seconds => insight::Unit::Seconds,
        wit::Unit::Bytes => insight::Unit::Bytes,
        wit::Unit::Ratio => insight::Unit::Ratio,
        wit::Unit::PerSecond => insight::Unit::PerSecond,
    }
}

fn provenance(provenance: wit::Provenance) -> insight::Provenance {
    match provenance {
        wit::Provenance::Measured => insight::Provenance::Measured,
        wit::Provenance::Estimated => insight::Provenance::Estimated,
        wit::Provenance::Unavailable => insight::Provenance::Unavailable,
    }
}

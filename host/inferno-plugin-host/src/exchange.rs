//! What may go into a call of a widget or an analyzer, and which queries may come out.
//!
//! Owns the checks that have to know what a plugin may see. Refuses what is too large before it is copied into a guest,
//! where it would look like the guest's fault. Views and findings are judged by `inferno-insight`.

use inferno_insight::{Frame, Query};
use inferno_package::Grants;

use crate::{CallError, GuestFault, InputLimits, text};

const NAME_BYTES: usize = 128;

/// Settings as they may be handed to a widget.
///
/// # Errors
/// When they are too large or no JSON object.
pub(crate) fn settings(settings: &str, limits: &InputLimits) -> Result<(), CallError> {
    let InputLimits { settings_bytes, .. } = limits;
    at_most("bytes of settings", settings.len(), *settings_bytes)?;
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(settings) {
        Ok(_) => Ok(()),
        Err(error) => Err(CallError::Input { reason: format!("the settings are no JSON object: {error}") }),
    }
}

/// Frames as they may be handed to a guest.
///
/// # Errors
/// When they are too many or too large.
pub(crate) fn frames(frames: &[Frame], limits: &InputLimits) -> Result<(), CallError> {
    at_most("frames", frames.len(), limits.frames)?;
    let series = frames.iter().flat_map(|frame| &frame.series);
    at_most("series", series.clone().count(), limits.series)?;
    let values = series.map(|series| series.values.len()).sum::<usize>();
    let times = frames.iter().map(|frame| frame.times.len()).sum::<usize>();
    at_most("values", values + times, limits.values)
}

fn at_most(what: &'static str, found: usize, limit: usize) -> Result<(), CallError> {
    if found <= limit {
        return Ok(());
    }
    Err(CallError::Input { reason: format!("there are {found} {what}, and at most {limit} are allowed") })
}

/// Queries as a guest may ask them, apart from what the operator grants.
///
/// # Errors
/// When they are too many, out of bounds, or for a metric that its signature does not cover.
pub(crate) fn queries(
    queries: Vec<Query>,
    grants: &Grants,
    limits: &InputLimits,
) -> Result<Vec<Query>, GuestFault> {
    if queries.len() > limits.frames {
        return Err(GuestFault::TooManyQueries { found: queries.len(), limit: limits.frames });
    }
    for query in &queries {
        query.check().map_err(GuestFault::InvalidQuery)?;
        if !grants.requested_metric(&query.metric) {
            return Err(GuestFault::ForeignMetric { metric: text::clean(&query.metric, NAME_BYTES) });
        }
    }
    Ok(queries)
}

/// The schema of a widget's settings.
///
/// # Errors
/// When it is too large or no JSON object. What it says is for the form that is made of it to understand.
pub(crate) fn schema(schema: String, limits: &InputLimits) -> Result<String, GuestFault> {
    if schema.len() > limits.settings_bytes {
        return Err(GuestFault::Schema {
            reason: format!(
                "it has {} bytes, and at most {} are allowed",
                schema.len(),
                limits.settings_bytes
            ),
        });
    }
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&schema) {
        Ok(_) => Ok(schema),
        Err(error) => Err(GuestFault::Schema { reason: text::clean(&error.to_string(), 200) }),
    }
}

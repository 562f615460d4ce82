//! What a client asks to be drawn, checked.

use std::{collections::BTreeSet, sync::Arc};

use inferno_insight::{Theme, Viewport};
use inferno_package::PackageRef;

use super::refusal;
use crate::api::live::{MAX_WATCHED, ViewErrorMessage, Watch, WatchedWidget};

/// The longest id that a client chooses, in bytes.
const MAX_ID: usize = 64;
/// The longest settings, in bytes of JSON: as many as a board keeps.
const MAX_SETTINGS: usize = 8 << 10;

/// One picture: whoever asks for the same gets the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Picture {
    pub(super) widget: PackageRef,
    /// A JSON object whose keys are sorted, so that equal settings are equal texts.
    pub(super) settings: String,
    pub(super) viewport: Viewport,
    pub(super) theme: Theme,
}

/// A picture, and what a client calls it.
#[derive(Debug, Clone)]
pub(super) struct Watched {
    pub(super) id: String,
    pub(super) picture: Arc<Picture>,
}

/// The pictures that a client asks for.
pub(super) fn read(Watch { widgets }: Watch) -> Result<Vec<Watched>, ViewErrorMessage> {
    if widgets.len() > MAX_WATCHED {
        let message = format!("Watch at most {MAX_WATCHED} widgets at a time, not {}.", widgets.len());
        return Err(refusal("too_many_widgets", message));
    }
    let mut ids = BTreeSet::new();
    let mut watched = Vec::with_capacity(widgets.len());
    for mut wanted in widgets {
        if wanted.id.is_empty() || wanted.id.len() > MAX_ID {
            let message = format!("An `id` has 1 to {MAX_ID} bytes, not {}.", wanted.id.len());
            return Err(refusal("invalid_watch", message));
        }
        if !ids.insert(wanted.id.clone()) {
            let message = format!("Two widgets have the `id` {:?}; each answer must name one.", wanted.id);
            return Err(refusal("invalid_watch", message));
        }
        let settings = serde_json::Value::Object(std::mem::take(&mut wanted.settings)).to_string();
        if settings.len() > MAX_SETTINGS {
            let message = format!(
                "The settings of {:?} have {} bytes, of at most {MAX_SETTINGS}.",
                wanted.id,
                settings.len()
            );
            return Err(refusal("invalid_watch", message));
        }
        let WatchedWidget { id, widget, viewport, theme, .. } = wanted;
        let picture = Picture { widget, settings, viewport, theme };
        watched.push(Watched { id, picture: Arc::new(picture) });
    }
    Ok(watched)
}

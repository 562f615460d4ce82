//! A widget that is a component.
//!
//! Owns the functions of the world `widget`, each on a fresh instance. What is drawn passed `RawView::check`. Refuses
//! to remember: a board that wants two views of one moment renders once.

use inferno_insight::{Frame, Query, Theme, View, Viewport};
use inferno_package::Grants;
use wasmtime::Store;

use crate::{
    CallError, GuestFault, Health, PluginIdentity, PluginStats,
    bindings::widget::{PanelError, Widget as Guest, WidgetPre},
    convert::insight as convert,
    exchange,
    fault::{Fault, Phase},
    plugin::{Answer, GuestState, Plugin, blame, internal},
};

/// A component of the world `widget`, ready to be called, from several threads if need be.
///
/// Calls block: they compute, and wait for their turn where the widget or too many others run already.
pub struct Widget {
    plugin: Plugin,
    pre: WidgetPre<GuestState>,
}

impl Widget {
    pub(crate) fn new(plugin: Plugin, pre: WidgetPre<GuestState>) -> Self {
        Self { plugin, pre }
    }

    /// Who it is.
    pub fn identity(&self) -> &PluginIdentity {
        self.plugin.identity()
    }

    /// What it may do beyond computing.
    pub fn grants(&self) -> &Grants {
        self.plugin.grants()
    }

    /// Figures of this plugin, all its loads together.
    pub fn stats(&self) -> PluginStats {
        self.plugin.stats()
    }

    /// Whether it may be called.
    pub fn health(&self) -> Health {
        self.plugin.health()
    }

    /// Forgets its faults, so that it may be called again.
    pub fn enable(&self) {
        self.plugin.enable();
    }

    /// What can be set, as a JSON Schema: the text of a JSON object.
    ///
    /// # Errors
    /// When it breaks, is suspended, or cannot be run.
    pub fn settings_schema(&self) -> Result<String, CallError> {
        self.plugin.call_beside(self.plugin.limits(), |store| {
            let guest = self.guest(store)?;
            let schema = guest
                .inferno_plugin_panel()
                .call_settings_schema(store)
                .map_err(blame(Phase::Call, self.plugin.limits()))?;
            Ok(Answer::Given(exchange::schema(schema, self.plugin.input_limits())?))
        })
    }

    /// The data that it needs with these settings, which are the text of a JSON object.
    ///
    /// # Errors
    /// When it declines the settings, asks for what it may not see, breaks, is suspended, or cannot be run.
    pub fn queries(&self, settings: &str) -> Result<Vec<Query>, CallError> {
        exchange::settings(settings, self.plugin.input_limits())?;
        let queries = self.plugin.call_beside(self.plugin.limits(), |store| {
            let guest = self.guest(store)?;
            let queries = guest
                .inferno_plugin_panel()
                .call_queries(store, settings)
                .map_err(blame(Phase::Call, self.plugin.limits()))?;
            answer(queries, |queries| {
                let queries = convert::queries(queries);
                exchange::queries(queries, self.plugin.grants(), self.plugin.input_limits())
            })
        })?;
        self.plugin.granted(queries.iter().map(|query| query.metric.as_str()))?;
        Ok(queries)
    }

    /// Draws the answers to its queries, in their order.
    ///
    /// # Errors
    /// When it declines, draws what is no view, breaks, is suspended, or cannot be run; and when a frame is of a metric
    /// that it may not see.
    pub fn render(
        &self,
        settings: &str,
        frames: &[Frame],
        viewport: Viewport,
        theme: Theme,
    ) -> Result<View, CallError> {
        exchange::settings(settings, self.plugin.input_limits())?;
        exchange::frames(frames, self.plugin.input_limits())?;
        self.plugin.granted(frames.iter().map(|frame| frame.metric.as_str()))?;
        self.plugin.call_beside(self.plugin.limits(), |store| {
            let frames = convert::frames(frames);
            let (viewport, theme) = (convert::viewport(viewport), convert::theme(theme));
            let guest = self.guest(store)?;
            let view = guest
                .inferno_plugin_panel()
                .call_render(store, settings, &frames, viewport, theme)
                .map_err(blame(Phase::Call, self.plugin.limits()))?;
            let limits = &self.plugin.runtime().config.view;
            answer(view, |view| convert::view(view).check(limits).map_err(GuestFault::View))
        })
    }

    fn guest(&self, store: &mut Store<GuestState>) -> Result<Guest, Fault> {
        self.pre.instantiate(store).map_err(blame(Phase::Instantiate, self.plugin.limits()))
    }
}

/// What an answer of the guest comes to, once `check` has seen it.
fn answer<W, T>(
    answer: Result<W, PanelError>,
    check: impl FnOnce(W) -> Result<T, GuestFault>,
) -> Result<Answer<T>, Fault> {
    match answer {
        Ok(value) => Ok(Answer::Given(check(value)?)),
        Err(PanelError::Settings(reason) | PanelError::Data(reason)) => Ok(Answer::declined(&reason)),
        Err(PanelError::Internal(reason)) => Err(internal(&reason)),
    }
}

impl std::fmt::Debug for Widget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Widget").field("plugin", &self.plugin).finish_non_exhaustive()
    }
}

//! Adapters: traits that one crate owns, implemented with what another one offers.

mod history;
mod meter;
mod observer;
mod pending;
mod progress;
mod sink;
mod vocabulary;

pub(crate) use meter::BackendMeter;
pub(crate) use observer::Observer;
pub(crate) use pending::Pending;
pub(crate) use progress::Bar;
pub(crate) use sink::Sink;
pub(crate) use vocabulary::TokenizerVocabulary;

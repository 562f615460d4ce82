//! Adapters: traits that one crate owns, implemented with what another one offers.

mod gauges;
mod history;
mod meter;
mod observer;
mod progress;
mod sink;
mod vocabulary;

pub(crate) use gauges::{Gauges, Watched};
pub(crate) use history::StoredHistory;
pub(crate) use meter::BackendMeter;
pub(crate) use observer::Observer;
pub(crate) use progress::Bar;
pub(crate) use sink::Sink;
pub(crate) use vocabulary::TokenizerVocabulary;

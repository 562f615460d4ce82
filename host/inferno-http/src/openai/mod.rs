//! OpenAI's routes.
//!
//! `prepare` turns what a client asks into what an engine takes; `answer` turns what an engine reports into what a
//! client reads, whole or streamed. The routes differ only in their [`answer::Shape`].

mod answer;
pub(crate) mod chat;
pub(crate) mod completions;
mod logprobs;
pub(crate) mod models;
mod prepare;
mod report;
mod stream;

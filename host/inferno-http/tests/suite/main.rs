//! The routes behind the pages and the socket, over seams that answer as the tests need it.

#![expect(clippy::unwrap_used, reason = "it is how a test fails")]

mod errors;
mod fake;
mod guard;
mod hostile;
mod live;
mod pages;
mod routes;
mod server;
mod socket;
mod texts;

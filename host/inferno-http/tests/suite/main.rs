//! The routes behind the pages and the socket, over seams that answer as the tests need it.

mod errors;
mod fake;
mod guard;
mod live;
mod pages;
mod routes;
mod server;
mod socket;

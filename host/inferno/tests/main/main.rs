//! Packages and their commands, against the real registry on the loopback, and against one that lies; chat templates in the
//! process of their own.

mod cli;
mod crash;
mod hostile;
mod installing;
mod liar;
mod market;
mod templates;

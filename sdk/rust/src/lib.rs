//! Write an Inferno plugin: a trait to implement and one macro line.

//! The entry point: parses the command line, runs the command, and prints an error's whole chain once.

use std::process::ExitCode;

use clap::Parser as _;
use inferno::cli::Cli;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

//! The project's own commands: `cargo xtask --help` lists them.

mod arm;
mod bench;
mod codegen;
mod components;
mod fuzz;
mod market;
mod prepare;
mod soak;
mod test;
mod tidy;
mod up;
mod web;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Commands of the Inferno checkout.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything, sign the components, fetch the demo model, and serve it on 127.0.0.1.
    Up {
        /// Ask the server one question, print the answer, and exit.
        #[arg(long)]
        check: bool,
        /// Where to listen.
        #[arg(long, default_value_t = 8080)]
        port: u16,
    },
    /// Check everything that must hold: formatting, habits, tests, generated files, lints.
    Test {
        /// Run only tests with this in their names, and nothing else.
        only: Vec<String>,
    },
    /// Test the CPU backend on 64-bit ARM, in an emulator; `test` does that too, where it can.
    Arm,
    /// Build the front end that the binary embeds.
    Web,
    /// Check the habits of the house: dependency direction, module headers, inherited lints.
    Tidy,
    /// Write the generated files that are committed.
    Codegen {
        /// Only check that they are up to date.
        #[arg(long)]
        check: bool,
    },
    /// Measure a suite beside its peers, or draw what was measured: `bench engine --files q4_1 --rounds 3 --json`.
    ///
    /// Suites: engine, limits, serve, start, perplexity, plugins; `picture` draws their JSON lines. What follows the
    /// suite goes to it as it is; `bench SUITE --help` lists the flags that it knows.
    Bench {
        /// The suite, and its flags.
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            required = true,
            value_name = "SUITE [FLAGS]"
        )]
        arguments: Vec<String>,
    },
    /// Let a crowd of clients loose on a server: those who leave, are late, or talk nonsense; then see that all is well.
    Soak {
        /// For how long.
        #[arg(long, default_value_t = 60)]
        minutes: u32,
        /// How many at once.
        #[arg(long, default_value_t = 64)]
        clients: u32,
        /// What they do follows from it, but for what time decides.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Run the fuzz targets, all or those that are named.
    Fuzz {
        /// Which.
        targets: Vec<String>,
        /// How long each.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// Build the components: the first-party ones, and with `--hostile` those that tests expect to be refused.
    Components {
        /// The hostile ones too.
        #[arg(long)]
        hostile: bool,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    match task {
        Task::Up { check: true, .. } => up::check(),
        Task::Up { check: false, port } => up::up(port),
        Task::Test { only } => test::test(&only),
        Task::Arm => arm::test(true),
        Task::Web => web::build(),
        Task::Tidy => tidy::tidy(),
        Task::Codegen { check } => {
            prepare::host()?;
            if check { codegen::check() } else { codegen::write() }
        }
        Task::Bench { arguments } => bench::bench(&arguments),
        Task::Fuzz { targets, seconds } => fuzz::fuzz(seconds, &targets),
        Task::Soak { minutes, clients, seed } => soak::soak(minutes, clients, seed),
        Task::Components { hostile } => {
            let root = workspace::root();
            components::build_first_party(&root)?;
            if hostile {
                components::build_hostile(&root)?;
            }
            Ok(())
        }
    }
}

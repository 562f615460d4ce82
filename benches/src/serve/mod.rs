//! Clients over HTTP, beside llama.cpp's server.
//!
//! Owns which loads are put on the servers, and what is counted: what clients see. That is tokens as the server counts
//! them, the time to the first text, the time between two pieces of it. The same client reads both servers.

mod closed;
mod long;
mod open;
mod quantile;
mod shared;

use std::{num::NonZeroUsize, thread};

use anyhow::Result;
use clap::{Args, ValueEnum};
use inferno_e2e::{prepared, server::Server};

use crate::{
    Rounds,
    figure::Figure,
    llama::{Llama, LlamaServer, Slots},
    race::{Contestant, Quantity, Race},
};

const SUITE: &str = "serve";
/// What requests call the model.
const MODEL: &str = "bench";

/// What of the suite runs, and how.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    rounds: Rounds,
    /// What is measured [default: everything].
    #[arg(long, value_delimiter = ',')]
    cases: Option<Vec<Case>>,
    /// How many clients ask at once in the closed loop.
    #[arg(long, value_delimiter = ',', default_value = "1,4,8,32")]
    clients: Vec<NonZeroUsize>,
    /// How many requests come in a second in the open loop, in the mean.
    #[arg(long, value_delimiter = ',', default_value = "0.5,1", value_parser = rate)]
    rates: Vec<f64>,
    /// How many requests come in a round of the open loop.
    #[arg(long, default_value = "32")]
    requests: NonZeroUsize,
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.001..=1_000.0).contains(&rate) => Ok(rate),
        _ => Err("a rate is a number from 0.001 to 1000".to_owned()),
    }
}

/// A load on a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Case {
    /// Clients that ask again as soon as they have their answer.
    Closed,
    /// Requests that come at times of their own, long and short ones.
    Open,
    /// Eight requests that begin with the same thousand tokens.
    Shared,
    /// A prompt of 2,048 tokens among answers that are being written.
    Long,
}

/// Who is asked.
struct Servers {
    ours: Server,
    llama: Option<Llama>,
    threads: usize,
    rounds: u32,
}

/// Runs the suite, and hands figures out as they come: it takes minutes.
pub(crate) fn measure(arguments: &Arguments, report: &dyn Fn(&[Figure])) -> Result<()> {
    let servers = Servers {
        ours: Server::start(&prepared("INFERNO_HOME"), &["--name", MODEL])?,
        llama: Llama::find(),
        threads: thread::available_parallelism()?.get(),
        rounds: arguments.rounds.count,
    };
    for case in arguments.cases.as_deref().unwrap_or(Case::value_variants()) {
        match case {
            Case::Closed => {
                for clients in &arguments.clients {
                    report(&closed::measure(&servers, clients.get())?);
                }
            }
            Case::Open => {
                for rate in &arguments.rates {
                    let arrival = open::Arrival { rate: *rate, count: arguments.requests.get() };
                    report(&open::measure(&servers, arrival)?);
                }
            }
            Case::Shared => report(&shared::measure(&servers)?),
            Case::Long => report(&long::measure(&servers)?),
        }
    }
    Ok(())
}

impl Servers {
    /// Puts the same load on each server in turn; llama.cpp's gets `slots` for it.
    fn race(
        &self,
        case: String,
        quantities: &[Quantity],
        slots: Slots,
        load: impl Fn(&str, u32) -> Result<Vec<f64>>,
    ) -> Result<Vec<Figure>> {
        let started = self.llama.as_ref().and_then(|llama| {
            let server = llama.serve(&prepared("INFERNO_TEST_MODEL"), self.threads, slots);
            server.inspect_err(|error| eprintln!("{case}: {} is left out: {error:#}", Llama::NAME)).ok()
        });
        let peer = |server: &LlamaServer| {
            let (url, load) = (server.url().to_owned(), &load);
            Contestant::new(Llama::NAME, move |round| load(&url, round))
        };
        let ours = Contestant::new("Inferno", |round| load(self.ours.url(), round));
        let peers = started.as_ref().map(peer).into_iter().collect();
        Race { suite: SUITE, case, quantities, rounds: self.rounds }.run(ours, peers)
    }
}

//! A crowd at the real server for as long as it is told: most leave, send nonsense, are late or come at a bad time.
//!
//! Owns when it ends and what must hold then: nobody's answer differed from a lone one, nothing runs or waits or holds
//! memory, memory has stopped growing, and the server stops when it is asked to. Easily confused with the tests of
//! `crowd`, which try one thing at a time.
//!
//! `soak MINUTES CLIENTS SEED`, through `cargo xtask soak`.

mod client;
mod dice;
mod lone;
mod tally;
mod watch;

use std::{
    env, fs,
    process::ExitCode,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use inferno_e2e::{installation::Installation, server::Server};

use client::Client;
use dice::Dice;
use tally::Tally;

/// Small enough that memory for keys and values is full within a minute, so that it must be shared and given up; and a
/// queue so short that some are turned away.
const CONFIG: &str = "[engine]\nkv_positions = 8192\nmax_waiting = 24\n";
/// For what runs to end, and for the server to stop.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    match soak() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn soak() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let mut number = |what: &str| -> Result<u64> {
        let text = arguments.next().with_context(|| format!("{what} are missing"))?;
        text.parse().with_context(|| format!("{what}: {text:?} is no number"))
    };
    let (minutes, clients, seed) = (number("minutes")?, number("clients")?, number("a seed")?);
    let home = Installation::new()?;
    fs::write(home.path().join("config.toml"), CONFIG)?;
    let server = Server::start(home.path(), &["--name", "m", "--no-passes"])?;
    let lone = lone::ask_all(&server)?;
    println!("{clients} clients for {minutes} minutes, seed {seed}; {} answers to compare with", lone.len());

    let (tally, over) = (Tally::default(), AtomicBool::new(false));
    let (server_ref, tally_ref, over_ref, lone_ref) = (&server, &tally, &over, &lone[..]);
    let resident = thread::scope(|scope| {
        for number in 0..clients {
            let mut client = Client::new(server_ref.url(), Dice::new(seed, number), lone_ref, tally_ref);
            scope.spawn(move || {
                while !over_ref.load(Ordering::Relaxed) {
                    client.act();
                }
            });
        }
        let until = Instant::now() + Duration::from_secs(60 * minutes);
        let resident = watch::resident(server_ref, until, tally_ref);
        over.store(true, Ordering::Relaxed);
        resident
    })?;
    println!("{tally}");
    let rest = watch::rest(&server, PATIENCE);
    let again = lone::compare_all(&server, &lone);
    let stopped = stop(server);

    let flat = watch::flat(&resident);
    for (what, found) in [
        ("every answer was the one of a lone run, and every refusal in order", tally.verdict()),
        ("nothing runs, waits or holds memory afterwards", rest),
        ("the next ones are answered as the first were", again),
        ("resident memory is flat", flat.map(|said| println!("  {said}"))),
        ("the server stops when it is asked to", stopped),
    ] {
        found.with_context(|| format!("it does not hold that {what}"))?;
        println!("holds: {what}");
    }
    Ok(())
}

/// Asks the server to stop; how long that took is bounded.
fn stop(server: Server) -> Result<()> {
    let (tell, told) = mpsc::channel();
    let asked = Instant::now();
    thread::spawn(move || tell.send(server.stop()));
    let status = told.recv_timeout(PATIENCE).context("it still runs")??;
    ensure!(status.success(), "it ended with {status}");
    println!("  it took {:.1} s", asked.elapsed().as_secs_f64());
    Ok(())
}

//! The server's memory while it is used, and what is left when nobody uses it.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};
use inferno_e2e::server::Server;

use crate::tally::Tally;

const EVERY: Duration = Duration::from_secs(1);
/// How often it is said how it goes, in samples.
const SAY: usize = 30;
/// By how much the last quarter of the time may lie above the one before: a part of it, and bytes, for what is kept of
/// every second and for what allocators leave lying about.
const GROWTH: f64 = 1.02;
const SLACK: f64 = 8.0 * 1024.0 * 1024.0;

/// Samples of the resident memory, in bytes.
pub(crate) fn resident(server: &Server, until: Instant, tally: &Tally) -> Result<Vec<f64>> {
    let (mut samples, began) = (Vec::new(), Instant::now());
    while Instant::now() < until {
        samples.push(server.metric("inferno_process_resident_memory_bytes")?);
        if samples.len().is_multiple_of(SAY) {
            let (seconds, mib) = (began.elapsed().as_secs(), samples[samples.len() - 1] / 1048576.0);
            println!("{seconds:>6} s  {:>9} done  {mib:>7.1} MiB", tally.total());
        }
        thread::sleep(EVERY);
    }
    Ok(samples)
}

/// Whether memory grew no more in the end; in words.
pub(crate) fn flat(samples: &[f64]) -> Result<String> {
    ensure!(samples.len() >= 8, "{} samples say nothing", samples.len());
    let quarter = samples.len() / 4;
    let last = samples.len() - quarter;
    let (before, after) = (median(&samples[last - quarter..last]), median(&samples[last..]));
    let mib = |bytes: f64| bytes / 1048576.0;
    let said = format!("{:.1} MiB in the third quarter, {:.1} in the last", mib(before), mib(after));
    ensure!(after <= before * GROWTH + SLACK, "{said}");
    Ok(said)
}

fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// Waits until nothing runs, waits or holds memory.
pub(crate) fn rest(server: &Server, patience: Duration) -> Result<()> {
    let until = Instant::now() + patience;
    for gauge in
        ["inferno_requests_running", "inferno_requests_waiting", "inferno_kv_block_utilization_ratio"]
    {
        loop {
            let value = server.metric(gauge)?;
            if value == 0.0 {
                break;
            }
            if Instant::now() > until {
                bail!("{gauge} is still {value}");
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
    Ok(())
}

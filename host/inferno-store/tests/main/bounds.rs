//! How large the file may become.

use inferno_store::{HISTORY_BYTES, HISTORY_SECONDS, Samples};

use crate::{Bench, history::samples};

/// The series of a busy server with one model, after one more ten minutes.
struct Server {
    counters: Vec<f64>,
    noise: u64,
}

impl Server {
    fn random(&mut self) -> u64 {
        self.noise =
            self.noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.noise >> 33
    }

    fn ten_minutes(&mut self, make: fn(&mut Self, usize) -> f64) -> Vec<Samples> {
        (0..200).map(|at| samples("m", &at.to_string(), (0..600).map(|_| make(self, at)).collect())).collect()
    }

    /// Half of the series stand still, a quarter are counters that move every second, the others gauges that do.
    fn busy(&mut self, at: usize) -> f64 {
        match at % 8 {
            0..4 => 7.0,
            4 | 5 => {
                self.counters[at] += (self.random() % 200) as f64;
                self.counters[at]
            }
            6 => (self.random() % 64) as f64,
            _ => self.random() as f64 / 3.0,
        }
    }

    /// Values that no method makes smaller.
    fn worst(&mut self, _: usize) -> f64 {
        f64::from_bits((self.random() << 32 | self.random()) & 0x7fef_ffff_ffff_ffff)
    }
}

/// The size of the file after `hours`, and the hours that are still in it.
async fn after(hours: i64, make: fn(&mut Server, usize) -> f64) -> (f64, f64) {
    let bench = Bench::new().await;
    let mut server = Server { counters: vec![0.0; 200], noise: 1 };
    for at in 0..hours * 6 {
        bench.store.append_history(at * 600, 600, &server.ten_minutes(make)).await.unwrap();
    }
    let blocks = bench.store.history(Some("m"), 0, i64::MAX / 2).await.unwrap();
    let first = blocks.iter().map(inferno_store::Block::first).min().unwrap();
    let kept = (hours * 3_600 - first) as f64 / 3_600.0;
    bench.store.close().await;
    let mib = bench.size() as f64 / f64::from(1 << 20);
    println!("{hours} h of 200 series: {mib:.1} MiB for the last {kept:.1} h");
    (mib, kept)
}

#[tokio::test]
async fn a_busy_day_fits() {
    let (mib, kept) = after(30, Server::busy).await;
    assert!(kept * 3_600.0 >= HISTORY_SECONDS as f64, "{kept} h are kept");
    assert!(mib < 64.0, "{mib} MiB");
}

#[tokio::test]
async fn the_worst_day_is_cut_short() {
    let limit = HISTORY_BYTES as f64 / f64::from(1 << 20);
    let (mib, kept) = after(16, Server::worst).await;
    assert!(mib < limit * 1.5, "{mib} MiB");
    assert!(kept > 6.0, "{kept} h are kept");
}

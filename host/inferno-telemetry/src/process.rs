//! What the operating system says about this process.

use std::time::Duration;

/// Resident memory of this process in bytes, or `None` where the system offers no file to read it from.
///
/// Reads `VmRSS` of `/proc/self/status` rather than `/proc/self/statm`: the same counter, but already in kibibytes,
/// so that the page size need not be asked for.
pub(crate) fn resident_bytes() -> Option<u64> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    vm_rss(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn vm_rss(status: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// How many threads this process has, or `None` where the system offers no file to read it from.
pub(crate) fn threads() -> Option<u64> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("Threads:"))?.trim().parse().ok()
}

/// Processor time of this process, all threads and cores together, or `None` where there is no clock of it.
pub(crate) fn cpu_time() -> Option<Duration> {
    #[cfg(unix)]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        Some(Duration::new(time.tv_sec.try_into().ok()?, time.tv_nsec.try_into().ok()?))
    }
    #[cfg(not(unix))]
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_resident_set_or_nothing() {
        for (status, bytes) in [
            ("Name:\tinferno\nVmRSS:\t   12 kB\nThreads:\t1\n", Some(12_288)),
            ("Name:\tinferno\n", None),
            ("VmRSS:\t12 pages\n", None),
            ("VmRSS:\t-1 kB\n", None),
            ("VmRSS:\t18446744073709551615 kB\n", None),
        ] {
            assert_eq!(vm_rss(status), bytes, "{status:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn sees_memory_that_it_touches() {
        let before = resident_bytes().unwrap();
        let block = std::hint::black_box(vec![1_u8; 64 << 20]);
        let after = resident_bytes().unwrap();
        assert!(after > before + (48 << 20), "{before} → {after} with {} more bytes", block.len());
    }

    #[cfg(unix)]
    #[test]
    fn sees_the_time_that_it_spends() {
        let before = cpu_time().unwrap();
        let mut x = 1_u64;
        while cpu_time().unwrap() - before < Duration::from_millis(5) {
            x = std::hint::black_box(x.wrapping_mul(3));
        }
        assert!(cpu_time().unwrap() > before, "{x}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn sees_a_thread_that_lives() {
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::spawn(move || stopped.recv());
        assert!(threads().unwrap() >= 2);
        drop(stop);
        assert!(thread.join().unwrap().is_err());
    }
}

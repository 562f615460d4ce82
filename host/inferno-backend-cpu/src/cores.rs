//! Which processors threads are kept on, and whether.
//!
//! Owns their order: one of each core, then the others of cores that run several threads at once. Refuses processors that this process
//! may not use. Where the system has no such thing, or forbids it, threads run where they run: it changes nothing that is computed.

/// Whether each thread that computes stays on a processor of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pinning {
    /// Where there are as many as processors: then none is free for one to go to, or to be left to another program.
    #[default]
    IfAll,
    /// Where there are no more than processors.
    Always,
    /// Nowhere.
    Never,
}

impl Pinning {
    /// The processors that so many threads are kept on, one each; none if they are not.
    pub(crate) fn cpus(self, threads: usize) -> Vec<usize> {
        let cpus = if self == Self::Never { Vec::new() } else { order() };
        if self.keeps(threads, cpus.len()) { cpus } else { Vec::new() }
    }

    fn keeps(self, threads: usize, cpus: usize) -> bool {
        match self {
            Self::IfAll => threads == cpus,
            Self::Always => threads <= cpus,
            Self::Never => false,
        }
    }
}

/// The processors that this process may use, by number, in the order in which threads take them; none where that is unknown.
#[cfg(target_os = "linux")]
fn order() -> Vec<usize> {
    let Ok(allowed) = rustix::thread::sched_getaffinity(None) else { return Vec::new() };
    let allowed = (0..rustix::thread::CpuSet::MAX_CPU).filter(|cpu| allowed.is_set(*cpu));
    spread(allowed, |cpu| {
        let path = format!("/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list");
        std::fs::read_to_string(path).unwrap_or_else(|_| cpu.to_string())
    })
}

/// Keeps the calling thread on a processor, if the system lets it.
#[cfg(target_os = "linux")]
pub(crate) fn keep(cpu: usize) {
    let mut only = rustix::thread::CpuSet::new();
    only.set(cpu);
    // Threads that are not kept are as right as those that are.
    let _ = rustix::thread::sched_setaffinity(None, &only);
}

#[cfg(not(target_os = "linux"))]
fn order() -> Vec<usize> {
    Vec::new()
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn keep(_: usize) {}

/// The first of each core, then the second, and so on; `core` names the core of a processor.
#[cfg_attr(
    not(target_os = "linux"),
    cfg_attr(not(test), expect(dead_code, reason = "there is nothing to order"))
)]
fn spread(allowed: impl Iterator<Item = usize>, core: impl Fn(usize) -> String) -> Vec<usize> {
    let mut cores: Vec<(String, Vec<usize>)> = Vec::new();
    for cpu in allowed {
        let name = core(cpu);
        match cores.iter_mut().find(|(other, _)| *other == name) {
            Some((_, of_core)) => of_core.push(cpu),
            None => cores.push((name, vec![cpu])),
        }
    }
    let most = cores.iter().map(|(_, of_core)| of_core.len()).max().unwrap_or(0);
    (0..most).flat_map(|nth| cores.iter().filter_map(move |(_, of_core)| of_core.get(nth).copied())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_kept_where_they_take_all_there_is() {
        let check = |pinning: Pinning, expected: [bool; 3]| {
            assert_eq!([1, 2, 3].map(|threads| pinning.keeps(threads, 2)), expected, "{pinning:?}");
        };
        check(Pinning::IfAll, [false, true, false]);
        check(Pinning::Always, [true, true, false]);
        check(Pinning::Never, [false; 3]);
    }

    #[test]
    fn each_core_is_taken_before_any_is_taken_twice() {
        let check = |allowed: &[usize], core: fn(usize) -> usize, expected: &[usize]| {
            let found = spread(allowed.iter().copied(), |cpu| core(cpu).to_string());
            assert_eq!(found, expected);
        };
        check(&[0, 1, 2, 3], |cpu| cpu / 2, &[0, 2, 1, 3]);
        check(&[0, 1, 2, 3], |cpu| cpu % 2, &[0, 1, 2, 3]);
        check(&[3, 4, 5, 9], |cpu| cpu / 4, &[3, 4, 9, 5]);
        check(&[], |cpu| cpu, &[]);
    }
}

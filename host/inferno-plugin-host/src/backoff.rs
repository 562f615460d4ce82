//! When a plugin that keeps breaking may be called again.
//!
//! Owns the rule, as a state that is told what happened and when; the clock is the caller's. Some faults in a row
//! suspend, each further one for twice as long as the one before, a last one until somebody enables the plugin again.
//! A row ends with several good calls on end, not with one: a plugin that breaks every other call costs as much as one
//! that always does. Refuses to count what is not the guest's fault.

use std::time::Duration;

/// When a widget or an analyzer that breaks is suspended, for how long, and when for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackoffRule {
    /// Faults in a row that suspend. Default 3.
    pub suspend_after: u32,
    /// The first suspension; each further fault doubles it. Default 10 s.
    pub first: Duration,
    /// Faults in a row that quarantine. Default 6.
    pub quarantine_after: u32,
    /// Good calls on end that end a row of faults. Default 10.
    pub good_calls: u32,
}

impl Default for BackoffRule {
    fn default() -> Self {
        Self { suspend_after: 3, first: Duration::from_secs(10), quarantine_after: 6, good_calls: 10 }
    }
}

/// Whether a plugin may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It may.
    Active,
    /// Not for so long: it has broken too often in a row.
    Suspended {
        /// The time that is left.
        retry_after: Duration,
    },
    /// Not until it is enabled again, or the server restarted.
    Quarantined,
}

/// Faults in a row, and what follows from them. Times are since any one moment, the same for all calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Backoff {
    faults: u32,
    good: u32,
    until: Duration,
}

impl Backoff {
    pub(crate) fn health(&self, rule: &BackoffRule, now: Duration) -> Health {
        if self.faults >= rule.quarantine_after {
            return Health::Quarantined;
        }
        match self.until.checked_sub(now) {
            Some(retry_after) if !retry_after.is_zero() => Health::Suspended { retry_after },
            _ => Health::Active,
        }
    }

    /// The guest broke, at `now`.
    pub(crate) fn fault(&mut self, rule: &BackoffRule, now: Duration) {
        self.good = 0;
        self.faults = self.faults.saturating_add(1);
        if let Some(doublings) = self.faults.checked_sub(rule.suspend_after) {
            let pause = rule.first.saturating_mul(2_u32.saturating_pow(doublings));
            self.until = now.saturating_add(pause);
        }
    }

    /// The guest answered.
    pub(crate) fn success(&mut self, rule: &BackoffRule) {
        self.good = self.good.saturating_add(1);
        if self.good >= rule.good_calls {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const RULE: BackoffRule =
        BackoffRule { suspend_after: 3, first: s(10), quarantine_after: 6, good_calls: 10 };

    #[test]
    fn the_rule_is_the_default() {
        assert_eq!(BackoffRule::default(), RULE);
    }

    #[test]
    fn each_suspension_is_twice_as_long_and_the_sixth_fault_is_the_last() {
        let mut backoff = Backoff::default();
        let fates: Vec<_> = (0..7)
            .map(|_| {
                backoff.fault(&RULE, s(100));
                backoff.health(&RULE, s(100))
            })
            .collect();
        let suspended = |seconds| Health::Suspended { retry_after: s(seconds) };
        assert_eq!(
            fates,
            [
                Health::Active,
                Health::Active,
                suspended(10),
                suspended(20),
                suspended(40),
                Health::Quarantined,
                Health::Quarantined
            ]
        );
        assert_eq!(backoff.health(&RULE, s(1_000_000)), Health::Quarantined);
    }

    #[test]
    fn time_ends_a_suspension_and_only_good_calls_a_row() {
        let mut backoff = Backoff::default();
        (0..3).for_each(|_| backoff.fault(&RULE, s(0)));
        assert_eq!(backoff.health(&RULE, s(9)), Health::Suspended { retry_after: s(1) });
        assert_eq!(backoff.health(&RULE, s(10)), Health::Active);
        (0..9).for_each(|_| backoff.success(&RULE));
        backoff.fault(&RULE, s(10));
        assert_eq!(backoff.health(&RULE, s(10)), Health::Suspended { retry_after: s(20) });
        (0..10).for_each(|_| backoff.success(&RULE));
        assert_eq!(backoff, Backoff::default());
    }

    proptest! {
        /// Whatever a plugin does, and however long one waits between calls, it breaks at most three times before it
        /// is first suspended, and at most six times until a person looks, unless it was good ten times in between.
        #[test]
        fn a_plugin_cannot_break_often(calls in proptest::collection::vec((any::<bool>(), 0_u64..30), 0..300)) {
            let (mut backoff, mut now, mut faults, mut good) = (Backoff::default(), s(0), 0, 0);
            for (breaks, pause) in calls {
                now += s(pause);
                match backoff.health(&RULE, now) {
                    Health::Active => {}
                    Health::Suspended { retry_after } => {
                        prop_assert!(faults >= 3 && retry_after <= s(40) && !retry_after.is_zero());
                        prop_assert_eq!(backoff.health(&RULE, now + retry_after), Health::Active);
                        continue;
                    }
                    Health::Quarantined => {
                        prop_assert_eq!(faults, 6);
                        continue;
                    }
                }
                if breaks {
                    backoff.fault(&RULE, now);
                    (faults, good) = (faults + 1, 0);
                } else {
                    backoff.success(&RULE);
                    good += 1;
                    if good >= 10 {
                        faults = 0;
                    }
                }
                prop_assert!(faults <= 6);
                prop_assert_eq!(backoff.health(&RULE, now) == Health::Active, faults < 3 || (!breaks && faults < 6));
            }
        }
    }
}

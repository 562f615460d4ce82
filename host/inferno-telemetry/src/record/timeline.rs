//! Which second a sample belongs to, whatever the clock on the wall does.
//!
//! Seconds only go on. Small steps of the clock are ridden out on a clock that nobody sets; when it was put forward
//! there is a gap; when it was put back by more than a minute, what was recorded under the wrong time has to go.

/// By how much the wall's clock may be ahead before it is followed, in milliseconds.
const AHEAD: i64 = 2_000;
/// By how much it may be behind before it was put back, in milliseconds.
const BEHIND: i64 = 60_000;

#[derive(Debug)]
pub(super) struct Timeline {
    /// The wall's milliseconds at the steady clock's zero.
    offset: i64,
    last: Option<i64>,
}

/// What a look at both clocks says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// The last sample was of this very second.
    Same,
    /// A new second.
    Next(i64),
    /// The clock was put back to this second.
    PutBack(i64),
}

impl Timeline {
    /// Begins at `wall`, or two seconds after `last`, where that is a sample of an earlier process. Both clocks in
    /// milliseconds. The second between them lets a counter begin again at zero.
    pub(super) fn new(wall: i64, steady: i64, last: Option<i64>) -> Self {
        let begin = last.map_or(wall, |last| wall.max((last + 2) * 1_000));
        Self { offset: begin - steady, last: None }
    }

    pub(super) fn look(&mut self, wall: i64, steady: i64) -> Moment {
        let mut now = self.offset + steady;
        let put_back = now - wall > BEHIND;
        if put_back || wall - now > AHEAD {
            self.offset = wall - steady;
            now = wall;
        }
        let tick = now.div_euclid(1_000);
        if put_back {
            self.last = Some(tick);
            return Moment::PutBack(tick);
        }
        if self.last.is_some_and(|last| tick <= last) {
            return Moment::Same;
        }
        self.last = Some(tick);
        Moment::Next(tick)
    }

    /// Milliseconds until the next second.
    pub(super) fn until_next(&self, steady: i64) -> u64 {
        (1_000 - (self.offset + steady).rem_euclid(1_000)) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::{Moment::*, *};

    #[track_caller]
    fn check(last: Option<i64>, looks: &[(i64, i64, Moment)]) {
        let mut timeline = Timeline::new(looks[0].0, looks[0].1, last);
        for (wall, steady, expected) in looks {
            assert_eq!(timeline.look(*wall, *steady), *expected, "wall {wall}, steady {steady}");
        }
    }

    #[test]
    fn seconds_only_go_on() {
        check(None, &[(100_500, 0, Next(100)), (100_900, 400, Same), (101_010, 510, Next(101))]);
    }

    #[test]
    fn after_an_earlier_process_a_second_is_left_out() {
        check(Some(99), &[(100_500, 0, Next(101)), (100_900, 400, Same), (101_500, 1_000, Next(102))]);
        check(Some(42), &[(100_500, 0, Next(100))]);
    }

    #[test]
    fn small_steps_of_the_clock_do_not_show() {
        check(None, &[(100_000, 0, Next(100)), (96_000, 1_000, Next(101)), (97_000, 2_000, Next(102))]);
        check(None, &[(100_000, 0, Next(100)), (102_500, 1_000, Next(101)), (103_500, 2_000, Next(102))]);
    }

    #[test]
    fn a_clock_put_forward_leaves_a_gap() {
        check(
            None,
            &[(100_000, 0, Next(100)), (3_700_000, 1_000, Next(3_700)), (3_701_000, 2_000, Next(3_701))],
        );
    }

    #[test]
    fn a_clock_put_back_is_said() {
        check(
            None,
            &[
                (1_000_000, 0, Next(1_000)),
                (500_000, 1_000, PutBack(500)),
                (500_400, 1_400, Same),
                (501_000, 2_000, Next(501)),
            ],
        );
    }

    #[test]
    fn waits_for_the_next_second() {
        let timeline = Timeline::new(100_250, 40, None);
        assert_eq!(timeline.until_next(40), 750);
        assert_eq!(timeline.until_next(789), 1);
        assert_eq!(timeline.until_next(790), 1_000);
    }
}

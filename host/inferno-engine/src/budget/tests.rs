//! The budget against machines whose cost is known.

use super::*;

/// Milliseconds of a step: for itself, per answer, per prompt token.
#[derive(Clone, Copy)]
struct Machine {
    step: f64,
    answer: f64,
    token: f64,
    /// Rows that are computed together: one more costs nothing until the tile is full.
    tile: u32,
}

const PLAIN: Machine = Machine { step: 4.0, answer: 0.5, token: 0.2, tile: 1 };

impl Machine {
    fn takes(&self, answers: u32, tokens: u32) -> Duration {
        let tokens =
            (answers + tokens).div_ceil(self.tile) * self.tile - answers.div_ceil(self.tile) * self.tile;
        let ms = self.step + self.answer * f64::from(answers) + self.token * f64::from(tokens);
        Duration::from_secs_f64(ms / 1e3)
    }
}

fn budget(ratio: f64) -> StepBudget {
    StepBudget::new(LatencyBudget::try_from(ratio).unwrap(), HastyStep::default(), Phases::Alike)
}

/// Does one step as the budget has it; how much longer it took than one without prompts.
fn step(budget: &mut StepBudget, machine: Machine, answers: u32, hiccup: f64) -> f64 {
    let tokens = budget.prefill_tokens(answers, Pace::Steady).min(256);
    let took = machine.takes(answers, tokens);
    budget.learn(answers, tokens, Pace::Steady, took.mul_f64(hiccup));
    took.as_secs_f64() / machine.takes(answers, 0).as_secs_f64()
}

fn decode(budget: &mut StepBudget, machine: Machine, answers: u32, steps: u32) {
    (0..steps).for_each(|_| budget.learn(answers, 0, Pace::Steady, machine.takes(answers, 0)));
}

/// After some decoding, what prompt tokens `steps` mixed steps later are allowed.
fn check(machine: Machine, ratio: f64, answers: u32, steps: u32, expected: std::ops::RangeInclusive<u32>) {
    let mut budget = budget(ratio);
    decode(&mut budget, machine, answers, 20);
    (0..steps).for_each(|_| {
        step(&mut budget, machine, answers, 1.0);
    });
    decode(&mut budget, machine, answers, 1);
    let found = budget.prefill_tokens(answers, Pace::Steady);
    assert!(expected.contains(&found), "{found} is not in {expected:?}");
}

#[test]
fn prompts_get_what_the_budget_leaves() {
    // One answer takes 4.5 ms, of which 0.4 are 9 tokens; eight take 8 ms, whose 0.4 are 16 tokens: one tile with
    // the answers.
    check(PLAIN, 1.4, 1, 40, 8..=9);
    check(PLAIN, 1.4, 8, 40, 8..=8);
    check(PLAIN, 2.1, 8, 40, 40..=40);
    check(PLAIN, 11.0, 8, 40, 392..=392);
    check(PLAIN, 1.0, 8, 40, LEAST_PREFILL..=LEAST_PREFILL);
    check(Machine { token: 50.0, ..PLAIN }, 1.4, 8, 40, LEAST_PREFILL..=LEAST_PREFILL);
    check(Machine { token: 0.0, ..PLAIN }, 1.4, 8, 40, 256..=1_000_000);
}

#[test]
fn what_is_unknown_is_tried_carefully() {
    let mut budget = budget(1.4);
    assert_eq!(
        (budget.prefill_tokens(0, Pace::Steady), budget.prefill_tokens(3, Pace::Steady)),
        (u32::MAX, LEAST_PREFILL)
    );
    // A prompt alone says at most what a token costs: 256 in 55.2 ms.
    budget.learn(0, 256, Pace::Steady, PLAIN.takes(0, 256));
    assert_eq!(budget.prefill_tokens(1, Pace::Steady), LEAST_PREFILL, "what an answer takes is unknown");
    budget.learn(1, 0, Pace::Steady, PLAIN.takes(1, 0));
    assert_eq!(budget.prefill_tokens(1, Pace::Steady), 8);
    let mut free = StepBudget::new(LatencyBudget::default(), HastyStep::default(), Phases::Alike);
    let machine = Machine { token: 0.0, ..PLAIN };
    decode(&mut free, machine, 1, 1);
    let mut tried = Vec::new();
    for _ in 0..5 {
        tried.push(free.prefill_tokens(1, Pace::Steady));
        step(&mut free, machine, 1, 1.0);
    }
    assert_eq!(tried, [LEAST_PREFILL, 15, 31, 63, 127]);
}

#[test]
fn a_step_stays_within_the_budget_and_prompts_use_most_of_it() {
    for tile in [1, 4, 8, 16] {
        for answers in [1, 3, 8, 15, 31] {
            let machine = Machine { tile, ..PLAIN };
            let mut budget = budget(1.6);
            decode(&mut budget, machine, answers, 20);
            let ratios: Vec<_> = (0..200).map(|_| step(&mut budget, machine, answers, 1.0)).collect();
            let settled = &ratios[40..];
            let over = settled.iter().filter(|ratio| **ratio > 1.6 * 1.02).count();
            let mean = settled.iter().sum::<f64>() / settled.len() as f64;
            // One more tile than fits is tried now and then: the machine may have become faster.
            assert!(
                over * 10 <= settled.len(),
                "{over} of 160 steps over, {answers} answers, tiles of {tile}"
            );
            assert!(tile > 1 || mean > 1.25, "{mean} with {answers} answers");
        }
    }
}

#[test]
fn a_machine_that_hiccups_is_not_taken_for_a_slow_one() {
    let mut budget = budget(1.6);
    decode(&mut budget, PLAIN, 8, 20);
    let mut worst: f64 = 0.0;
    for n in 0..400 {
        let hiccup = if n % 20 == 7 { 30.0 } else { 1.0 };
        let ratio = step(&mut budget, PLAIN, 8, hiccup);
        worst = if n > 40 { worst.max(ratio) } else { worst };
        if n % 5 == 0 {
            decode(&mut budget, PLAIN, 8, 1);
        }
    }
    assert!(worst < 1.7, "{worst}");
    assert!(budget.prefill_tokens(8, Pace::Steady) >= 8);
}

#[test]
fn a_machine_that_others_use_too_still_reads_prompts() {
    // Every sixth step takes two thirds longer, whatever is in it.
    let mut budget = budget(1.6);
    decode(&mut budget, PLAIN, 8, 20);
    for n in 0..400 {
        step(&mut budget, PLAIN, 8, if n % 6 == 3 { 1.67 } else { 1.0 });
        if n % 5 == 0 {
            decode(&mut budget, PLAIN, 8, 1);
        }
    }
    let mean = (0..60).map(|_| f64::from(budget.prefill_tokens(8, Pace::Steady))).sum::<f64>() / 60.0;
    assert!(mean >= 8.0, "{mean} prompt tokens a step where 24 fit");
}

#[test]
fn it_follows_a_machine_that_becomes_slower_even_when_prompts_never_pause() {
    let mut budget = budget(1.6);
    decode(&mut budget, PLAIN, 8, 20);
    (0..100).for_each(|_| {
        step(&mut budget, PLAIN, 8, 1.0);
    });
    let slower = Machine { step: 20.0, ..PLAIN };
    // 24 ms now, of which 0.6 are 72 tokens: 80 rows.
    (0..2000).for_each(|_| {
        step(&mut budget, slower, 8, 1.0);
    });
    decode(&mut budget, slower, 8, 1);
    let found = budget.prefill_tokens(8, Pace::Steady);
    assert!((56..=72).contains(&found), "{found}");
}

#[test]
fn a_prompt_is_never_stopped() {
    let mut budget = budget(1.0);
    for n in 0..200 {
        assert!(budget.prefill_tokens(1 + n % 40, Pace::Steady) > 0);
        step(&mut budget, Machine { token: 5.0, ..PLAIN }, 1 + n % 40, 1.0);
    }
}

#[test]
fn a_hasty_step_takes_its_time_and_no_more() {
    for (tile, answers) in [(1, 1), (1, 8), (16, 4), (16, 8), (16, 15)] {
        let machine = Machine { tile, ..PLAIN };
        let mut budget = budget(1.4);
        decode(&mut budget, machine, answers, 20);
        let mut times = Vec::new();
        for _ in 0..100 {
            let tokens = budget.prefill_tokens(answers, Pace::Hasty).min(512);
            let took = machine.takes(answers, tokens);
            budget.learn(answers, tokens, Pace::Hasty, took);
            times.push(took.as_secs_f64() * 1e3);
        }
        let settled = &times[10..];
        let without = machine.takes(answers, 0).as_secs_f64() * 1e3;
        let allowed = (without * HASTE).max(HastyStep::default().get().as_secs_f64() * 1e3);
        let over = settled.iter().filter(|ms| **ms > allowed * 1.05).count();
        let mean = settled.iter().sum::<f64>() / settled.len() as f64;
        assert!(
            over * 10 <= settled.len() && mean > allowed * 0.75,
            "{answers} answers, tiles of {tile}: {times:?}"
        );
        // What is learnt in haste is no excuse at a steady pace.
        let tokens = budget.prefill_tokens(answers, Pace::Steady);
        let ratio = machine.takes(answers, tokens).as_secs_f64() / machine.takes(answers, 0).as_secs_f64();
        assert!(ratio < 1.4 * 1.25, "{ratio} with {answers} answers, tiles of {tile}");
    }
}

#[test]
fn haste_takes_no_more_than_twice_a_slow_step() {
    // A step takes 80 ms in any case.
    let slow = Machine { step: 80.0, ..PLAIN };
    let mut budget = budget(1.4);
    decode(&mut budget, slow, 8, 20);
    for _ in 0..60 {
        for pace in [Pace::Steady, Pace::Hasty] {
            let tokens = budget.prefill_tokens(8, pace);
            budget.learn(8, tokens, pace, slow.takes(8, tokens));
        }
    }
    decode(&mut budget, slow, 8, 1);
    let tokens = |pace| budget.prefill_tokens(8, pace);
    assert!(tokens(Pace::Hasty) >= 2 * tokens(Pace::Steady), "twice the time for a step, for 1.4 times");
    let took = slow.takes(8, tokens(Pace::Hasty)).as_secs_f64();
    assert!(took <= HASTE * 1.25 * slow.takes(8, 0).as_secs_f64(), "{took}");
}

/// Where every step with prompts unpacks weights for them, reading next to nothing for it is not an answer.
#[test]
fn prompts_in_tiles_of_their_own_get_whole_ones() {
    let mut budget = StepBudget::new(LatencyBudget::default(), HastyStep::default(), Phases::Apart);
    decode(&mut budget, PLAIN, 8, 20);
    for _ in 0..100 {
        for (pace, least) in [(Pace::Hasty, 32), (Pace::Steady, 16)] {
            let tokens = budget.prefill_tokens(8, pace);
            assert!(tokens == 1 || tokens >= least && tokens.is_multiple_of(TILE), "{tokens}");
            let unpacking = Duration::from_millis(30);
            budget.learn(8, tokens, pace, PLAIN.takes(8, tokens) + unpacking);
        }
    }
}

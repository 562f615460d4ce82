//! The budget against machines whose cost is known.

use super::*;

/// Milliseconds of a step: for itself and per answer.
#[derive(Clone, Copy)]
struct Machine {
    step: f64,
    answer: f64,
}

const PLAIN: Machine = Machine { step: 4.0, answer: 0.5 };
const SLOW: Machine = Machine { step: 80.0, ..PLAIN };

impl Machine {
    fn takes(self, answers: u32) -> Duration {
        Duration::from_secs_f64((self.step + self.answer * f64::from(answers)) / 1e3)
    }
}

fn budget(ratio: f64) -> StepBudget {
    StepBudget::new(LatencyBudget::try_from(ratio).unwrap(), HastyStep::default())
}

fn decode(budget: &mut StepBudget, machine: Machine, answers: impl IntoIterator<Item = u32>) {
    answers.into_iter().for_each(|answers| budget.learn(answers, machine.takes(answers)));
}

/// That prompts get `expected` milliseconds, about, beside `answers` answers that took `took`.
fn check(budget: &mut StepBudget, answers: u32, took: Duration, pace: Pace, expected: f64) {
    let found = budget.for_prompts(answers, took, pace).unwrap().as_secs_f64() * 1e3;
    budget.nothing_to_read();
    assert!((found - expected).abs() <= 0.05 * expected + 1e-6, "{found} is not {expected}");
}

#[test]
fn prompts_get_what_answers_leave() {
    for (machine, ratio, answers, steady, hasty) in [
        (PLAIN, 1.4, 1, 1.8, 7.5),
        (PLAIN, 1.4, 8, 3.2, 8.0),
        (PLAIN, 11.0, 8, 80.0, 80.0),
        (PLAIN, 1.0, 8, 0.0, 8.0),
        // Too slow for 12 ms: twice the time.
        (SLOW, 1.4, 8, 33.6, 84.0),
        (SLOW, 3.0, 8, 168.0, 168.0),
    ] {
        let mut budget = budget(ratio);
        decode(&mut budget, machine, [answers; 20]);
        check(&mut budget, answers, machine.takes(answers), Pace::Steady, steady);
        check(&mut budget, answers, machine.takes(answers), Pace::Hasty, hasty);
        // Answers that took longer leave less.
        check(&mut budget, answers, machine.takes(answers).mul_f64(ratio), Pace::Steady, 0.0);
    }
}

#[test]
fn what_answers_take_beside_prompts_is_not_what_they_take() {
    let mut budget = budget(1.4);
    decode(&mut budget, PLAIN, [8; 20]);
    let (mut read, mut steps) = (0, 0);
    while budget.for_prompts(8, PLAIN.takes(8), Pace::Steady).is_some() {
        // Twice as long, since caches hold other things.
        budget.learn(8, PLAIN.takes(8) * 2);
        read += 1;
    }
    assert_eq!(read, LONGEST_BLIND);
    check(&mut budget, 8, PLAIN.takes(8), Pace::Steady, 3.2);
    while steps < 2_000 {
        let reads = budget.for_prompts(8, PLAIN.takes(8), Pace::Steady).is_some();
        budget.learn(8, if reads { SLOW.takes(8) * 2 } else { SLOW.takes(8) });
        steps += 1;
    }
    budget.nothing_to_read();
    let found = budget.for_prompts(8, Duration::ZERO, Pace::Steady).unwrap();
    assert!(found > PLAIN.takes(8).mul_f64(1.4) * 5, "it follows a machine that became slower: {found:?}");
    assert!(found < SLOW.takes(8).mul_f64(1.5), "{found:?}");
}

#[test]
fn nobody_waits_or_nothing_is_known() {
    let mut budget = budget(1.4);
    assert_eq!(budget.for_prompts(3, Duration::ZERO, Pace::Hasty), Some(Duration::ZERO));
    for _ in 0..2 * LONGEST_BLIND {
        assert_eq!(budget.for_prompts(0, Duration::ZERO, Pace::Steady), Some(Duration::MAX));
    }
}

#[test]
fn without_a_time_for_haste_the_budget_holds() {
    let none = HastyStep::try_from(Duration::ZERO).unwrap();
    let mut budget = StepBudget::new(LatencyBudget::default(), none);
    decode(&mut budget, PLAIN, [8; 20]);
    check(&mut budget, 8, PLAIN.takes(8), Pace::Hasty, 2.4);
}

#[test]
fn what_one_number_of_answers_takes_is_known_of_another() {
    let mut budget = budget(2.0);
    decode(&mut budget, PLAIN, (0..400).map(|n| [1, 16][n % 2]));
    for answers in [1, 4, 8, 16] {
        let took = PLAIN.takes(answers);
        check(&mut budget, answers, took, Pace::Steady, took.as_secs_f64() * 1e3);
    }
}

#[test]
fn a_machine_that_hiccups_is_not_taken_for_a_slow_one_and_a_slow_one_is() {
    let mut budget = budget(2.0);
    decode(&mut budget, PLAIN, [8; 20]);
    budget.learn(8, PLAIN.takes(8) * 30);
    let found = budget.for_prompts(8, PLAIN.takes(8), Pace::Steady).unwrap().as_secs_f64() * 1e3;
    budget.nothing_to_read();
    assert!(found < 8.0 * 1.25, "{found}");
    decode(&mut budget, SLOW, [8; 60]);
    check(&mut budget, 8, SLOW.takes(8), Pace::Steady, 84.0);
}

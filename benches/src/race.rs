//! Contestants that take turns, round by round, so that what drifts on a machine meets all of them.
//!
//! Owns the order, the uncounted first round, which warms everything up, and what happens when a peer fails: it is
//! said, and the others go on without it. Refuses to know what is measured.

use std::io::IsTerminal as _;

use anyhow::Result;

use crate::figure::{Figure, Samples};

/// Something that is measured in each round of a race.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quantity {
    /// Follows the case in the name of the figure; may be empty.
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
}

/// One who takes part.
pub(crate) struct Contestant<'a> {
    name: String,
    /// Measures once, given the round: a sample of each quantity.
    measure: Box<dyn FnMut(u32) -> Result<Vec<f64>> + 'a>,
}

impl<'a> Contestant<'a> {
    pub(crate) fn new(name: impl Into<String>, measure: impl FnMut(u32) -> Result<Vec<f64>> + 'a) -> Self {
        Self { name: name.into(), measure: Box::new(measure) }
    }
}

/// What is run.
#[derive(Debug)]
pub(crate) struct Race<'a> {
    pub(crate) suite: &'static str,
    pub(crate) case: String,
    pub(crate) quantities: &'a [Quantity],
    pub(crate) rounds: u32,
}

impl Race<'_> {
    /// Runs all rounds: a figure per quantity and peer, or per quantity where no peer came to the end.
    ///
    /// # Errors
    /// When we fail ourselves.
    pub(crate) fn run(&self, ours: Contestant<'_>, peers: Vec<Contestant<'_>>) -> Result<Vec<Figure>> {
        let entrants = std::iter::once(ours).chain(peers);
        let mut field: Vec<_> =
            entrants.map(|c| (c, vec![Samples::default(); self.quantities.len()])).collect();
        for round in 0..=self.rounds {
            let mut failed = Vec::new();
            for at in order(field.len(), round) {
                let (contestant, samples) = &mut field[at];
                self.say(&contestant.name, round);
                match (contestant.measure)(round) {
                    Ok(sample) if round > 0 => samples.iter_mut().zip(sample).for_each(|(s, x)| s.push(x)),
                    Ok(_) => {}
                    Err(error) if at == 0 => return Err(error.context(self.case.clone())),
                    Err(error) => {
                        wipe();
                        eprintln!("{}: {} is left out, it failed: {error:#}", self.case, contestant.name);
                        failed.push(at);
                    }
                }
            }
            let mut at = 0..;
            field.retain(|_| at.next().is_some_and(|at| !failed.contains(&at)));
        }
        wipe();
        Ok(self.figures(&field))
    }

    /// Where we are, on a line that the next one overwrites. Nobody waits in front of a file.
    fn say(&self, name: &str, round: u32) {
        if wipe() {
            eprint!("{}, {name}: round {round} of {}\r", self.case, self.rounds);
        }
    }

    fn figures(&self, field: &[(Contestant<'_>, Vec<Samples>)]) -> Vec<Figure> {
        let ((_, ours), peers) = field.split_first().expect("we take part ourselves");
        let mut figures = Vec::new();
        for (at, Quantity { name, unit }) in self.quantities.iter().enumerate() {
            let comma = if name.is_empty() { "" } else { ", " };
            let case = format!("{}{comma}{name}", self.case);
            if peers.is_empty() {
                figures.push(Figure::alone(self.suite, case.clone(), unit, &ours[at]));
            }
            for (peer, theirs) in peers {
                figures.push(Figure::measured(
                    self.suite,
                    case.clone(),
                    unit,
                    &ours[at],
                    &peer.name,
                    &theirs[at],
                ));
            }
        }
        figures
    }
}

/// Empties the line in which the terminal is, where there is one.
fn wipe() -> bool {
    let watched = std::io::stderr().is_terminal();
    if watched {
        eprint!("\r\x1b[2K");
    }
    watched
}

/// Everybody once; who was last is first in the next round.
fn order(count: usize, round: u32) -> Vec<usize> {
    if round.is_multiple_of(2) { (0..count).collect() } else { (0..count).rev().collect() }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    /// Races us, who always measure 6, against peers that measure `value` and fail in a round, if any.
    fn check(peers: &[(f64, Option<u32>)], expected: &[&str]) {
        let quantities = [Quantity { name: "", unit: "tok/s" }];
        let race = Race { suite: "test", case: "case".to_owned(), quantities: &quantities, rounds: 2 };
        let peers = peers.iter().map(|&(value, fails)| {
            Contestant::new(value.to_string(), move |round| match fails {
                Some(at) if at == round => bail!("out"),
                _ => Ok(vec![value]),
            })
        });
        let figures = race.run(Contestant::new("we", |_| Ok(vec![6.0])), peers.collect()).unwrap();
        let shown: Vec<_> = figures.iter().map(|f| serde_json::to_value(f).unwrap()).collect();
        let shown: Vec<_> =
            shown.iter().map(|f| format!("{} {} {}", f["case"], f["value"], f["ratio"])).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_peer_that_fails_ends_nothing() {
        check(&[], &[r#""case" 6.0 null"#]);
        check(&[(2.0, None), (3.0, None)], &[r#""case" 6.0 3.0"#, r#""case" 6.0 2.0"#]);
        for round in [0, 1, 2] {
            check(&[(2.0, Some(round)), (3.0, None)], &[r#""case" 6.0 2.0"#]);
            check(&[(2.0, None), (3.0, Some(round))], &[r#""case" 6.0 3.0"#]);
            check(&[(2.0, Some(round))], &[r#""case" 6.0 null"#]);
        }
    }
}

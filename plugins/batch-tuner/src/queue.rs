//! Requests that wait: beside a cache that has room, or because a full one keeps the batch small.
//!
//! Owns what keeps the batch from growing. Not to be confused with `saturation`, where it should not grow.

use inferno_plugin::{
    analyzer::{Action, Evidence, Opportunity, Prediction, Setting, Severity},
    metrics::Unit,
    text::{decimal, percent},
};

use crate::{
    CAUTION, GENERATED, RUNNING, STEP, UTILIZATION, WAITING,
    scaling::Scaling,
    window::{Step, Window, mean},
};

/// Steps in which requests waited, from which on it is a queue: half a minute, and a fifth of the time with work.
const STEPS: usize = 6;
const PART: f64 = 0.2;
/// More requests that would fit, from which on the cache has room.
const ROOM: f64 = 2.0;
/// The exponent from which on a larger batch brings more, and the gain that is worth a change.
const PAYS: f64 = 0.3;
const WORTH: f64 = 0.02;
/// More than this at once is a guess: nobody has seen how the server does with it.
const MOST: f64 = 2.0;
/// Positions in a block of the server's cache: `engine.kv_positions` counts positions, the metrics blocks.
const BLOCK_LEN: f64 = 16.0;

/// The means over the steps in which requests waited.
struct Queue {
    steps: usize,
    rate: f64,
    running: f64,
    waiting: f64,
    used: f64,
    /// How many more requests the cache has room for, each holding as much as those that run.
    room: f64,
}

impl Queue {
    fn of(window: &Window) -> Option<Self> {
        let steps: Vec<Step> = window.steps.iter().copied().filter(|step| step.waiting > 0.0).collect();
        let lasts = steps.len() >= STEPS && steps.len() as f64 >= PART * window.steps.len() as f64;
        let (running, used) = (mean(&steps, |step| step.running), mean(&steps, |step| step.used));
        (lasts && used > 0.0).then(|| Self {
            steps: steps.len(),
            rate: mean(&steps, |step| step.rate),
            running,
            waiting: mean(&steps, |step| step.waiting),
            used,
            room: (1.0 - used).max(0.0) * running / used,
        })
    }

    fn evidence(&self) -> Vec<Evidence> {
        let seconds = self.steps as u32 * STEP;
        vec![
            Evidence::new(
                format!("so many waited on average, in the {seconds} s in which any did"),
                WAITING,
                self.waiting,
                Unit::Requests,
            ),
            Evidence::new("so many ran meanwhile", RUNNING, self.running, Unit::Requests),
            Evidence::new("so much of the cache was held meanwhile", UTILIZATION, self.used, Unit::Ratio),
        ]
    }
}

/// Requests wait, and it is not the cache that they wait for.
pub(crate) fn beside_free_cache(window: &Window) -> Option<Opportunity> {
    let queue = Queue::of(window).filter(|queue| queue.room >= ROOM)?;
    let relieved = (queue.room / queue.waiting).min(1.0);
    let Queue { running, used, .. } = queue;
    Some(Opportunity {
        id: window.id("queue-beside-free-cache"),
        severity: Severity::Medium,
        title: format!("Requests to {:.60} wait although the cache has room for more", window.model),
        evidence: queue.evidence(),
        prediction: Prediction::decrease(WAITING, relieved * CAUTION, 300),
        action: Action::Investigate(format!(
            "the first request in the queue: either {} are as many as the server runs at once, or it asks for \
             more than the {} of the cache that are free, and should name a smaller `max_tokens`",
            decimal(running, 0),
            percent(1.0 - used)
        )),
    })
}

/// Requests wait for the cache, and more of them at once would bring more tokens per second.
pub(crate) fn larger_batch_pays(window: &Window, scaling: &Scaling) -> Option<Opportunity> {
    let queue = Queue::of(window).filter(|queue| queue.room < ROOM)?;
    let factor = ((queue.running + queue.waiting) / queue.running).min(MOST);
    let gain = CAUTION * (factor.powf(scaling.exponent) - 1.0);
    if scaling.exponent < PAYS || gain < WORTH {
        return None;
    }
    let mut evidence = queue.evidence();
    evidence.push(Evidence::new(
        "so many tokens per second came meanwhile",
        GENERATED,
        queue.rate,
        Unit::PerSecond,
    ));
    evidence.extend([&scaling.few, &scaling.many].map(|group| {
        let statement =
            format!("and so many in the third of the time in which {} ran", decimal(group.running, 1));
        Evidence::new(statement, GENERATED, group.rate, Unit::PerSecond)
    }));
    let positions = |blocks: f64| decimal(blocks.ceil() * BLOCK_LEN, 0);
    Some(Opportunity {
        id: window.id("larger-batch-pays"),
        severity: if gain >= 0.1 { Severity::Medium } else { Severity::Low },
        title: format!(
            "{:.60} would generate more tokens per second if more requests ran at once",
            window.model
        ),
        evidence,
        prediction: Prediction::increase(GENERATED, gain, 300),
        action: Action::Configure(Setting {
            key: "engine.kv_positions".to_owned(),
            value: positions(window.blocks * factor),
            current: positions(window.blocks),
        }),
    })
}

//! The synchronous engine: nothing happens between two calls of [`Engine::step`].
//!
//! Owns the order of a step: expire, make room, admit, write a token of each answer, read prompts for a while, report.
//! Policy is in `schedule`, choice in `sampler`.
//! Easily confused with `EngineHandle`, which runs an engine on a thread and speaks async.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use inferno_backend::{Batch, Executor, Progress};
use inferno_types::{FinishReason, RequestId};

use crate::{
    EngineConfig, Event, EventKind, EventSink, Observation, Rejected, Request, RequestFault, TokenEvent,
    Vocabulary,
    sampler::{NoPossibleToken, Scratch, logprob_of},
    schedule::{Copy, Scheduler, Started},
    sequence::{Running, Sequence},
    sink::NoSink,
    stop::Matched,
};

/// An executor and the requests that share it.
pub struct Engine {
    executor: Box<dyn Executor>,
    vocabulary: Arc<dyn Vocabulary>,
    sink: Arc<dyn EventSink>,
    scheduler: Scheduler,
    next_id: u64,
    totals: Totals,
    health: Health,
    /// Whose prompts the executor is reading, in the order of its spans.
    begun: Vec<RequestId>,
    /// Prompt tokens of what is being read that were counted already.
    counted: u32,
    /// Kept between steps so that they are allocated once.
    logits: Vec<f32>,
    scratch: Scratch,
}

/// After a fault the executor's cache can no longer be trusted, so the engine only repeats the fault.
enum Health {
    Sound,
    Broken(EngineFault),
}

#[derive(Debug, Clone, Copy, Default)]
struct Totals {
    steps: u64,
    prompt_tokens: u64,
    completion_tokens: u64,
    finished: u64,
    failed: u64,
    cancelled: u64,
    expired: u64,
    preemptions: u64,
    prefix_tokens_queried: u64,
    prefix_tokens_reused: u64,
}

/// Why an engine stopped for good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineFault {
    /// The backend could not run a batch.
    #[error("a batch could not be executed: {reason}")]
    Executor {
        /// The backend's error with its causes.
        reason: Arc<str>,
    },
    /// The backend broke its contract.
    #[error("the executor returned {found} logits where {expected} were asked for")]
    LogitsShape {
        /// Logits that came.
        found: usize,
        /// Rows times vocabulary.
        expected: usize,
    },
}

/// An engine at a moment, and what it did since it was made. All numbers are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EngineStats {
    /// Requests that run.
    pub running: usize,
    /// Requests that wait for memory or for their turn.
    pub waiting: usize,
    /// KV blocks that running requests hold.
    pub kv_blocks_used: u32,
    /// KV blocks that nobody holds but whose content may serve again: as good as free.
    pub kv_blocks_cached: u32,
    /// All KV blocks.
    pub kv_blocks_total: u32,
    /// Steps that had work.
    pub steps: u64,
    /// Tokens executed to read prompts, and to read again what a preemption cost. Reused ones are not among them.
    pub prompt_tokens: u64,
    /// Tokens of prompts that were looked for among those computed before.
    pub prefix_tokens_queried: u64,
    /// Those of them that were there.
    pub prefix_tokens_reused: u64,
    /// Tokens generated.
    pub completion_tokens: u64,
    /// Requests that got their answer.
    pub finished: u64,
    /// Requests that could not be completed.
    pub failed: u64,
    /// Requests that were cancelled.
    pub cancelled: u64,
    /// Requests whose deadline passed.
    pub expired: u64,
    /// How often a running request gave its memory up to others.
    pub preemptions: u64,
}

/// What a chosen token means for its request.
enum Outcome {
    Goes,
    Ends(FinishReason),
}

impl Engine {
    /// An engine with nothing to do. Tokens of `vocabulary` and logits of `executor` belong to the same model.
    pub fn new(executor: Box<dyn Executor>, vocabulary: Arc<dyn Vocabulary>, config: EngineConfig) -> Self {
        let scheduler = Scheduler::new(config, executor.kv_layout(), executor.phases());
        Self {
            executor,
            vocabulary,
            sink: Arc::new(NoSink),
            scheduler,
            next_id: 0,
            totals: Totals::default(),
            health: Health::Sound,
            begun: Vec::new(),
            counted: 0,
            logits: Vec::new(),
            scratch: Scratch::default(),
        }
    }

    /// The same engine, watched by `sink`.
    #[must_use]
    pub fn with_sink(mut self, sink: Arc<dyn EventSink>) -> Self {
        self.sink = sink;
        self
    }

    /// Puts a request at the end of the queue.
    ///
    /// # Errors
    /// When it can never run, or when too many wait already.
    pub fn submit(&mut self, request: Request) -> Result<RequestId, Rejected> {
        let limit = self.limit(&request)?;
        let waiting = self.scheduler.waiting();
        if waiting >= self.scheduler.queue_capacity() {
            return Err(Rejected::QueueFull { waiting });
        }
        let id = RequestId(self.next_id);
        self.next_id += 1;
        let sequence = Sequence::new(id, request, limit, Instant::now());
        self.sink.observe(&Observation::Queued { request: id, prompt_tokens: sequence.prompt_len() });
        self.scheduler.enqueue(sequence);
        Ok(id)
    }

    /// The most tokens a request may generate, all of which the memory could hold if it were alone. The last token it
    /// generates is never put into the cache.
    fn limit(&self, request: &Request) -> Result<u32, Rejected> {
        let (context, vocabulary) = (self.executor.context_length(), self.executor.vocabulary());
        let tokens = request.prompt.len();
        if tokens == 0 {
            return Err(Rejected::EmptyPrompt);
        }
        if request.max_tokens == Some(0) {
            return Err(Rejected::NothingToGenerate);
        }
        let Some(prompt) = u32::try_from(tokens).ok().filter(|prompt| *prompt < context) else {
            return Err(Rejected::PromptTooLong { tokens, context });
        };
        let mut named = request.prompt.iter().chain(request.sampling.get().logit_bias.keys());
        if let Some(token) = named.find(|t| t.index() >= vocabulary) {
            return Err(Rejected::UnknownToken { token: *token, vocabulary });
        }
        let layout = self.scheduler.blocks().layout();
        let memory = u64::from(layout.blocks) * u64::from(layout.block_len);
        let limit = match request.max_tokens {
            Some(most) => most.min(context - prompt),
            // At least one, so that a prompt that memory cannot hold is refused below.
            None => (memory + 1).min(context.into()).saturating_sub(prompt.into()).max(1) as u32,
        };
        let needed = layout.blocks_for(prompt + limit - 1);
        if needed > layout.blocks {
            return Err(Rejected::NeverFits { needed, total: layout.blocks });
        }
        Ok(limit)
    }

    /// Ends a request, waiting or running, and frees its memory at once; no event follows. Whether it was there.
    pub fn cancel(&mut self, id: RequestId) -> bool {
        let found = self.scheduler.remove(id);
        if found {
            self.totals.cancelled += 1;
            self.sink.observe(&Observation::Cancelled { request: id });
        }
        found
    }

    /// Writes the next token of every answer and reads prompts for a while, if there are any, and reports what came of it.
    ///
    /// # Errors
    /// When the executor failed. All requests are then gone without further events, and every later call returns
    /// the same fault.
    pub fn step(&mut self) -> Result<Vec<Event>, EngineFault> {
        if let Health::Broken(fault) = &self.health {
            return Err(fault.clone());
        }
        let began = Instant::now();
        let mut events = self.expire(began);
        for request in self.scheduler.grow() {
            self.totals.preemptions += 1;
            self.sink.observe(&Observation::Preempted { request });
        }
        let worked = self.admit(began).and_then(|()| self.work(began, &mut events));
        if let Err(fault) = &worked {
            self.break_down(fault);
        }
        worked.map(|()| events)
    }

    /// Ends all requests whose deadline has passed.
    fn expire(&mut self, now: Instant) -> Vec<Event> {
        let expired = self.scheduler.expire(now);
        self.totals.expired += expired.len() as u64;
        let tell = |request| {
            self.sink.observe(&Observation::Expired { request });
            Event { request, kind: EventKind::Failed(RequestFault::DeadlinePassed) }
        };
        expired.into_iter().map(tell).collect()
    }

    /// Starts as many waiting requests as there are places and memory.
    fn admit(&mut self, now: Instant) -> Result<(), EngineFault> {
        while let Some(started) = self.scheduler.start_next(now) {
            let Started { request, queued, tokens, reused, copy } = started;
            if let Some(copy) = copy {
                self.copy(copy)?;
            }
            let Some(queued) = queued else {
                self.sink.observe(&Observation::Resumed { request });
                continue;
            };
            self.sink.observe(&Observation::Started { request, queued });
            if self.scheduler.reuses() {
                self.totals.prefix_tokens_queried += u64::from(tokens);
                self.totals.prefix_tokens_reused += u64::from(reused);
            }
            if reused > 0 {
                self.sink.observe(&Observation::PrefixReused { request, tokens: reused });
            }
        }
        Ok(())
    }

    fn copy(&mut self, copy: Copy) -> Result<(), EngineFault> {
        self.executor.copy_block(copy.from, copy.to).map_err(|e| executor_fault(&e))?;
        self.scheduler.copied(copy);
        Ok(())
    }

    /// Writes a token of each answer, then reads prompts for as long as that lets it.
    fn work(&mut self, began: Instant, events: &mut Vec<Event>) -> Result<(), EngineFault> {
        let (answers, writing) = self.write(events)?;
        let (prompts, tokens, reading) = self.read((answers, writing), events)?;
        if answers + prompts == 0 {
            return Ok(());
        }
        self.totals.steps += 1;
        self.totals.prompt_tokens += u64::from(tokens);
        self.sink.observe(&Observation::Step {
            duration: began.elapsed(),
            executing: writing + reading,
            sequences: answers + prompts,
            prefill_tokens: tokens,
            decode_tokens: answers,
        });
        Ok(())
    }

    /// Computes and chooses the next token of every answer; how many there are, and the executor's time.
    fn write(&mut self, events: &mut Vec<Event>) -> Result<(u32, Duration), EngineFault> {
        let answers: Vec<_> = self.scheduler.answers().map(|(at, _)| (at, 1)).collect();
        if answers.is_empty() {
            return Ok((0, Duration::ZERO));
        }
        let batch = self.batch(&answers)?;
        let began = Instant::now();
        self.executor.execute(&batch, &mut self.logits).map_err(|e| executor_fault(&e))?;
        let took = began.elapsed();
        self.scheduler.learn(answers.len() as u32, took);
        self.choose_all(&answers, events)?;
        Ok((answers.len() as u32, took))
    }

    /// Goes on with the prompts that are being read, or begins with others, for as long as answers let it that took so long;
    /// how many requests and tokens that were, and the executor's time. A prompt's tokens count as they are read, by the part
    /// of all work that is done.
    fn read(
        &mut self,
        (answers, writing): (u32, Duration),
        events: &mut Vec<Event>,
    ) -> Result<(u32, u32, Duration), EngineFault> {
        if self.scheduler.reading().next().is_none() {
            self.scheduler.begin_reading();
            self.counted = 0;
            let prompts = self.prompts();
            if prompts.is_empty() {
                return Ok((0, 0, Duration::ZERO));
            }
            let batch = self.batch(&prompts)?;
            self.executor.begin(&batch).map_err(|e| executor_fault(&e))?;
            self.begun = self.scheduler.reading().map(|(_, running)| running.sequence.id).collect();
        }
        let Some(within) = self.scheduler.time_to_read(answers, writing) else {
            return Ok((0, 0, Duration::ZERO));
        };
        let prompts = self.prompts();
        let all = prompts.iter().map(|(_, tokens)| tokens).sum();
        self.forget();
        let began = Instant::now();
        let progress = self.executor.advance(within, &mut self.logits).map_err(|e| executor_fault(&e))?;
        let took = began.elapsed();
        let so_far = match progress {
            Progress::Begun(part) => (part * f64::from(all)) as u32,
            Progress::Done => all,
        };
        let tokens = so_far.saturating_sub(self.counted);
        self.counted = self.counted.max(so_far);
        if progress == Progress::Done {
            self.choose_all(&prompts, events)?;
        }
        Ok((prompts.len() as u32, tokens, took))
    }

    /// Lets the executor forget those whose prompts it is reading for nobody any more.
    fn forget(&mut self) {
        let Self { begun, executor, scheduler, .. } = self;
        for (span, request) in begun.iter().enumerate() {
            if !scheduler.reading().any(|(_, running)| running.sequence.id == *request) {
                executor.forget(span);
            }
        }
    }

    /// Where the prompts are that are being read, and how many tokens of each.
    fn prompts(&self) -> Vec<(usize, u32)> {
        self.scheduler.reading().map(|(at, running)| (at, running.reading)).collect()
    }

    /// So many of the next tokens of some requests.
    fn batch(&self, shares: &[(usize, u32)]) -> Result<Batch, EngineFault> {
        let running = self.scheduler.running();
        let spans = shares.iter().map(|(at, tokens)| Running::span(&running[*at], *tokens)).collect();
        let (layout, context) = (self.scheduler.blocks().layout(), self.executor.context_length());
        Batch::new(spans, layout, context, self.executor.vocabulary()).map_err(|e| executor_fault(&e))
    }

    /// Chooses a token for every request whose logits came out, and takes those out that ended.
    fn choose_all(&mut self, shares: &[(usize, u32)], events: &mut Vec<Event>) -> Result<(), EngineFault> {
        let now = Instant::now();
        let vocabulary = self.executor.vocabulary();
        let running = self.scheduler.running();
        let rows = shares.iter().filter(|(at, tokens)| running[*at].speaks_after(*tokens)).count();
        let (found, expected) = (self.logits.len(), rows * vocabulary);
        if found != expected {
            return Err(EngineFault::LogitsShape { found, expected });
        }
        let mut rows = self.logits.chunks_exact_mut(vocabulary.max(1));
        let mut ended = Vec::new();
        for &(at, share) in shares {
            if !self.scheduler.advance(at, share) {
                continue;
            }
            let Some(logits) = rows.next() else { break };
            let Some(sequence) = self.scheduler.sequence_mut(at) else { break };
            let request = sequence.id;
            let mut report = |kind| events.push(Event { request, kind });
            let chosen = choose(sequence, logits, &mut self.scratch, self.vocabulary.as_ref());
            let Ok((token, outcome)) = chosen else {
                let fault = RequestFault::NoPossibleToken;
                self.sink.observe(&Observation::Failed { request, fault: &fault });
                self.totals.failed += 1;
                report(EventKind::Failed(fault));
                ended.push(request);
                continue;
            };
            self.totals.completion_tokens += 1;
            let before = sequence.generate(token.id, now);
            self.sink.observe(&match before {
                None => Observation::FirstToken { request, after: sequence.timings(now).first_token },
                Some(then) => Observation::Token { request, after: now.saturating_duration_since(then) },
            });
            report(EventKind::Token(token));
            if let Outcome::Ends(reason) = outcome {
                let (usage, timings) = (sequence.usage(), sequence.timings(now));
                self.sink.observe(&Observation::Finished { request, reason, usage, timings });
                self.totals.finished += 1;
                report(EventKind::Finished { reason, usage, timings });
                ended.push(request);
            }
        }
        for id in ended {
            self.scheduler.remove(id);
        }
        Ok(())
    }

    fn break_down(&mut self, fault: &EngineFault) {
        let told = RequestFault::Engine { reason: fault.to_string().into() };
        for request in self.scheduler.clear() {
            self.totals.failed += 1;
            self.sink.observe(&Observation::Failed { request, fault: &told });
        }
        self.health = Health::Broken(fault.clone());
    }

    /// Whether a step would have nothing to do.
    pub fn is_idle(&self) -> bool {
        self.scheduler.running().is_empty() && self.scheduler.waiting() == 0
    }

    /// Counts of now and so far.
    pub fn stats(&self) -> EngineStats {
        let blocks = self.scheduler.blocks();
        EngineStats {
            running: self.scheduler.running().len(),
            waiting: self.scheduler.waiting(),
            kv_blocks_used: blocks.used(),
            kv_blocks_cached: blocks.cached(),
            kv_blocks_total: blocks.layout().blocks,
            steps: self.totals.steps,
            prompt_tokens: self.totals.prompt_tokens,
            completion_tokens: self.totals.completion_tokens,
            finished: self.totals.finished,
            failed: self.totals.failed,
            cancelled: self.totals.cancelled,
            expired: self.totals.expired,
            preemptions: self.totals.preemptions,
            prefix_tokens_queried: self.totals.prefix_tokens_queried,
            prefix_tokens_reused: self.totals.prefix_tokens_reused,
        }
    }

    /// Panics unless every block is accounted for.
    #[cfg(test)]
    pub(crate) fn check_blocks(&self) {
        self.scheduler.blocks().check(self.scheduler.running().iter().map(|running| &running.table));
    }
}

/// Chooses the next token of one request, and says what it adds to the text.
fn choose(
    sequence: &mut Sequence,
    logits: &mut [f32],
    scratch: &mut Scratch,
    vocabulary: &dyn Vocabulary,
) -> Result<(TokenEvent, Outcome), NoPossibleToken> {
    let is_last = sequence.generated() + 1 == sequence.limit;
    // The sampler changes the logits, and log-probabilities are of the untouched ones.
    let untouched = sequence.logprobs.map(|top| (logits.to_vec(), top));
    let id = sequence.sampler.choose(logits, scratch)?;
    let ends = !sequence.ignore_end && vocabulary.is_end(id);
    let (text, outcome) = if ends {
        (rest(sequence), Outcome::Ends(FinishReason::Stop))
    } else {
        match sequence.text.push(vocabulary.token_bytes(id)) {
            Matched::Stops(text) => (text, Outcome::Ends(FinishReason::Stop)),
            Matched::Goes(text) if !is_last => (text, Outcome::Goes),
            Matched::Goes(text) => match sequence.text.finish() {
                Matched::Stops(rest) => (text + &rest, Outcome::Ends(FinishReason::Stop)),
                Matched::Goes(rest) => (text + &rest, Outcome::Ends(FinishReason::Length)),
            },
        }
    };
    let logprob = untouched.filter(|_| !ends).map(|(logits, top)| logprob_of(&logits, id, top.get()));
    Ok((TokenEvent { id, text, logprob }, outcome))
}

/// What was held back, now that the model ended its answer.
fn rest(sequence: &mut Sequence) -> String {
    match sequence.text.finish() {
        Matched::Goes(text) | Matched::Stops(text) => text,
    }
}

fn executor_fault(error: &dyn std::error::Error) -> EngineFault {
    EngineFault::Executor { reason: with_causes(error).into() }
}

/// An error and its causes in one line, since the fault outlives the error.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

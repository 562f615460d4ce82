//! The model, as candle runs it.

use std::{fs::File, io::BufReader, time::Instant};

use anyhow::{Context as _, Result};
use candle_core::{Device, Tensor, quantized::gguf_file};
use candle_transformers::models::quantized_llama::ModelWeights;

use crate::protocol::{Score, Step, Took};

/// How many candidates a step reports.
const CANDIDATES: usize = 5;

pub struct Reference {
    model: ModelWeights,
}

impl Reference {
    pub fn load(path: &str) -> Result<Self> {
        let mut file = BufReader::new(File::open(path)?);
        let content = gguf_file::Content::read(&mut file)?;
        Ok(Self { model: ModelWeights::from_gguf(content, &mut file, &Device::Cpu)? })
    }

    pub fn greedy(&mut self, prompt: &[u32], steps: usize) -> Result<Vec<Step>> {
        let mut logits = self.forward(prompt, 0)?;
        let mut chosen: Vec<Step> = Vec::with_capacity(steps);
        for position in prompt.len()..prompt.len() + steps {
            let top = best(&logits);
            let token = top.first().context("the model has no logits")?.0;
            chosen.push(Step { token, top });
            logits = self.forward(&[token], position)?;
        }
        Ok(chosen)
    }

    /// candle answers with the last position's logits only, so texts go through token by token: those of a whole window side by
    /// side, which reads the weights once for all of them.
    pub fn score(&mut self, tokens: &[u32], window: usize) -> Result<Score> {
        let texts = tokens.chunks_exact(window);
        let rest = texts.remainder();
        let mut score = Score { nll: 0.0, count: 0 };
        self.score_together(&texts.collect::<Vec<_>>(), &mut score)?;
        self.score_together(&[rest], &mut score)?;
        Ok(score)
    }

    /// Adds what texts of the same length say.
    fn score_together(&mut self, texts: &[&[u32]], score: &mut Score) -> Result<()> {
        let len = texts.first().map_or(0, |text| text.len());
        for position in 1..len {
            let tokens: Vec<u32> = texts.iter().map(|text| text[position - 1]).collect();
            let input = Tensor::new(tokens, &Device::Cpu)?.unsqueeze(1)?;
            let logits: Vec<Vec<f32>> = self.model.forward(&input, position - 1)?.to_vec2()?;
            for (logits, text) in logits.iter().zip(texts) {
                score.nll -= log_likelihood(logits, text[position] as usize);
                score.count += 1;
            }
        }
        Ok(())
    }

    pub fn time_prefill(&mut self, tokens: &[u32]) -> Result<Took> {
        let start = Instant::now();
        self.forward(tokens, 0)?;
        Ok(Took { seconds: start.elapsed().as_secs_f64() })
    }

    pub fn time_decode(&mut self, prompt: &[u32], steps: usize) -> Result<Took> {
        let mut token = best(&self.forward(prompt, 0)?)[0].0;
        let start = Instant::now();
        for position in prompt.len()..prompt.len() + steps {
            token = best(&self.forward(&[token], position)?)[0].0;
        }
        Ok(Took { seconds: start.elapsed().as_secs_f64() })
    }

    fn forward(&mut self, tokens: &[u32], position: usize) -> Result<Vec<f32>> {
        let input = Tensor::new(tokens, &Device::Cpu)?.unsqueeze(0)?;
        Ok(self.model.forward(&input, position)?.flatten_all()?.to_vec1()?)
    }
}

/// The best candidates, best first; of equal logits the lower token first, as a greedy sampler takes it.
fn best(logits: &[f32]) -> Vec<(u32, f32)> {
    let mut best: Vec<(u32, f32)> = Vec::with_capacity(CANDIDATES + 1);
    for (token, logit) in (0..).zip(logits.iter().copied()) {
        let place = best.partition_point(|(_, other)| *other >= logit);
        if place < CANDIDATES {
            best.insert(place, (token, logit));
            best.truncate(CANDIDATES);
        }
    }
    best
}

fn log_likelihood(logits: &[f32], token: usize) -> f64 {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|l| f64::from(l - max).exp()).sum();
    f64::from(logits[token] - max) - sum.ln()
}

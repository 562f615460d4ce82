//! From a client's options to an engine's request: every range checked, every refusal naming its field.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use inferno_engine::{Priority, Request, StopStrings, TopLogprobs};
use inferno_types::{SamplingParams, SamplingSpec, TokenId};

use crate::{
    api::options::{Options, Stop},
    error::ApiError,
};

/// The longest time that a request may be given: a day.
const LONGEST: u32 = 86_400_000;

/// The request for `prompt` under `options`, which came in at `arrived`.
///
/// # Errors
/// The first field that is unknown, out of range or not supported.
pub(super) fn request(
    options: &Options,
    prompt: Vec<TokenId>,
    max_tokens: Option<u32>,
    logprobs: Option<u8>,
    arrived: Instant,
) -> Result<Request, ApiError> {
    if let Some(field) = options.unknown.keys().next() {
        let message =
            format!("This route has no field `{field}`. Remove it; GET /openapi.json lists the fields.");
        return Err(ApiError::invalid_field(field, message));
    }
    if options.n.is_some_and(|n| n != 1) {
        return Err(ApiError::invalid_field(
            "n",
            "Only one answer can be asked for: leave `n` out, or send 1.",
        ));
    }
    if options.stream_options.is_some() && options.stream != Some(true) {
        return Err(ApiError::invalid_field("stream_options", "`stream_options` needs `stream: true`."));
    }
    let logprobs = logprobs
        .map(TopLogprobs::try_from)
        .transpose()
        .map_err(|e| ApiError::invalid_field("logprobs", format!("{e}.")))?;
    let stop = match options.stop.clone() {
        None => Vec::new(),
        Some(Stop::One(text)) => vec![text],
        Some(Stop::Many(texts)) => texts,
    };
    Ok(Request {
        prompt,
        max_tokens,
        sampling: sampling(options)?,
        stop: StopStrings::try_from(stop).map_err(|e| ApiError::invalid_field("stop", format!("{e}.")))?,
        logprobs,
        ignore_end: options.ignore_eos.unwrap_or(false),
        priority: options.priority.map(Priority).unwrap_or_default(),
        deadline: deadline(options.timeout_ms, arrived)?,
    })
}

fn deadline(timeout_ms: Option<u32>, arrived: Instant) -> Result<Option<Instant>, ApiError> {
    match timeout_ms {
        None => Ok(None),
        Some(millis @ 1..=LONGEST) => Ok(Some(arrived + Duration::from_millis(millis.into()))),
        Some(other) => Err(ApiError::invalid_field(
            "timeout_ms",
            format!("`timeout_ms` must lie between 1 and {LONGEST}, but is {other}."),
        )),
    }
}

fn sampling(options: &Options) -> Result<SamplingParams, ApiError> {
    let default = SamplingSpec::default();
    let spec = SamplingSpec {
        temperature: options.temperature.unwrap_or(default.temperature),
        top_k: options.top_k.unwrap_or(default.top_k),
        top_p: options.top_p.unwrap_or(default.top_p),
        min_p: options.min_p.unwrap_or(default.min_p),
        repetition_penalty: options.repetition_penalty.unwrap_or(default.repetition_penalty),
        frequency_penalty: options.frequency_penalty.unwrap_or(default.frequency_penalty),
        presence_penalty: options.presence_penalty.unwrap_or(default.presence_penalty),
        // Any number makes a seed; negative ones are as good as others.
        seed: options.seed.map(i64::cast_unsigned),
        logit_bias: logit_bias(options.logit_bias.as_ref())?,
    };
    SamplingParams::try_from(spec).map_err(|e| ApiError::invalid_field(e.field, format!("{e}.")))
}

fn logit_bias(biases: Option<&BTreeMap<String, f32>>) -> Result<BTreeMap<TokenId, f32>, ApiError> {
    let parse = |(token, bias): (&String, &f32)| match token.parse() {
        Ok(id) => Ok((TokenId(id), *bias)),
        Err(_) => {
            Err(ApiError::invalid_field("logit_bias", "Keys of `logit_bias` are token ids, as decimal text."))
        }
    };
    biases.into_iter().flatten().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;
    use serde_json::{Value, json};

    use super::*;
    use crate::api::chat::ChatRequest;

    /// What becomes of a chat request with these fields besides model and messages.
    fn check(fields: Value) -> String {
        let mut body = json!({ "model": "m", "messages": [{ "role": "user", "content": "Hi" }] });
        let object = body.as_object_mut().unwrap();
        object.extend(fields.as_object().unwrap().clone());
        let parsed: Result<ChatRequest, _> = serde_json::from_value(body);
        match parsed
            .map(|r| request(&r.options, vec![TokenId(1)], r.max_tokens, r.top_logprobs, Instant::now()))
        {
            Ok(Ok(_)) => "taken".to_owned(),
            Ok(Err(error)) => {
                let message = error.body().error.message;
                format!("{}: {message}", error.into_response().status().as_u16())
            }
            Err(error) => format!("400: {error}"),
        }
    }

    #[test]
    fn every_refusal_names_its_field_and_says_what_to_do() {
        for (fields, says) in [
            (json!({}), "taken"),
            (json!({ "temperature": 0, "seed": -3, "stop": "x", "logit_bias": { "5": -100 } }), "taken"),
            (json!({ "temperature": 2.5 }), "`temperature` must lie between 0 and 2, but is 2.5."),
            (json!({ "temperature": "hot" }), "invalid type"),
            (json!({ "top_p": 0 }), "`top_p`"),
            (json!({ "n": 2 }), "leave `n` out"),
            (json!({ "temprature": 1 }), "no field `temprature`"),
            (json!({ "stop": [""] }), "1 to 256 bytes"),
            (json!({ "stop": vec!["x"; 17] }), "at most 16 stop strings"),
            (json!({ "top_logprobs": 21 }), "at most 20"),
            (json!({ "logit_bias": { "five": 1 } }), "token ids"),
            (json!({ "max_tokens": -1 }), "-1"),
            (json!({ "max_tokens": 1e10 }), "invalid"),
            (json!({ "stream_options": { "include_usage": true } }), "`stream: true`"),
            (json!({ "priority": -5, "timeout_ms": 86_400_000 }), "taken"),
            (json!({ "priority": 1e10 }), "invalid"),
            (json!({ "priority": 0.5 }), "invalid type"),
            (json!({ "timeout_ms": 0 }), "`timeout_ms` must lie between 1 and 86400000, but is 0."),
            (json!({ "timeout_ms": 86_400_001 }), "but is 86400001."),
            (json!({ "timeout_ms": -1 }), "-1"),
            (json!({ "stream": true, "stream_options": { "x": 1 } }), "unknown field `x`"),
        ] {
            let found = check(fields.clone());
            assert!(found.contains(says), "{fields}: {found:?} does not say {says:?}");
        }
    }
}

"""OpenAI's Python client against a running server: chat, stream, completions, models, errors, cancel."""

import sys

from openai import BadRequestError, NotFoundError, OpenAI

url, model = sys.argv[1:]
client = OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
question = [{"role": "user", "content": "What is the capital of France? Answer in one sentence."}]

assert model in [m.id for m in client.models.list()]
assert client.models.retrieve(model).id == model

whole = client.chat.completions.create(model=model, messages=question, temperature=0, max_tokens=32)
text = whole.choices[0].message.content
assert "Paris" in text, text
assert whole.choices[0].finish_reason in ("stop", "length")
assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens

pieces, usage, reason = [], None, None
stream = client.chat.completions.create(
    model=model, messages=question, temperature=0, max_tokens=32, stream=True, stream_options={"include_usage": True}
)
for chunk in stream:
    if chunk.choices:
        pieces.append(chunk.choices[0].delta.content or "")
        reason = chunk.choices[0].finish_reason or reason
    if chunk.usage:
        usage = chunk.usage
assert "".join(pieces) == text, (pieces, text)
assert usage == whole.usage and reason == whole.choices[0].finish_reason
assert len(pieces) > 3, "the answer did not come in pieces"

scored = client.chat.completions.create(
    model=model, messages=question, temperature=0, max_tokens=4, logprobs=True, top_logprobs=3
)
entry = scored.choices[0].logprobs.content[0]
assert entry.logprob <= 0 and len(entry.top_logprobs) == 3 and entry.top_logprobs[0].token == entry.token

first = client.completions.create(model=model, prompt="Once upon a time", max_tokens=12, temperature=0.9, seed=7)
again = client.completions.create(model=model, prompt="Once upon a time", max_tokens=12, temperature=0.9, seed=7)
assert first.choices[0].text == again.choices[0].text
stopped = client.completions.create(model=model, prompt="1, 2, 3, 4,", max_tokens=32, temperature=0, stop=["6"])
assert "6" not in stopped.choices[0].text and stopped.choices[0].finish_reason == "stop"

try:
    client.chat.completions.create(model="no-such-model", messages=question)
    raise AssertionError("a model that is not there answered")
except NotFoundError as error:
    assert error.code == "model_not_found" and error.param == "model", error
for bad in ({"temperature": 9}, {"n": 3}, {"extra_body": {"no_such_field": 1}}, {"stop": [""]}, {"max_tokens": 0}):
    try:
        client.chat.completions.create(model=model, messages=question, **bad)
        raise AssertionError(f"{bad} was accepted")
    except BadRequestError as error:
        assert error.type == "invalid_request_error", error

endless = client.chat.completions.create(
    model=model, messages=question, max_tokens=4000, stream=True, extra_body={"ignore_eos": True}
)
for at, _ in enumerate(endless):
    if at == 5:
        endless.close()
        break
print("ok")

// OpenAI's JavaScript client against a running server: chat, stream, models, errors, cancel.
import assert from "node:assert/strict";
import OpenAI from "openai";

const [url, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });
const messages = [{ role: "user", content: "What is the capital of France? Answer in one sentence." }];

const ids = [];
for await (const m of client.models.list()) ids.push(m.id);
assert.ok(ids.includes(model));
assert.equal((await client.models.retrieve(model)).id, model);

const whole = await client.chat.completions.create({ model, messages, temperature: 0, max_tokens: 32 });
const text = whole.choices[0].message.content;
assert.match(text, /Paris/);
assert.equal(whole.usage.total_tokens, whole.usage.prompt_tokens + whole.usage.completion_tokens);

let streamed = "";
let usage;
const stream = await client.chat.completions.create({
  model, messages, temperature: 0, max_tokens: 32, stream: true, stream_options: { include_usage: true },
});
for await (const chunk of stream) {
  streamed += chunk.choices[0]?.delta?.content ?? "";
  usage = chunk.usage ?? usage;
}
assert.equal(streamed, text);
assert.deepEqual(usage, whole.usage);

await assert.rejects(client.chat.completions.create({ model: "no-such-model", messages }), (error) => {
  assert.ok(error instanceof OpenAI.NotFoundError);
  assert.equal(error.code, "model_not_found");
  return true;
});
for (const bad of [{ temperature: -1 }, { n: 2 }, { top_p: 0 }, { no_such_field: true }, { messages: [] }]) {
  await assert.rejects(client.chat.completions.create({ model, messages, ...bad }), OpenAI.BadRequestError);
}

const endless = await client.chat.completions.create({ model, messages, max_tokens: 4000, stream: true, ignore_eos: true });
let seen = 0;
for await (const _ of endless) {
  if (++seen === 5) endless.controller.abort();
}
console.log("ok");

// The chat without a server: the stream, the clock, the settings, and what is sent.
import { beforeEach, describe, expect, it, vi } from "vitest";
import { pieces } from "./fences";
import { DEFAULTS, problemOf, sampling, type NumberField } from "./settings";
import { Stopwatch } from "./speed";
import { EventParser, eventsOf } from "./sse";
import { messagesOf, useChat } from "./store";

const bytes = (text: string) => new TextEncoder().encode(text);

function streamOf(...parts: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
}

describe("server-sent events", () => {
  it("come out whole, wherever the network cut them", async () => {
    const all = bytes('data: {"a":"é"}\n\n: comment\n\ndata: one\ndata: two\r\n\r\ndata: [DONE]\n\n');
    for (let cut = 0; cut < all.length; cut += 1) {
      const events: string[] = [];
      for await (const event of eventsOf(streamOf(all.slice(0, cut), all.slice(cut)))) events.push(event);
      expect(events).toEqual(['{"a":"é"}', "one\ntwo", "[DONE]"]);
    }
  });

  it("one that is not complete waits", () => {
    const parser = new EventParser();
    expect(parser.push("data: a\n")).toEqual([]);
    expect(parser.push("\n")).toEqual(["a"]);
  });
});

describe("the stopwatch", () => {
  it("has nothing to say before the first piece", () => {
    expect(new Stopwatch(0).read()).toEqual({ firstToken: null, tokensPerSecond: null, tokens: 0, counted: false });
  });

  it("counts pieces until the server's count comes", () => {
    const watch = new Stopwatch(1_000);
    for (const now of [1_200, 1_300, 1_400]) watch.piece(now);
    expect(watch.read()).toEqual({ firstToken: 0.2, tokensPerSecond: 10, tokens: 3, counted: false });
    watch.count(5);
    expect(watch.read()).toEqual({ firstToken: 0.2, tokensPerSecond: 20, tokens: 5, counted: true });
  });
});

describe("the settings", () => {
  it("what is empty or wrong is not sent", () => {
    expect(sampling({ ...DEFAULTS, seed: "7", topK: "1.5" })).toEqual({
      temperature: 0.7,
      top_p: 0.95,
      max_completion_tokens: 512,
      seed: 7,
    });
  });

  it.each<[NumberField, string, string | undefined]>([
    ["temperature", "", undefined],
    ["temperature", "2", undefined],
    ["temperature", "2.1", "Give 0 to 2."],
    ["temperature", "warm", "That is not a number."],
    ["seed", "-1", "Give at least 0."],
    ["maxTokens", "1.5", "Give a whole number."],
  ])("%s %j: %s", (field, text, problem) => {
    expect(problemOf(field, text)).toBe(problem);
  });
});

describe("answers", () => {
  it.each<[string, ReturnType<typeof pieces>]>([
    ["only words", [{ is: "words", text: "only words" }]],
    [
      "a\n\n```rust\nfn\n```\nb",
      [
        { is: "words", text: "a" },
        { is: "code", text: "fn", language: "rust" },
        { is: "words", text: "b" },
      ],
    ],
    ["```\nstill grow", [{ is: "code", text: "still grow", language: "" }]],
    ["a ``` b", [{ is: "words", text: "a ``` b" }]],
    ["", []],
  ])("%j", (text, expected) => {
    expect(pieces(text)).toEqual(expected);
  });
});

describe("the conversation", () => {
  const chunk = (delta: object, finish_reason: string | null = null) =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
  const answerWith = (...parts: string[]) =>
    vi.stubGlobal(
      "fetch",
      vi.fn(() => Promise.resolve(new Response(streamOf(...parts.map(bytes))))),
    );

  beforeEach(() => useChat.setState({ ...useChat.getInitialState(), turns: [] }));

  it("grows by what is asked and answered", async () => {
    answerWith(
      chunk({ role: "assistant", content: "" }),
      chunk({ content: "Hel" }),
      chunk({ content: "lo" }),
      chunk({}, "stop"),
      'data: {"choices":[],"usage":{"completion_tokens":2}}\n\n',
      "data: [DONE]\n\n",
    );
    await useChat.getState().send("m", "Hi");
    const { turns, running } = useChat.getState();
    expect(running).toBeNull();
    expect(turns[1]).toMatchObject({ by: "model", text: "Hello", ended: { as: "done", reason: "stop" } });
    expect(turns[1]).toMatchObject({ speed: { tokens: 2, counted: true } });
    expect(messagesOf(turns, "Be brief.").map(({ role }) => role)).toEqual(["system", "user", "assistant"]);
  });

  it("says when a stream breaks off, and asks again", async () => {
    answerWith(chunk({ content: "Hel" }));
    await useChat.getState().send("m", "Hi");
    expect(useChat.getState().turns[1]).toMatchObject({
      text: "Hel",
      ended: { as: "failed", message: "The stream ended before the answer did." },
    });
    answerWith(chunk({ content: "Hello" }), chunk({}, "stop"));
    await useChat.getState().again("m");
    expect(useChat.getState().turns.map((turn) => turn.text)).toEqual(["Hi", "Hello"]);
  });

  it("shows the server's refusal in its words", async () => {
    const body = JSON.stringify({ error: { message: "the queue is full", type: "rate_limit_error" } });
    vi.stubGlobal(
      "fetch",
      vi.fn(() => Promise.resolve(new Response(body, { status: 429 }))),
    );
    await useChat.getState().send("m", "Hi");
    expect(useChat.getState().turns[1]).toMatchObject({ ended: { as: "failed", message: "the queue is full" } });
  });

  it("can be stopped, and keeps what came", async () => {
    const endless = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes(chunk({ content: "and" }))),
    });
    vi.stubGlobal(
      "fetch",
      vi.fn((_url: string, { signal }: RequestInit) => {
        signal?.addEventListener("abort", () => endless.cancel().catch(() => undefined));
        return Promise.resolve(
          new Response(endless.pipeThrough(new TransformStream(), { signal: signal ?? undefined })),
        );
      }),
    );
    const asked = useChat.getState().send("m", "Hi");
    await vi.waitFor(() => expect(useChat.getState().turns[1]?.text).toBe("and"));
    useChat.getState().stop();
    await asked;
    expect(useChat.getState().turns[1]).toMatchObject({ text: "and", ended: { as: "stopped" } });
  });
});

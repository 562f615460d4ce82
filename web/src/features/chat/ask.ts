// Asks the model to continue a conversation, and tells what comes as it comes.
import { ApiError, refusal } from "@/api/client";
import type { ChatChunk } from "@/api/types";
import { eventsOf } from "./sse";

export interface Said {
  role: "system" | "user" | "assistant";
  content: string;
}

export interface Question {
  model: string;
  messages: Said[];
  sampling: Record<string, number>;
  signal: AbortSignal;
}

export type Told = { is: "text"; text: string } | { is: "end"; reason: string } | { is: "usage"; tokens: number };

export async function* ask({ model, messages, sampling, signal }: Question): AsyncGenerator<Told> {
  const response = await fetch("/v1/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model, messages, ...sampling, stream: true, stream_options: { include_usage: true } }),
    signal,
  }).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw new ApiError("The server does not answer. Is it still running?", 0, undefined);
  });
  if (!response.ok || response.body === null) {
    throw refusal(response.status, await response.json().catch(() => null));
  }
  for await (const data of eventsOf(response.body)) {
    if (data === "[DONE]") return;
    yield* toldBy(JSON.parse(data) as unknown);
  }
}

/** An error can come in the middle of a stream, when the answer has begun. */
function* toldBy(data: unknown): Generator<Told> {
  if (typeof data === "object" && data !== null && "error" in data) throw refusal(200, data);
  const { choices, usage } = data as ChatChunk;
  const [choice] = choices;
  const text = choice?.delta.content;
  if (text !== undefined && text !== null && text !== "") yield { is: "text", text };
  if (choice?.finish_reason) yield { is: "end", reason: choice.finish_reason };
  if (usage !== undefined && usage !== null) yield { is: "usage", tokens: usage.completion_tokens };
}

// Server-sent events out of a stream of bytes: the data of each event, as it comes. A piece of the network may end
// anywhere, also inside a letter.

/** Takes text as it comes, and gives the data of the events that are complete. */
export class EventParser {
  private rest = "";

  push(text: string): string[] {
    const events = (this.rest + text).replaceAll("\r\n", "\n").split("\n\n");
    this.rest = events.pop() ?? "";
    return events.map(dataOf).filter((data) => data !== "");
  }
}

/** The lines `data: …` of an event, joined. Comments and other fields are not for us. */
function dataOf(event: string): string {
  return event
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).replace(/^ /, ""))
    .join("\n");
}

export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const parser = new EventParser();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    // Whoever stops reading closes the connection: the server stops generating.
    await reader.cancel().catch(() => undefined);
  }
}

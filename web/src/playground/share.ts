// What somebody tried, as text that fits into the fragment of an address: JSON, compressed, in URL-safe base64. The
// fragment never leaves the browser. What comes from a link is a stranger's: it is read within limits and by a schema.
import { z } from "@/lib/zod";

/** The longest fragment that is made. Browsers take more; mail and chat programs often do not. */
export const LONGEST = 16_000;
/** The most that a link may unfold to. */
const UNFOLDED = 4 * 1024 * 1024;

const SHARED = z.object({
  /** Which component; none for a file that was dropped, since a link cannot carry it. */
  package: z.object({ name: z.string().max(200), version: z.string().max(100) }).optional(),
  settings: z.record(z.string(), z.unknown()).optional(),
  /** What it is given: a recording, this server, a model's graph, or data that somebody wrote. */
  source: z.discriminatedUnion("tag", [
    z.object({ tag: z.literal("recording"), val: z.string().max(200) }),
    z.object({ tag: z.literal("live") }),
    z.object({
      tag: z.literal("graph"),
      val: z.object({ model: z.string().max(500), stage: z.enum(["before", "after"]) }),
    }),
    z.object({ tag: z.literal("edited"), val: z.unknown() }),
  ]),
});

export type Shared = z.infer<typeof SHARED>;

export class TooLargeToShare extends Error {
  override name = "TooLargeToShare";
  constructor(length: number) {
    super(
      `This would be a link of ${length.toLocaleString("en")} characters; ${LONGEST.toLocaleString("en")} is the most ` +
        "that programs can be trusted with. Choose a recording or a live window instead of data of your own, or copy " +
        "the data as JSON.",
    );
  }
}

/** The fragment, without `#`. */
export async function encode(shared: Shared): Promise<string> {
  const packed = await through(new TextEncoder().encode(JSON.stringify(shared)), new CompressionStream("deflate-raw"));
  let binary = "";
  for (const byte of packed) binary += String.fromCharCode(byte);
  const text = btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  if (text.length > LONGEST) throw new TooLargeToShare(text.length);
  return text;
}

/** What a fragment says; `null` when it says nothing that can be read. */
export async function decode(fragment: string): Promise<Shared | null> {
  try {
    const binary = atob(fragment.replaceAll("-", "+").replaceAll("_", "/"));
    const packed = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const bytes = await through(packed, new DecompressionStream("deflate-raw"));
    const parsed = SHARED.safeParse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

async function through(bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    // A few kilobytes can unfold to gigabytes.
    if (size > UNFOLDED) {
      await reader.cancel();
      throw new RangeError("the link unfolds to too much");
    }
    parts.push(value);
  }
  const joined = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

// JSON that is signed, or around what is signed. Refuses an object that says a key twice: two readers may then see two
// documents under one signature. `JSON.parse` alone would let the last one win.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** Why a text is not read. */
export class JsonDefect extends Error {
  override name = "JsonDefect";
}

const DEPTH = 128;
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gy;
const PLAIN = /[^"{}[\],:]+/gy;

export function parseJson(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    throw new JsonDefect(`it is not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  refuseKeysTwice(text);
  return value;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Walks a text that is valid JSON. */
function refuseKeysTwice(text: string): void {
  /** For every open object its keys; `null` for an open array. */
  const open: (Set<string> | null)[] = [];
  let keyIsNext = false;
  for (let at = 0; at < text.length;) {
    PLAIN.lastIndex = at;
    const plain = PLAIN.exec(text);
    if (plain !== null) at += plain[0].length;
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) return;
    at += token.length;
    const keys = open.at(-1);
    if (token === "{" || token === "[") {
      open.push(token === "{" ? new Set() : null);
      if (open.length > DEPTH) throw new JsonDefect(`it is nested deeper than ${DEPTH} levels`);
      keyIsNext = token === "{";
    } else if (token === "}" || token === "]") {
      open.pop();
      keyIsNext = false;
    } else if (token === ",") {
      keyIsNext = keys instanceof Set;
    } else if (token === ":") {
      keyIsNext = false;
    } else if (keyIsNext && keys instanceof Set) {
      const key = JSON.parse(token) as string;
      if (keys.has(key))
        throw new JsonDefect(`the key ${JSON.stringify(key.slice(0, 64))} is said twice; each key may be said once`);
      keys.add(key);
    }
  }
}

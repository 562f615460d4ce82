// The bounds of what an analyzer found, in the server's words. One that gets a finding wrong is not to be believed in the
// others.
import type { Opportunity } from "@/api/types";

const FOUND = 50;
const EVIDENCE = 20;
const TEXT_BYTES = 500;

export class FindingsDefect extends Error {
  override name = "FindingsDefect";
}

/** Throws the first defect. `asked` are the metrics that the analyzer asked for. */
export function checkFindings(found: readonly Opportunity[], asked: readonly string[]): void {
  if (found.length > FOUND) throw tooMany("findings", found.length, FOUND);
  const ids = new Set<string>();
  for (const opportunity of found) {
    checkOne(opportunity, asked);
    if (ids.has(opportunity.id)) throw new FindingsDefect(`two findings have the id \`${opportunity.id}\``);
    ids.add(opportunity.id);
  }
}

function checkOne({ id, title, evidence, prediction, action }: Opportunity, asked: readonly string[]): void {
  if (!/^[a-z0-9-]{1,64}$/.test(id)) {
    throw new FindingsDefect("an id of a finding has 1 to 64 lower-case letters, digits and `-`");
  }
  if (evidence.length === 0) throw new FindingsDefect(`the finding \`${id}\` brings no evidence`);
  if (evidence.length > EVIDENCE) throw tooMany("pieces of evidence", evidence.length, EVIDENCE);
  const words = action.tag === "configure" ? [action.val.key, action.val.value, action.val.current] : [action.val];
  const texts = [title, ...words, ...evidence.map(({ statement }) => statement)];
  const longest = Math.max(...texts.map((text) => new TextEncoder().encode(text).length));
  if (longest > TEXT_BYTES) {
    throw new FindingsDefect(`a text of ${longest} bytes is longer than the ${TEXT_BYTES} that are allowed`);
  }
  // In JSON a number that is not finite is `null`, which is not finite here either.
  const sane = Number.isFinite(prediction.atLeast) && prediction.atLeast > 0 && prediction.withinSeconds > 0;
  if (!sane || evidence.some(({ value }) => !Number.isFinite(value))) {
    throw new FindingsDefect(`the finding \`${id}\` has a number that is not finite, or predicts nothing`);
  }
  const foreign = [...evidence, prediction].map(({ metric }) => metric).find((metric) => !asked.includes(metric));
  if (foreign !== undefined) {
    const name = JSON.stringify([...foreign].slice(0, 128).join(""));
    throw new FindingsDefect(`it speaks of the metric ${name}, which it did not ask for`);
  }
}

function tooMany(what: string, found: number, limit: number): FindingsDefect {
  return new FindingsDefect(`there are ${found} ${what}, and at most ${limit} are allowed`);
}

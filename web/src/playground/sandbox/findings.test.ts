// Findings that must be refused, each with the words of the server's own check.
import { describe, expect, it } from "vitest";
import type { Opportunity } from "@/api/types";
import { checkFindings } from "./findings";

const FINDING: Opportunity = {
  id: "queue",
  severity: "high",
  title: "Requests wait",
  evidence: [{ statement: "the queue was never empty", metric: "waiting", value: 3, unit: "requests" }],
  prediction: { metric: "waiting", direction: "decrease", atLeast: 0.5, withinSeconds: 60 },
  action: { tag: "investigate", val: "the batch size" },
};
const [EVIDENCE] = FINDING.evidence;

function check(...found: Opportunity[]): string {
  try {
    checkFindings(found, ["waiting"]);
    return "fine";
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}

describe("findings", () => {
  it.each<[string, Partial<Opportunity>]>([
    ["fine", {}],
    ["an id of a finding has 1 to 64 lower-case letters, digits and `-`", { id: "Queue!" }],
    ["the finding `queue` brings no evidence", { evidence: [] }],
    ["there are 21 pieces of evidence, and at most 20 are allowed", { evidence: new Array(21).fill(EVIDENCE) }],
    ["a text of 502 bytes is longer than the 500 that are allowed", { title: "é".repeat(251) }],
    [
      "the finding `queue` has a number that is not finite, or predicts nothing",
      { prediction: { ...FINDING.prediction, atLeast: 0 } },
    ],
    [
      'it speaks of the metric "secrets", which it did not ask for',
      { prediction: { ...FINDING.prediction, metric: "secrets" } },
    ],
  ])("%s", (expected, changed) => {
    expect(check({ ...FINDING, ...changed })).toBe(expected);
  });

  it("are few, and each is one", () => {
    expect(check(FINDING, FINDING)).toBe("two findings have the id `queue`");
    expect(check(...new Array<Opportunity>(51).fill(FINDING))).toBe(
      "there are 51 findings, and at most 50 are allowed",
    );
  });
});

// How a call can end other than well. A component's fault, an error that it meant to give, and the end of our patience
// are three different things.

export type Fault =
  /** The component gave an error of its contract: the input is not what it takes. */
  | { tag: "declined"; case: string; reason: string }
  /** It broke: a trap, memory, too much handed over. */
  | { tag: "trapped"; reason: string }
  /** It made a view that is not drawn, or findings that are not believed. */
  | { tag: "refused"; what: "view" | "findings"; reason: string }
  /** It is none that could run here. */
  | { tag: "unfit"; reason: string }
  /** It did not end in time. */
  | { tag: "killed"; afterMs: number };

export function faultText(fault: Fault): string {
  switch (fault.tag) {
    case "declined":
      return `The component declines (${fault.case}): ${fault.reason}`;
    case "trapped":
      return `The component broke: ${fault.reason}`;
    case "refused":
      return `${fault.what === "view" ? "The view is not drawn" : "The findings are not shown"}: ${fault.reason}.`;
    case "unfit":
      return fault.reason;
    case "killed":
      return `The component was killed: it did not end within ${fault.afterMs} ms.`;
  }
}

/** A fault, thrown. */
export class RunFailed extends Error {
  override name = "RunFailed";
  constructor(readonly fault: Fault) {
    super(faultText(fault));
  }
}

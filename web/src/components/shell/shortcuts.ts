// The keyboard shortcuts: which keys mean what. Pure; `use-shortcuts.ts` listens.
import { PAGES } from "./nav";

export type Command = { do: "go"; href: string } | { do: "help" } | { do: "theme" };

/** How long a `g` waits for the key of a page. */
export const WAIT_MS = 1_200;

/** What a key means, after `before` if that was pressed just now. `null`: nothing; `"wait"`: more is to come. */
export function commandOf(key: string, before: string | null): Command | "wait" | null {
  if (before === "g") {
    const page = PAGES.find((candidate) => candidate.key === key);
    if (page !== undefined) return { do: "go", href: page.href };
  }
  switch (key) {
    case "g":
      return "wait";
    case "?":
      return { do: "help" };
    case "t":
      return { do: "theme" };
    default:
      return null;
  }
}

/** Whether a key belongs to the element that has the focus. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

// The pages: where they are, what they are called, and the key that follows `g`.
import type { IconName } from "@/components/ui/icon";

export interface Page {
  href: string;
  name: string;
  icon: IconName;
  key: string;
}

export interface PageGroup {
  name: string;
  pages: Page[];
}

export const GROUPS: PageGroup[] = [
  {
    name: "Watch",
    pages: [
      { href: "/", name: "Overview", icon: "pulse", key: "o" },
      { href: "/board/", name: "Board", icon: "grid", key: "b" },
      { href: "/models/", name: "Models", icon: "graph", key: "m" },
    ],
  },
  {
    name: "Extend",
    pages: [
      { href: "/plugins/", name: "Plugins", icon: "plug", key: "p" },
      { href: "/marketplace/", name: "Marketplace", icon: "box", key: "k" },
      { href: "/playground/", name: "Playground", icon: "flask", key: "y" },
    ],
  },
  {
    name: "Use",
    pages: [{ href: "/chat/", name: "Chat", icon: "chat", key: "c" }],
  },
];

export const PAGES: Page[] = GROUPS.flatMap((group) => group.pages);

/** Whether `path` is the page, or lies below it. */
export function isCurrent(page: Page, path: string): boolean {
  return page.href === "/" ? path === "/" : `${path}/`.startsWith(page.href);
}

// Every page of the front end, and how one knows that it is there.

export const PAGES = [
  { name: "Overview", path: "/" },
  { name: "Board", path: "/board/" },
  { name: "Models", path: "/models/" },
  { name: "Plugins", path: "/plugins/" },
  { name: "Marketplace", path: "/marketplace/" },
  { name: "Playground", path: "/playground/" },
  { name: "Chat", path: "/chat/" },
];

export const THEMES = ["dark", "light", "high-contrast"];

/** Waits until the page has its data, or says that it has none. */
export async function settled(page, name) {
  await page.getByRole("heading", { level: 1, name }).waitFor();
  await page.waitForLoadState("networkidle").catch(() => undefined);
  await page.waitForFunction(() => document.querySelector(".animate-pulse") === null, undefined, { timeout: 15_000 });
}

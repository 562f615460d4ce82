// A browser with a fresh profile, and pages that report what must not happen: refusals of the Content-Security-Policy,
// requests to other origins, errors of scripts.
import { chromium } from "playwright-core";
import { BASE_URL } from "./server.mjs";

export async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/**
 * Opens a page. `wrong` grows by everything that must not happen; a test expects it to be empty at its end.
 * @param {import("playwright-core").Browser} browser
 */
export async function open(browser, { theme = "dark", width = 1280, height = 860, reducedMotion = "reduce" } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion });
  const wrong = [];
  await context.addInitScript((chosen) => {
    localStorage.setItem("inferno.theme", chosen);
    addEventListener("securitypolicyviolation", (event) => {
      console.error(`refused by policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
    });
  }, theme);
  const page = await context.newPage();
  page.on("pageerror", (error) => wrong.push(`error of a script: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") wrong.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(BASE_URL) && !/^(data|blob):/.test(url)) wrong.push(`a request to ${url}`);
  });
  return { context, page, wrong, go: (path) => page.goto(BASE_URL + path) };
}

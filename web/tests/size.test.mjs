// The first load of the overview: every script that the browser fetched until the page was live, compressed by gzip.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { LIMIT, shown } from "../scripts/lib/size.mjs";
import { launch, open } from "./lib/browser.mjs";
import { settled } from "./lib/pages.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

test("the overview needs few scripts", async () => {
  const { context, page, go } = await open(browser);
  const scripts = [];
  page.on("response", (response) => {
    if (response.request().resourceType() === "script") scripts.push(response);
  });
  await go("/");
  await settled(page, "Overview");
  await page.getByText(/^Up .* threads · /).waitFor();
  await page.waitForTimeout(2_000);
  const sizes = await Promise.all(scripts.map(async (script) => gzipSync(await script.body()).length));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`${scripts.length} scripts, ${shown(total)} compressed`);
  assert.ok(total <= LIMIT, `${shown(total)} of scripts, and at most ${shown(LIMIT)} are allowed`);
  await context.close();
});

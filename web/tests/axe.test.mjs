// Every page in every theme, wide and narrow, has no violation that axe knows of.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { launch, open } from "./lib/browser.mjs";
import { PAGES, settled, THEMES } from "./lib/pages.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

for (const theme of THEMES) {
  for (const width of [1280, 360]) {
    for (const { name, path } of PAGES) {
      test(`${name}, ${theme}, ${width} px`, async () => {
        const { context, page, wrong, go } = await open(browser, { theme, width });
        await go(path);
        await settled(page, name);
        // Through the debugger: the page's policy lets no other script in.
        await page.evaluate(AXE);
        const { violations } = await page.evaluate(() => globalThis.axe.run(document));
        const found = violations.flatMap(({ id, help, nodes }) =>
          nodes.map((node) => `${id}: ${help}\n  ${node.html.slice(0, 200)}\n  ${node.failureSummary ?? ""}`),
        );
        assert.deepEqual(found, []);
        assert.deepEqual(wrong, []);
        await context.close();
      });
    }
  }
}

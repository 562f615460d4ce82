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

/** What axe finds, one line per element. */
async function violationsOn(page) {
  // Through the debugger: the page's policy lets no other script in.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}\n  ${node.html.slice(0, 200)}\n  ${node.failureSummary ?? ""}`),
  );
}

for (const theme of THEMES) {
  for (const width of [1280, 360]) {
    for (const { name, path } of PAGES) {
      test(`${name}, ${theme}, ${width} px`, async () => {
        const { context, page, wrong, go } = await open(browser, { theme, width });
        await go(path);
        await settled(page, name);
        assert.deepEqual(await violationsOn(page), []);
        assert.deepEqual(wrong, []);
        await context.close();
      });
    }
  }

  test(`what opens, ${theme}`, async () => {
    const { context, page, wrong, go } = await open(browser, { theme });
    await go("/");
    await settled(page, "Overview");
    // Drawings as tables, and findings with their evidence, where there are any.
    const tables = page.getByRole("button", { name: /^Show as a table/ });
    while ((await tables.count()) > 0) await tables.first().click();
    for (const finding of await page.locator("summary").all()) await finding.click();
    assert.deepEqual(await violationsOn(page), [], "opened findings and tables");

    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
    assert.deepEqual(await violationsOn(page), [], "the list of shortcuts");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });

    await page.setViewportSize({ width: 360, height: 800 });
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("dialog", { name: "Pages" }).waitFor();
    assert.deepEqual(await violationsOn(page), [], "the menu");
    assert.deepEqual(wrong, []);
    await context.close();
  });
}

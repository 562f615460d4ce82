// The playground with something in it, and the marketplace's package page with its dialog: no violation that axe knows
// of, in every theme, wide and narrow; and nothing wider than the screen.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { launch, open } from "./lib/browser.mjs";
import { THEMES } from "./lib/pages.mjs";
import { installed, packages } from "./lib/registry.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser;
let published;
let present;
before(async () => {
  browser = await launch();
  [published, present] = await Promise.all([packages(), installed()]);
});
after(() => browser.close());

async function holds(page, what) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  const found = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)}`));
  assert.deepEqual(found, [], what);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wider <= 0, `${what} is ${wider} px wider than the screen`);
}

for (const theme of THEMES) {
  for (const width of [360, 1280, 2560]) {
    // What differs between kinds is what is drawn, and that does not depend on the widest screens.
    const kinds = width < 2_000 ? ["widget", "analyzer", "optimization-pass"] : ["widget"];
    for (const kind of kinds) {
      test(`a ${kind} in the playground, ${theme}, ${width} px`, async (t) => {
        const found = published.find((each) => each.kind === kind);
        if (found === undefined) return t.skip(`no ${kind} is published here`);
        const { context, page, wrong, go } = await open(browser, { theme, width });
        await go(`/playground/?package=${encodeURIComponent(found.name)}`);
        await page
          .getByText(/^Ended after/)
          .filter({ visible: true })
          .first()
          .waitFor({ timeout: 30_000 });
        await holds(page, "the output, drawn");
        await page.getByRole("button", { name: "JSON", exact: true }).click();
        await page.getByText("The data as JSON").click();
        await holds(page, "the output and the data as JSON");
        assert.deepEqual(wrong, []);
        await context.close();
      });
    }

    test(`a package and its installation, ${theme}, ${width} px`, async (t) => {
      const found = published.find(({ name }) => !present.includes(name));
      if (found === undefined) return t.skip("nothing is published here that is not installed");
      const { context, page, wrong, go } = await open(browser, { theme, width });
      await go(`/marketplace/?package=${encodeURIComponent(found.name)}`);
      await page.getByRole("heading", { level: 1, name: found.name }).waitFor();
      await holds(page, "the package");
      await page
        .getByRole("button", { name: /^Install/ })
        .first()
        .click();
      await page.getByRole("dialog").getByText("Signed by").waitFor();
      await holds(page, "the dialog");
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      assert.deepEqual(wrong, []);
      await context.close();
    });
  }
}

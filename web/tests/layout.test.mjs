// Every page fits its window from 360 to 2560 px: nothing makes the page itself scroll sideways.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open } from "./lib/browser.mjs";
import { PAGES, settled } from "./lib/pages.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

for (const { name, path } of PAGES) {
  test(name, async () => {
    const { context, page, wrong, go } = await open(browser);
    await go(path);
    await settled(page, name);
    for (const width of [360, 480, 768, 1024, 1280, 1920, 2560]) {
      await page.setViewportSize({ width, height: 900 });
      await page.waitForTimeout(150);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(over <= 0, `at ${width} px the page is ${over} px too wide`);
    }
    assert.deepEqual(wrong, []);
    await context.close();
  });
}

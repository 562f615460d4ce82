// What can be done without a mouse: skip to the page, go to pages, read the help, change the theme, see the focus.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open } from "./lib/browser.mjs";
import { settled } from "./lib/pages.mjs";

let browser;
let page;
let wrong;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

async function start(path, name) {
  const opened = await open(browser);
  ({ page, wrong } = opened);
  await opened.go(path);
  await settled(page, name);
  return opened.context;
}

const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");

test("the first stop skips to the page", async () => {
  const context = await start("/", "Overview");
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "Skip to the page");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
  await context.close();
});

test("every stop is seen, and the last one comes", async () => {
  const context = await start("/plugins/", "Plugins");
  const seen = new Set();
  for (let stop = 0; stop < 200; stop += 1) {
    await page.keyboard.press("Tab");
    const where = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body) return null;
      const style = getComputedStyle(element);
      return {
        html: element.outerHTML.slice(0, 120),
        visible: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
      };
    });
    if (where === null) break;
    assert.ok(where.visible, `the focus cannot be seen on ${where.html}`);
    seen.add(where.html);
  }
  assert.ok(seen.size > 10, `only ${seen.size} stops`);
  await context.close();
});

test("g and a letter go to a page; ? lists them; Escape closes and gives the focus back", async () => {
  const context = await start("/", "Overview");
  await page.keyboard.press("g");
  await page.keyboard.press("m");
  await settled(page, "Models");
  await page.keyboard.press("g");
  await page.keyboard.press("o");
  await settled(page, "Overview");

  const button = page.getByRole("button", { name: "Keyboard shortcuts" });
  await button.focus();
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keyboard" });
  await dialog.waitFor();
  for (let stop = 0; stop < 6; stop += 1) {
    await page.keyboard.press("Tab");
    assert.ok(
      await page.evaluate(() => document.activeElement?.closest("[role=dialog]") !== null),
      "the focus left the dialog",
    );
  }
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  assert.ok(await dialog.isVisible(), "shortcuts rest while a dialog is open");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.ok(await button.evaluate((element) => element === document.activeElement), "the focus did not come back");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("letters in a field are letters, and shortcuts can be switched off", async () => {
  const context = await start("/chat/", "Chat");
  await page.getByRole("textbox", { name: "Your message" }).pressSequentially("g o? t");
  assert.equal(await page.getByRole("heading", { level: 1 }).textContent(), "Chat");
  await page.getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("?");
  await page.getByRole("checkbox", { name: "Shortcuts of single letters" }).uncheck();
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("o");
  await page.waitForTimeout(300);
  assert.equal(await page.getByRole("heading", { level: 1 }).textContent(), "Chat");
  await context.close();
});

test("t goes through the themes, and the choice is kept", async () => {
  const context = await start("/", "Overview");
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  const seen = [await theme()];
  for (let press = 0; press < 3; press += 1) {
    await page.keyboard.press("t");
    seen.push(await theme());
  }
  assert.deepEqual(seen, ["dark", "light", "high-contrast", "dark"]);
  await context.close();
});

test("ops of a graph are reached by arrow keys", async () => {
  const context = await start("/models/", "Models");
  const drawing = page.getByRole("group", { name: "Before" });
  await drawing.waitFor();
  await drawing.getByRole("button").first().focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  assert.equal(await drawing.getByRole("button", { pressed: true }).count(), 1);
  const chosen = await page.evaluate(() => document.activeElement?.textContent);
  assert.match(chosen ?? "", /matmul/);
  assert.deepEqual(wrong, []);
  await context.close();
});

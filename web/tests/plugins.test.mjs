// Plugins can be switched off and on, and are removed only after a question.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open } from "./lib/browser.mjs";
import { settled } from "./lib/pages.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

test("a plugin is switched off and on, and kept when the question is answered by no", async (t) => {
  const { context, page, wrong, go } = await open(browser);
  await go("/plugins/");
  await settled(page, "Plugins");
  const active = page.getByRole("listitem").filter({ has: page.getByText("Active", { exact: true }) });
  if ((await active.count()) === 0) {
    await context.close();
    return t.skip("no plugin is active on this server");
  }
  const name = await active.first().getByRole("heading").textContent();
  const plugin = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name, exact: true }) });

  await plugin.getByRole("button", { name: `Disable ${name}` }).click();
  await plugin.getByText("Disabled", { exact: true }).waitFor();
  await plugin.getByRole("button", { name: `Enable ${name}` }).click();
  await plugin.getByText("Active", { exact: true }).waitFor();

  await plugin.getByRole("button", { name: `Remove ${name}` }).click();
  const question = page.getByRole("dialog", { name: `Remove ${name}?` });
  await question.waitFor();
  // The safe answer has the focus, so a hasty Enter does no harm.
  await page.keyboard.press("Enter");
  await question.waitFor({ state: "detached" });
  await plugin.getByText("Active", { exact: true }).waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

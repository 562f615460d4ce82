// A conversation of several turns with a real model: it streams, it can be stopped, and its speed is measured.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open } from "./lib/browser.mjs";
import { settled } from "./lib/pages.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

test("ask, ask further, stop, begin anew", async () => {
  const { context, page, wrong, go } = await open(browser);
  await go("/chat/");
  await settled(page, "Chat");
  const field = page.getByRole("textbox", { name: "Your message" });
  const answers = page.getByRole("article");
  const speed = (answer) => answer.getByText(/^[\d.,]+ tokens\/s$/);

  await page.getByRole("textbox", { name: "Most tokens" }).fill("24");
  await page.getByRole("textbox", { name: "Temperature" }).fill("0");
  await field.fill("What is a cache?");
  await field.press("Enter");
  await speed(answers.first()).waitFor({ timeout: 60_000 });
  await answers.first().getByRole("button", { name: "Copy the answer" }).waitFor({ timeout: 60_000 });
  assert.match(await answers.first().innerText(), /first token\s+[\d.]+ m?s/);
  assert.match(await answers.first().innerText(), /measured in this browser/);

  await page.getByRole("textbox", { name: "Most tokens" }).fill("1500");
  await field.fill("Tell me a very long story about it.");
  await field.press("Enter");
  await speed(answers.nth(1)).waitFor({ timeout: 60_000 });
  await page.getByRole("button", { name: "Stop" }).click();
  await answers.nth(1).getByText("You stopped it here.").waitFor();
  await page.getByRole("button", { name: "Ask again" }).waitFor();

  await page.getByRole("button", { name: "New chat" }).click();
  assert.equal(await answers.count(), 0);
  assert.deepEqual(wrong, []);
  await context.close();
});

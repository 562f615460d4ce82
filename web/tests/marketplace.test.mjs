// The marketplace against a running server: what is searched for stands in the address, and a package says who vouches for
// it before anything is installed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open } from "./lib/browser.mjs";
import { installed, packages } from "./lib/registry.mjs";

const WAIT = { timeout: 20_000 };

let browser;
let published;
let present;
before(async () => {
  browser = await launch();
  [published, present] = await Promise.all([packages(), installed()]);
});
after(() => browser.close());

const nothing = (t) => published.length === 0 && (t.skip("nothing is published here"), true);
const count = (page) => page.getByText(/^\d+ packages?$/);

test("what is searched for stands in the address", async (t) => {
  if (nothing(t)) return;
  const [{ name, publisher, kind }] = published;
  const { context, page, wrong, go } = await open(browser);
  await go("/marketplace/");
  await count(page).waitFor(WAIT);
  await page.getByLabel("Search").fill(name.split("/")[1]);
  await page.waitForURL(/text=/, WAIT);
  await page.getByLabel("Kind").selectOption(kind);
  await page.waitForURL(/kind=/, WAIT);
  await page.getByLabel("Publisher").fill(publisher);
  await page.waitForURL(/publisher=/, WAIT);
  await page.reload();
  await page.getByRole("link", { name }).waitFor(WAIT);
  assert.equal(await page.getByLabel("Kind").inputValue(), kind);
  assert.equal(await page.getByLabel("Publisher").inputValue(), publisher);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a search that finds nothing says so", async () => {
  const { context, page, go } = await open(browser);
  await go("/marketplace/?text=no-package-is-called-so");
  await page.getByText("0 packages").waitFor(WAIT);
  await context.close();
});

test("a package is opened with the keyboard, and going back is the search", async (t) => {
  if (nothing(t)) return;
  const [{ name }] = published;
  const { context, page, wrong, go } = await open(browser);
  await go("/marketplace/");
  await page.getByRole("link", { name }).press("Enter");
  await page.getByRole("heading", { level: 1, name }).waitFor(WAIT);
  for (const words of ["Who vouches for it", "What it is", "README", "Versions"]) {
    await page.getByRole("heading", { name: words, exact: true }).waitFor(WAIT);
  }
  await page.goBack();
  await count(page).waitFor(WAIT);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("nothing is installed before its signer is trusted", async (t) => {
  const found = published.find(({ name }) => !present.includes(name));
  if (found === undefined) return t.skip("everything that is published is installed");
  const { context, page, go } = await open(browser);
  // A signer whom nobody trusts yet, whoever it is here.
  await page.route("**/api/marketplace/plan", async (route) => {
    const response = await route.fetch();
    await route.fulfill({
      response,
      json: { ...(await response.json()), trusted: false, signerChanged: true, older: true, previous: "9.0.0" },
    });
  });
  await go(`/marketplace/?package=${encodeURIComponent(found.name)}`);
  await page
    .getByRole("button", { name: /^Install/ })
    .first()
    .click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Somebody else signed this than what is installed now.").waitFor(WAIT);
  await dialog.getByText("Version 9.0.0 is installed, which is newer.").waitFor(WAIT);
  const install = dialog.getByRole("button", { name: "Install" });
  assert.equal(await install.isEnabled(), false);
  await dialog.getByLabel(/^I trust the key/).check();
  assert.equal(await install.isEnabled(), true);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.ok(!(await installed()).includes(found.name));
  await context.close();
});

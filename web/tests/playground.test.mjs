// The playground against a running server: what must be refused is refused in the page's own words, what hangs is killed,
// and the page goes on. Components that misbehave come from COMPONENTS, the folder of those that were built for tests.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch, open } from "./lib/browser.mjs";
import { packages } from "./lib/registry.mjs";

const FOLDER = process.env.COMPONENTS ?? fileURLToPath(new URL("../../target/components/", import.meta.url));
const WAIT = { timeout: 30_000 };

let browser;
let published;
before(async () => {
  browser = await launch();
  published = await packages();
});
after(() => browser.close());

async function playground(address = "", options = {}) {
  const opened = await open(browser, options);
  await opened.go(`/playground/${address}`);
  await opened.page.getByRole("heading", { level: 1, name: "Playground" }).waitFor();
  return opened;
}

/** Gives a file to the page, as a person would who chooses it. */
async function choose(page, name, folder = FOLDER) {
  const file = `${folder}${name}.wasm`;
  assert.ok(existsSync(file), `${file} is not built: run \`cargo xtask components\``);
  const buffer = readFileSync(file);
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Choose a .wasm file" }).click();
  await (await chooser).setFiles({ name: `${name.replace(/.*\//, "")}.wasm`, mimeType: "application/wasm", buffer });
}

const says = (page, words) => page.getByText(words).filter({ visible: true }).first().waitFor(WAIT);

for (const [name, words] of [
  ["hostile/endless-loop", "The component was killed: it did not end within 1000 ms."],
  ["hostile/widget-endless-loop", "The component was killed: it did not end within 1000 ms."],
  ["hostile/trap", "The component broke:"],
  ["hostile/memory-hog", "The component broke:"],
  ["hostile/deep-recursion", "The component broke:"],
  ["hostile/declines", "The component declines (unsupported):"],
  ["hostile/wasi-import", "The component imports"],
  ["hostile/widget-cycle", "which does not come after it; a view is a tree, without cycles"],
  ["hostile/widget-many-nodes", /The view is not drawn: the view has \d+ nodes, and at most 2000 are allowed/],
  ["hostile/widget-huge-text", /bytes in one text, and at most 2000 are allowed|hands over more than/],
  ["hostile/widget-million-nodes", /The component broke|The component was killed|nodes, and at most/],
  ["hostile/analyzer-foreign-evidence", "which it did not ask for"],
]) {
  test(`${name} is refused, and the page goes on`, async () => {
    const { context, page, wrong } = await playground();
    await choose(page, name);
    await says(page, words);
    // The page still answers: another component runs.
    await choose(page, "eliminate-dead");
    await says(page, /^(An empty patch|\d+ nodes become \d+)/);
    assert.deepEqual(wrong, []);
    await context.close();
  });
}

test("a component that loops does not hold up the page", async () => {
  const { context, page, wrong } = await playground();
  await page.getByLabel("Kill it after").selectOption("5000");
  await choose(page, "hostile/endless-loop");
  await page.getByRole("timer").waitFor(WAIT);
  await page.getByRole("button", { name: "Light", exact: true }).filter({ visible: true }).click();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "light");
  assert.ok(await page.getByRole("timer").isVisible(), "it still runs while the page answers");
  await says(page, "The component was killed: it did not end within 5000 ms.");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a name that would become script is refused", async () => {
  const { context, page, wrong } = await playground();
  // Its core module imports `a',x:(self.postMessage(…),1),'b`: unquoted, that would be an output nobody computed.
  await choose(page, "script-in-a-name", fileURLToPath(new URL("./fixtures/", import.meta.url)));
  await says(page, "The component has a name that no compiler of plugins gives");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a file that is no component is told what it is", async () => {
  const { context, page } = await playground();
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Choose a .wasm file" }).click();
  await (
    await chooser
  ).setFiles({ name: "a.wasm", mimeType: "application/wasm", buffer: Buffer.from("PK\u0003\u0004") });
  await says(page, "This is a zip archive, not a WebAssembly component.");
  await context.close();
});

test("a published component is verified and runs, and a link brings it back", async (t) => {
  const found = published.find(({ kind }) => kind === "widget");
  if (found === undefined) return t.skip("no widget is published here");
  const { context, page, wrong, go } = await playground(`?package=${encodeURIComponent(found.name)}`);
  await says(page, "Signature checked here");
  await page.getByRole("region", { name: `What ${found.name} shows` }).waitFor(WAIT);
  await page.getByLabel("Data").selectOption("live");
  await page.getByRole("button", { name: "Share as a link" }).click();
  await page.waitForFunction(() => location.hash.length > 20);
  const link = new URL(page.url());
  await go("/plugins/");
  await go(link.pathname + link.hash);
  await page.getByRole("region", { name: `What ${found.name} shows` }).waitFor(WAIT);
  assert.equal(await page.getByLabel("Data").inputValue(), "live");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("data can be written, and what is wrong with it is said", async (t) => {
  const found = published.find(({ kind }) => kind === "widget");
  if (found === undefined) return t.skip("no widget is published here");
  const { context, page, wrong } = await playground(`?package=${encodeURIComponent(found.name)}`);
  await page.getByRole("region", { name: `What ${found.name} shows` }).waitFor(WAIT);
  await page.getByText("The data as JSON").click();
  const editor = page.getByLabel("Frames, in the order of the queries");
  const good = await editor.inputValue();
  await editor.fill("[");
  await says(page, "This is not JSON");
  await editor.fill('[{ "metric": "m", "unit": "furlongs" }]');
  await says(page, /\[0\]\.unit: /);
  await editor.fill(good);
  await page.getByRole("region", { name: `What ${found.name} shows` }).waitFor(WAIT);
  assert.ok(await editor.isVisible(), "the editor stays open");
  assert.equal(await page.getByLabel("Data").inputValue(), "edited");
  await page.getByRole("button", { name: "Share as a link" }).click();
  await says(page, /The link is copied|stands in the address bar|is the most that programs can be trusted with/);
  assert.deepEqual(wrong, []);
  await context.close();
});

for (const [what, route, words] of [
  [
    "tampered bytes",
    { url: "**/component", body: async (answer) => flip(await answer.body()) },
    /the file was altered or damaged, so fetch it again/,
  ],
  ["a stripped bundle", { url: "**/bundle", status: 404 }, "has no signature; ask its publisher for the bundle"],
  [
    "an altered bundle",
    { url: "**/bundle", body: async (answer) => (await answer.text()).replace(/"sig":"(.)/, '"sig":"M$1') },
    /does not have the form of a sigstore bundle|the bundle was altered or forged/,
  ],
]) {
  test(`${what} of a published component do not run`, async (t) => {
    const found = published[0];
    if (found === undefined) return t.skip("nothing is published here");
    const { context, page } = await open(browser);
    await page.route(route.url, async (asked) => {
      const answer = await asked.fetch();
      if (route.status !== undefined)
        return asked.fulfill({ status: route.status, json: { error: { message: "gone" } } });
      await asked.fulfill({ response: answer, body: await route.body(answer) });
    });
    await page.goto(`${process.env.BASE_URL}/playground/?package=${encodeURIComponent(found.name)}`);
    await says(page, "was not run: nobody vouches for these bytes");
    await says(page, words);
    assert.equal(await page.getByRole("button", { name: "Run", exact: true }).isEnabled(), false);
    await context.close();
  });
}

function flip(bytes) {
  const changed = Buffer.from(bytes);
  changed[changed.length >> 1] ^= 1;
  return changed;
}

test("everything can be done with the keyboard", async (t) => {
  const found = published.find(({ kind }) => kind === "widget");
  if (found === undefined) return t.skip("no widget is published here");
  const { context, page, wrong } = await playground();
  const picker = page.getByLabel("From the marketplace");
  await page.waitForFunction(() => document.querySelectorAll("optgroup option").length > 0);
  await picker.focus();
  await page.keyboard.type(found.name);
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: `What ${found.name} shows` }).waitFor(WAIT);
  const reached = new Set();
  await picker.focus();
  for (let step = 0; step < 60 && !reached.has("JSON"); step += 1) {
    await page.keyboard.press("Tab");
    reached.add(
      await page.evaluate(
        () => document.activeElement?.textContent?.trim() || document.activeElement?.getAttribute("aria-label") || "",
      ),
    );
  }
  for (const name of ["Choose a .wasm file", "Run", "JSON"]) assert.ok(reached.has(name), `${name} takes the focus`);
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: "The output as JSON" }).waitFor(WAIT);
  assert.deepEqual(wrong, []);
  await context.close();
});

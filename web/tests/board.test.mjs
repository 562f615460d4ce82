// The board against a running server: added to, arranged with the keyboard and announced, configured, kept, and taken
// back when somebody else was faster. The board is put back as it was.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open } from "./lib/browser.mjs";
import { BASE_URL } from "./lib/server.mjs";

const WAIT = { timeout: 20_000 };

let browser;
let widget;
let original;
before(async () => {
  browser = await launch();
  [widget] = await get("/api/widgets");
  original = (await get("/api/board")).items;
});
after(async () => {
  await keep(original);
  await browser.close();
});

async function get(path) {
  const answer = await fetch(BASE_URL + path);
  return answer.ok ? answer.json() : [];
}

/** Keeps another board, as somebody else would. */
async function keep(items) {
  const { revision } = await get("/api/board");
  const body = JSON.stringify({ revision, items });
  const answer = await fetch(`${BASE_URL}/api/board`, {
    method: "PUT",
    body,
    headers: { "content-type": "application/json" },
  });
  assert.ok(answer.ok, await answer.text());
}

async function board(items) {
  await keep(items);
  const opened = await open(browser, { width: 1440 });
  await opened.go("/board/");
  await opened.page.getByRole("heading", { level: 1, name: "Board" }).waitFor();
  return { ...opened, label: widget.name.split("/")[1] };
}

/** Presses keys on buttons, each so many times, with nothing drawn in between. */
async function press(page, keys) {
  await page.evaluate((presses) => {
    for (const [name, key, times] of presses) {
      const button = document.querySelector(`[aria-label="${name}"]`);
      for (let n = 0; n < times; n += 1) button.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    }
  }, keys);
}

/** Waits until the server has what is expected. */
async function kept(expected) {
  let items;
  for (let round = 0; round < 40; round += 1) {
    ({ items } = await get("/api/board"));
    if (expected(items)) return items;
    await new Promise((done) => setTimeout(done, 100));
  }
  assert.fail(`the board is ${JSON.stringify(items)}`);
}

const tile = (place) => ({ id: "tile-1", widget: widget.name, x: 0, y: 0, w: 6, h: 7, settings: {}, ...place });
const skipped = (t) => widget === undefined && (t.skip("no widget is installed here"), true);

test("an empty board says what to do, and a widget can be added", async (t) => {
  if (skipped(t)) return;
  const { context, page, wrong, label } = await board([]);
  await page.getByText("Nothing is on the board yet").waitFor();
  await page.getByRole("button", { name: "Add the first one" }).press("Enter");
  await page.getByRole("button", { name: `Add ${widget.name}` }).press("Enter");
  await page.getByRole("region", { name: label, exact: true }).waitFor(WAIT);
  await kept((items) => items.length === 1 && items[0].widget === widget.name);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("arrow keys move and resize a tile, and say where it is", async (t) => {
  if (skipped(t)) return;
  const { context, page, wrong, label } = await board([tile({})]);
  await page.getByRole("button", { name: "Arrange" }).press("Enter");
  const move = page.getByRole("button", { name: `Move ${label}: arrow keys, or drag` });
  await move.press("ArrowRight");
  await page.getByText(`${label}: column 2, row 1, 6 columns wide, 7 rows high`).waitFor({ state: "attached" });
  await move.press("ArrowRight");
  await page.getByRole("button", { name: `Resize ${label}: arrow keys, or drag` }).press("ArrowDown");
  await kept(([item]) => item?.x === 2 && item.h === 8);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("keys that come faster than the page is drawn are all kept", async (t) => {
  if (skipped(t)) return;
  const { context, page, wrong, label } = await board([tile({})]);
  await page.getByRole("button", { name: "Arrange" }).click();
  await press(page, [
    [`Move ${label}: arrow keys, or drag`, "ArrowRight", 3],
    [`Resize ${label}: arrow keys, or drag`, "ArrowDown", 2],
  ]);
  await kept(([item]) => item?.x === 3 && item.h === 9);
  await page.getByText(`${label}: column 4, row 1, 6 columns wide, 9 rows high`).waitFor({ state: "attached" });
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a tile is dragged to another column", async (t) => {
  if (skipped(t)) return;
  const { context, page, wrong, label } = await board([tile({ w: 3 })]);
  await page.getByRole("button", { name: "Arrange" }).click();
  const box = await page.getByRole("button", { name: `Move ${label}: arrow keys, or drag` }).boundingBox();
  await page.mouse.move(box.x + 5, box.y + 5);
  await page.mouse.down();
  await page.mouse.move(box.x + 500, box.y + 5, { steps: 8 });
  await page.mouse.up();
  await kept(([item]) => item !== undefined && item.x >= 4);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a change is taken back when somebody else was faster, and their board is shown", async (t) => {
  if (skipped(t)) return;
  const { context, page, label } = await board([tile({})]);
  await page.getByRole("button", { name: "Arrange" }).click();
  await keep([tile({ w: 12 })]);
  await press(page, [[`Move ${label}: arrow keys, or drag`, "ArrowRight", 2]]);
  await page.getByText("Somebody else changed the board at the same time.").waitFor(WAIT);
  const [item] = (await get("/api/board")).items;
  assert.equal(item.w, 12);
  await context.close();
});

test("settings come from the widget's schema, and are kept", async (t) => {
  if (skipped(t)) return;
  const choice = Object.entries(widget.schema.properties ?? {}).find(([, property]) => property.enum?.length > 1);
  if (choice === undefined) return t.skip("the widget has no choice among its settings");
  const [name, property] = choice;
  const other = property.enum.find((word) => word !== property.default);
  const { context, page, wrong, label } = await board([tile({})]);
  await page.getByRole("button", { name: "Arrange" }).click();
  await page.getByRole("button", { name: `Configure ${label}` }).click();
  await page.getByRole("dialog").getByLabel(property.title).selectOption(other);
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await kept(([item]) => item?.settings?.[name] === other);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a tile that fails says so, and the one beside it goes on", async (t) => {
  if (skipped(t)) return;
  const odd = tile({ id: "odd", x: 6, settings: { "no-such-setting": true } });
  const { context, page } = await board([tile({}), odd]);
  const tiles = page.getByRole("region", { name: widget.name.split("/")[1], exact: true });
  await tiles.nth(1).getByText("no-such-setting").waitFor(WAIT);
  await page.waitForFunction(() => document.querySelectorAll("section .\\@container").length === 1, undefined, WAIT);
  await context.close();
});

test("what is not installed says so, and can be taken off", async (t) => {
  if (skipped(t)) return;
  const { context, page, wrong } = await board([tile({ widget: "nobody/nothing" })]);
  await page.getByText("is not installed, or switched off").waitFor(WAIT);
  await page.getByRole("button", { name: "Arrange" }).click();
  await page.getByRole("button", { name: "Take nothing off the board" }).click();
  await kept((items) => items.length === 0);
  assert.deepEqual(wrong, []);
  await context.close();
});

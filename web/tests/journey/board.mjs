// A step of the journey: puts a widget on the board, and waits until what it shows changes while the model works.
// node board.mjs PACKAGE, with BASE_URL and CHROMIUM.
import { launch, open } from "../lib/browser.mjs";
import { BASE_URL } from "../lib/server.mjs";
import { settled } from "../lib/pages.mjs";

const [name] = process.argv.slice(2);
const browser = await launch();
try {
  const { page, wrong, go } = await open(browser, { width: 1440 });
  await go("/board/");
  await settled(page, "Board");
  await page.getByRole("button", { name: "Add widget" }).click();
  await page.getByRole("button", { name: `Add ${name}` }).click();
  const tile = page.getByRole("region", { name: name.split("/")[1] });
  await tile.waitFor();
  await page.waitForFunction(
    (label) => {
      const shown = document.querySelector(`section[aria-label="${label}"] .\\@container`);
      return shown !== null && shown.textContent !== "";
    },
    name.split("/")[1],
    { timeout: 20_000 },
  );
  const before = await tile.innerText();
  await work();
  await page.waitForFunction(
    ([label, text]) => document.querySelector(`section[aria-label="${label}"]`)?.innerText !== text,
    [name.split("/")[1], before],
    { timeout: 20_000 },
  );
  const after = await tile.innerText();
  // What is kept is the server's: a fresh page shows it again.
  await page.reload();
  await tile.waitFor();
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
  console.log(JSON.stringify({ before, after }));
} finally {
  await browser.close();
}

/** Has the model say something, so that there is something to see. */
async function work() {
  const { data } = await (await fetch(`${BASE_URL}/v1/models`)).json();
  const answer = await fetch(`${BASE_URL}/v1/completions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ model: data[0].id, prompt: "Once upon a time", max_tokens: 200, temperature: 0 }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

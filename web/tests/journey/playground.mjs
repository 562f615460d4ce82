// A step of the journey: runs a published component in this browser, checks that it is the digest that was built, and
// that the server makes the same of the same bytes. node playground.mjs PACKAGE DIGEST, with BASE_URL and CHROMIUM.
import { launch, open } from "../lib/browser.mjs";

const [name, digest] = process.argv.slice(2);
const WAIT = { timeout: 30_000 };
const browser = await launch();
try {
  const { page, wrong, go } = await open(browser, { width: 1440 });
  await go(`/playground/?package=${encodeURIComponent(name)}`);
  const says = (words) => page.getByText(words).filter({ visible: true }).first().waitFor(WAIT);
  await says("Signature checked here");
  await page.getByRole("region", { name: `What ${name} shows` }).waitFor(WAIT);
  const shown = await page.getByText(digest.replace("sha256:", "")).first().innerText(WAIT);
  if (!shown.includes(digest.replace("sha256:", ""))) throw new Error(`the page shows ${shown}, not ${digest}`);
  await page.getByRole("button", { name: "Run on the server too" }).click();
  await says("Both made the same output of the same bytes.");
  await says(digest);
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
  const timings = await page.getByText(/ms there, .* ms here/).innerText();
  console.log(JSON.stringify({ timings }));
} finally {
  await browser.close();
}

// The overview lives: values come every second, and come again after the network was lost.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open } from "./lib/browser.mjs";
import { settled } from "./lib/pages.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

test("values come every second", async () => {
  const { context, page, wrong, go } = await open(browser);
  let snapshots = 0;
  page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => {
      if (String(payload).startsWith('42["snapshot"')) snapshots += 1;
    }),
  );
  await go("/");
  await settled(page, "Overview");
  await page.getByText("Live", { exact: true }).filter({ visible: true }).waitFor();
  await page.getByText(/^Up .* threads · /).waitFor();
  const before = snapshots;
  await page.waitForTimeout(5_000);
  assert.ok(snapshots - before >= 4, `${snapshots - before} snapshots in 5 seconds`);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("it says when the network is lost, and is live again when it is back", async () => {
  const { context, page, go } = await open(browser);
  // Sockets that are open do not feel the browser's own switch, so this one is cut by hand.
  const sockets = [];
  await page.routeWebSocket(/socket\.io/, (socket) => {
    const server = socket.connectToServer();
    sockets.push({ close: () => Promise.all([socket.close(), server.close()]) });
  });
  await go("/");
  const word = (text) => page.getByText(text, { exact: true }).filter({ visible: true }).waitFor({ timeout: 20_000 });
  await word("Live");
  await context.setOffline(true);
  await Promise.all(sockets.map((socket) => socket.close()));
  await word("Offline");
  await page.getByText("The server does not answer.").waitFor();
  await context.setOffline(false);
  await word("Live");
  await context.close();
});

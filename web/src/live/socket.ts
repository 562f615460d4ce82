// The one socket of the page. It is opened once, reconnects by itself, and tells the store what it hears.
import { io, type Socket } from "socket.io-client";
import type { Snapshot, ViewErrorMessage, ViewMessage, WatchedWidget } from "@/api/types";
import { backfill } from "./backfill";
import { useLive } from "./store";

interface ServerToClient {
  snapshot: (snapshot: Snapshot) => void;
  view: (message: ViewMessage) => void;
  viewError: (message: ViewErrorMessage) => void;
}

interface ClientToServer {
  watch: (message: { widgets: WatchedWidget[] }) => void;
}

let opened: Socket<ServerToClient, ClientToServer> | null = null;

/** Opens the socket, unless it is open. It stays open as long as the page. */
export function connect(): void {
  if (opened !== null) return;
  const live = useLive.getState();
  const socket: Socket<ServerToClient, ClientToServer> = io({
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 5_000,
  });
  opened = socket;

  socket.on("connect", () => {
    live.happened("connected", Date.now());
    const { watched } = useLive.getState();
    if (watched.length > 0) socket.emit("watch", { widgets: watched });
    // Without the past the page still works: lines begin now.
    backfill().then(live.filled, () => undefined);
  });
  socket.on("disconnect", (reason) => {
    live.happened("lost", Date.now());
    // A server that says goodbye is shutting down: without this the library would not try again.
    if (reason === "io server disconnect") setTimeout(() => socket.connect(), 1_000);
  });
  socket.on("connect_error", () => live.happened(navigator.onLine ? "refused" : "no-network", Date.now()));
  socket.on("snapshot", (snapshot) => live.heard(snapshot, Date.now()));
  socket.on("view", ({ id, view }) => live.drawn(id, view));
  socket.on("viewError", ({ id, code, message }) => {
    const ids = id === undefined || id === null ? useLive.getState().watched.map((widget) => widget.id) : [id];
    for (const each of ids) live.failed(each, { code, message });
  });
  window.addEventListener("online", () => socket.connect());
  setInterval(() => live.happened("tick", Date.now()), 1_000);

  useLive.subscribe((state, before) => {
    if (state.watched !== before.watched && socket.connected) socket.emit("watch", { widgets: state.watched });
  });
}

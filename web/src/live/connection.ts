// The state of the connection, as people are told of it. Pure: what happened becomes what is shown.

export type Connection =
  /** Before the first answer. */
  | { state: "connecting" }
  /** Connected, and snapshots arrive. */
  | { state: "live" }
  /** It was lost a short while ago, and is tried again. */
  | { state: "reconnecting"; since: number }
  /** It has been lost for long, or the browser has no network. It is still tried again. */
  | { state: "offline"; since: number };

export type ConnectionEvent = "connected" | "lost" | "refused" | "no-network" | "tick";

/** After so long without a connection it is called offline. */
const PATIENCE = 10_000;

export function next(connection: Connection, event: ConnectionEvent, now: number): Connection {
  if (event === "connected") return { state: "live" };
  const since = "since" in connection ? connection.since : now;
  if (event === "no-network") return { state: "offline", since };
  switch (connection.state) {
    case "live":
      return event === "lost" ? { state: "reconnecting", since: now } : connection;
    case "connecting":
      return event === "tick" ? connection : { state: "reconnecting", since: now };
    case "reconnecting":
      return now - since >= PATIENCE ? { state: "offline", since } : connection;
    case "offline":
      return connection;
  }
}

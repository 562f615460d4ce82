// The conversation, as long as the page is open: it stays when one looks at another page meanwhile.
import { create } from "zustand";
import { ask, type Said } from "./ask";
import { load, sampling, save, type Settings } from "./settings";
import { Stopwatch, type Speed } from "./speed";

export type Turn =
  { by: "user"; text: string } | { by: "model"; model: string; text: string; speed: Speed; ended: Ended };

/** How an answer ended, or that it has not. */
export type Ended =
  { as: "growing" } | { as: "done"; reason: string } | { as: "stopped" } | { as: "failed"; message: string };

interface ChatState {
  turns: Turn[];
  settings: Settings;
  /** Present while an answer grows. */
  running: AbortController | null;
  set: (settings: Settings) => void;
  send: (model: string, text: string) => Promise<void>;
  /** Asks again for the last answer. */
  again: (model: string) => Promise<void>;
  stop: () => void;
  clear: () => void;
}

export const useChat = create<ChatState>((set, get) => ({
  turns: [],
  settings: load(),
  running: null,

  set: (settings) => {
    save(settings);
    set({ settings });
  },
  send: async (model, text) => {
    if (get().running !== null) return;
    set(({ turns }) => ({ turns: [...turns, { by: "user", text }] }));
    await answer(model);
  },
  again: async (model) => {
    if (get().running !== null) return;
    set(({ turns }) => ({ turns: turns.at(-1)?.by === "model" ? turns.slice(0, -1) : turns }));
    await answer(model);
  },
  stop: () => get().running?.abort(),
  clear: () => {
    get().running?.abort();
    set({ turns: [] });
  },
}));

async function answer(model: string): Promise<void> {
  const { turns, settings } = useChat.getState();
  const running = new AbortController();
  const watch = new Stopwatch(performance.now());
  let text = "";
  let ended: Ended = { as: "growing" };
  const show = () => useChat.setState({ turns: [...turns, { by: "model", model, text, speed: watch.read(), ended }] });
  useChat.setState({ running });
  show();
  try {
    const question = { model, messages: messagesOf(turns, settings.system), sampling: sampling(settings) };
    for await (const told of ask({ ...question, signal: running.signal })) {
      if (told.is === "usage") watch.count(told.tokens);
      if (told.is === "end") ended = { as: "done", reason: told.reason };
      if (told.is === "text") {
        watch.piece(performance.now());
        text += told.text;
      }
      // Cleared meanwhile: what still comes belongs to nothing.
      if (running.signal.aborted) break;
      show();
    }
    if (ended.as === "growing") ended = running.signal.aborted ? { as: "stopped" } : broken();
  } catch (error) {
    ended = running.signal.aborted ? { as: "stopped" } : { as: "failed", message: messageOf(error) };
  }
  const cleared = useChat.getState().turns.length === 0;
  useChat.setState({ running: null });
  if (!cleared) show();
}

function broken(): Ended {
  return { as: "failed", message: "The stream ended before the answer did." };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What is sent: the system's words, and every turn that says something. */
export function messagesOf(turns: readonly Turn[], system: string): Said[] {
  const said = turns.map<Said>((turn) => ({ role: turn.by === "user" ? "user" : "assistant", content: turn.text }));
  const words = system.trim() === "" ? said : [{ role: "system" as const, content: system }, ...said];
  return words.filter(({ content }) => content !== "");
}

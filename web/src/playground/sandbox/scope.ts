// The worker's side of a worker, typed by what it hears and says. The page's types are loaded everywhere else, and they
// do not have it.

export interface Scope<Heard, Said> {
  listen: (listener: (message: Heard) => void) => void;
  say: (message: Said) => void;
}

interface WorkerGlobal {
  addEventListener: (type: "message", listener: (event: MessageEvent) => void) => void;
  postMessage: (message: unknown) => void;
}

export function scope<Heard, Said>(): Scope<Heard, Said> {
  const global = globalThis as unknown as WorkerGlobal;
  const post = global.postMessage.bind(global);
  return {
    listen: (listener) => global.addEventListener("message", (event) => listener(event.data as Heard)),
    say: (message) => post(message),
  };
}

// A text that this browser keeps, as an external store for `useSyncExternalStore`. Without storage it lives as long as
// the page.

export interface Stored {
  get: () => string;
  set: (value: string) => void;
  subscribe: (listener: () => void) => () => void;
}

export function stored(key: string, initial: string): Stored {
  const listeners = new Set<() => void>();
  let value: string | null = null;
  return {
    get: () => (value ??= read(key) ?? initial),
    set: (changed) => {
      value = changed;
      write(key, changed);
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage is full or forbidden: the value holds until the page is left.
  }
}

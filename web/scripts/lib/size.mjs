// How much script the first load of the overview may take, compressed.

export const LIMIT = 300_000;

export const shown = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

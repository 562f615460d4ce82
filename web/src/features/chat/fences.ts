// Splits an answer into words and code between fences. Nothing else of Markdown is read: what a model writes is shown.

export interface Piece {
  is: "words" | "code";
  text: string;
  /** What stands behind the opening fence. */
  language?: string;
}

export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  // An open fence at the end is code that still grows.
  const fence = /^```([^\n`]*)\n([\s\S]*?)(?:\n```[ \t]*(?:\n|$)|$(?![\s\S]))/gm;
  let last = 0;
  for (const match of text.matchAll(fence)) {
    words(text.slice(last, match.index), found);
    found.push({ is: "code", text: match[2] ?? "", language: (match[1] ?? "").trim() });
    last = match.index + match[0].length;
  }
  words(text.slice(last), found);
  return found;
}

function words(text: string, found: Piece[]): void {
  if (text.trim() !== "") found.push({ is: "words", text: text.replace(/^\n+|\n+$/g, "") });
}

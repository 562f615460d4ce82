"use client";
// Copies a text, and says that it did.
import { useState } from "react";
import { Button } from "./button";

export function CopyButton({ text, what }: { text: string; what: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setDone(true);
      setTimeout(() => setDone(false), 1_500);
    } catch {
      // Without a secure context there is no clipboard: the text can still be selected.
    }
  };
  return (
    <>
      <Button
        kind="quiet"
        size="small"
        icon={done ? "check" : "copy"}
        label={`Copy the ${what}`}
        onClick={() => void copy()}
      />
      <span role="status" className="sr-only">
        {done ? `The ${what} was copied` : ""}
      </span>
    </>
  );
}

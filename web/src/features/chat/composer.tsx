"use client";
// Where one writes: Enter sends, Shift+Enter makes a new line, Escape or the button stops an answer.
import { useRef, useState } from "react";
import type { ModelDetail } from "@/api/types";
import { Button } from "@/components/ui/button";
import { useChat } from "./store";

export function Composer({ model }: { model: ModelDetail }) {
  const [text, setText] = useState("");
  const running = useChat((state) => state.running !== null);
  const send = useChat((state) => state.send);
  const stop = useChat((state) => state.stop);
  const field = useRef<HTMLTextAreaElement>(null);
  const ready = !running && text.trim() !== "";
  const submit = () => {
    if (!ready) return;
    setText("");
    void send(model.id, text.trim());
    field.current?.focus();
  };
  return (
    <form
      className="border-t border-line p-3 sm:px-6"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className="mx-auto flex max-w-4xl items-end gap-2">
        <textarea
          ref={field}
          rows={Math.min(8, Math.max(2, text.split("\n").length))}
          value={text}
          aria-label="Your message"
          aria-describedby="composer-keys"
          placeholder={`Message ${model.id}`}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape" && running) stop();
            if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            submit();
          }}
          className="min-w-0 grow resize-none rounded-md border border-line-strong bg-sunken px-3 py-2 text-base text-ink placeholder:text-ink-3"
        />
        {running ? (
          <Button icon="stop" onClick={stop}>
            Stop
          </Button>
        ) : (
          <Button kind="primary" type="submit" icon="send" disabled={!ready}>
            Send
          </Button>
        )}
      </div>
      <p id="composer-keys" className="mx-auto mt-1.5 max-w-4xl text-2xs text-ink-3">
        Enter sends, Shift + Enter makes a new line, Esc stops.
      </p>
    </form>
  );
}

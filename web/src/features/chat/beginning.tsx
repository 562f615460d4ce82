"use client";
// A chat that has not begun: what to try first.
import type { ModelDetail } from "@/api/types";
import { EmptyState } from "@/components/ui/states";
import { useChat } from "./store";

const FIRST = [
  "What is a key/value cache, in two sentences?",
  "Write a haiku about a slow network.",
  "List three uses of WebAssembly outside of browsers.",
];

export function Beginning({ model }: { model: ModelDetail }) {
  const send = useChat((state) => state.send);
  return (
    <EmptyState title={`Say something to ${model.id}`} icon="chat">
      <p>
        Answers come as they are generated. Below each you see how long the first token took and how fast the others
        came, by this browser&rsquo;s clock.
      </p>
      {!model.chatTemplate && (
        <p className="text-warn">This model has no chat template: it was not trained to answer questions.</p>
      )}
      <ul aria-label="For example" className="flex flex-wrap gap-2">
        {FIRST.map((words) => (
          <li key={words}>
            <button
              type="button"
              onClick={() => void send(model.id, words)}
              className="rounded-md border border-line-strong bg-sunken px-2.5 py-1.5 text-left text-ink hover:border-accent"
            >
              {words}
            </button>
          </li>
        ))}
      </ul>
    </EmptyState>
  );
}

"use client";
// What was said. It follows the answer as it grows, unless somebody scrolled up to read.
import { useEffect, useRef } from "react";
import type { ModelDetail } from "@/api/types";
import { Answer } from "./answer";
import { Beginning } from "./beginning";
import { useChat } from "./store";

/** So near to the end it is followed. */
const NEAR = 80;

export function Conversation({ model }: { model: ModelDetail }) {
  const turns = useChat((state) => state.turns);
  const box = useRef<HTMLDivElement>(null);
  const follow = useRef(true);
  useEffect(() => {
    const element = box.current;
    if (element !== null && follow.current) element.scrollTop = element.scrollHeight;
  }, [turns]);
  return (
    <div
      ref={box}
      role="region"
      aria-label="What was said"
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
        follow.current = scrollHeight - scrollTop - clientHeight < NEAR;
      }}
      className="min-h-0 grow overflow-y-auto px-4 py-4 sm:px-6"
    >
      {turns.length === 0 ? (
        <Beginning model={model} />
      ) : (
        <ol className="mx-auto flex max-w-4xl flex-col gap-5">
          {turns.map((turn, index) => (
            <li key={index}>
              {turn.by === "user" ? (
                <div className="ml-auto w-fit max-w-[85%] rounded-lg border border-line bg-raised px-3.5 py-2.5">
                  <h2 className="sr-only">You</h2>
                  <p className="text-base whitespace-pre-wrap text-ink [overflow-wrap:anywhere]">{turn.text}</p>
                </div>
              ) : (
                <Answer turn={turn} last={index === turns.length - 1} model={model.id} />
              )}
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

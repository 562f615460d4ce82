"use client";
// One answer: its words and code, how it ended, and how fast it came.
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Icon } from "@/components/ui/icon";
import { pieces } from "./fences";
import { SpeedLine } from "./speed-line";
import { useChat, type Ended, type Turn } from "./store";

interface Props {
  turn: Extract<Turn, { by: "model" }>;
  /** Only the last answer can be asked for again. */
  last: boolean;
  model: string;
}

export function Answer({ turn, last, model }: Props) {
  const again = useChat((state) => state.again);
  const growing = turn.ended.as === "growing";
  return (
    <article aria-busy={growing} className="flex flex-col gap-2">
      <h2 className="text-xs font-medium text-ink-3">{turn.model}</h2>
      <div className="flex flex-col gap-2.5 text-base leading-relaxed text-ink">
        {pieces(turn.text).map((piece, index) =>
          piece.is === "code" ? (
            <div key={index} className="overflow-hidden rounded-md border border-line bg-sunken">
              <div className="flex h-8 items-center justify-between border-b border-line pr-0.5 pl-3 text-xs text-ink-3">
                {piece.language || "code"}
                <CopyButton text={piece.text} what="code" />
              </div>
              <div role="region" aria-label="Code" tabIndex={0} className="overflow-x-auto p-3">
                <pre className="text-sm">{piece.text}</pre>
              </div>
            </div>
          ) : (
            <p key={index} className="whitespace-pre-wrap [overflow-wrap:anywhere]">
              {piece.text}
            </p>
          ),
        )}
        {growing && turn.text === "" && <p className="text-sm text-ink-3">Reading the prompt…</p>}
      </div>
      <HowItEnded ended={turn.ended} />
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <SpeedLine speed={turn.speed} growing={growing} />
        {!growing && turn.text !== "" && <CopyButton text={turn.text} what="answer" />}
        {!growing && last && (
          <Button kind="quiet" size="small" icon="refresh" onClick={() => void again(model)}>
            Ask again
          </Button>
        )}
      </div>
      <p role="status" className="sr-only">
        {growing ? "The model answers" : `The answer is complete, ${turn.speed.tokens} tokens`}
      </p>
    </article>
  );
}

function HowItEnded({ ended }: { ended: Ended }) {
  const words = wordsOf(ended);
  if (words === null) return null;
  const failed = ended.as === "failed";
  return (
    <p
      role={failed ? "alert" : undefined}
      className={`flex items-start gap-1.5 text-sm ${failed ? "text-bad" : "text-ink-2"}`}
    >
      <Icon name={failed ? "warning" : "info"} className="mt-0.5 size-3.5" />
      {words}
    </p>
  );
}

function wordsOf(ended: Ended): string | null {
  switch (ended.as) {
    case "growing":
      return null;
    case "stopped":
      return "You stopped it here.";
    case "failed":
      return ended.message;
    case "done":
      return ended.reason === "length"
        ? "Cut off: the most tokens that were allowed, or the context, are used up."
        : null;
  }
}

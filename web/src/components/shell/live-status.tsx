"use client";
// Whether what is shown is live, in a word and a sign of its own shape.
import { Icon, type IconName } from "@/components/ui/icon";
import { span } from "@/format/time";
import { cx } from "@/lib/cx";
import { useNow } from "@/lib/use-now";
import { useLive } from "@/live";

/** A connection that brings nothing for so long is not called live. */
const SILENCE = 5_000;

interface Told {
  word: string;
  detail: string;
  icon: IconName;
  tone: string;
}

export function LiveStatus() {
  const { word, detail, icon, tone } = useTold();
  return (
    <p role="status" title={detail} className="flex h-7 items-center gap-1.5 px-1.5 text-xs text-ink-2">
      <Icon name={icon} className={cx("size-3.5", tone)} />
      <span className={cx("font-medium", tone)}>{word}</span>
      <span className="sr-only">{detail}</span>
    </p>
  );
}

function useTold(): Told {
  const connection = useLive((state) => state.connection);
  const heardAt = useLive((state) => state.heardAt);
  const now = useNow();
  const silent = now - heardAt;
  switch (connection.state) {
    case "connecting":
      return { word: "Connecting", detail: "Asking the server for live values", icon: "refresh", tone: "text-ink-3" };
    case "live":
      return heardAt > 0 && silent > SILENCE
        ? {
            word: "Silent",
            detail: `Connected, but without a value for ${rough(silent)}`,
            icon: "warning",
            tone: "text-warn",
          }
        : { word: "Live", detail: "Values arrive every second", icon: "pulse", tone: "text-good" };
    case "reconnecting":
      return {
        word: "Reconnecting",
        detail: "The connection was lost and is tried again",
        icon: "refresh",
        tone: "text-warn",
      };
    case "offline":
      return {
        word: "Offline",
        detail: "The server does not answer; it is tried again",
        icon: "cross",
        tone: "text-bad",
      };
  }
}

/** In steps of ten seconds: a screen reader is told of changes, and there should be few. */
function rough(ms: number): string {
  return span(Math.max(5, Math.floor(ms / 10_000) * 10));
}

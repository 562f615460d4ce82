// One pass of the report: its verdict with the reason, how far its result was from the reference, and what it took.
import type { ReactNode } from "react";
import type { PassReport } from "@/api/types";
import { Badge, type Tone } from "@/components/ui/badge";
import type { IconName } from "@/components/ui/icon";
import { significant } from "@/format/number";
import { cx } from "@/lib/cx";

const VERDICTS: Record<PassReport["verdict"], { tone: Tone; icon: IconName; word: string }> = {
  accepted: { tone: "good", icon: "check", word: "Accepted, faster" },
  "accepted-not-worth-it": { tone: "neutral", icon: "check", word: "Accepted, no gain beyond noise" },
  unchanged: { tone: "neutral", icon: "dash", word: "Nothing to do" },
  refused: { tone: "bad", icon: "cross", word: "Refused" },
};

export function PassItem({ pass }: { pass: PassReport }) {
  const { tone, icon, word } = VERDICTS[pass.verdict];
  const { timing, validation, reason } = pass;
  return (
    <li className="flex flex-col gap-2 border-b border-line px-3.5 py-3 last:border-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <p className="text-ink">
          <span className="font-medium">{pass.name}</span> <span className="text-ink-2">{pass.version}</span>
        </p>
        <Badge tone={tone} icon={icon}>
          {word}
        </Badge>
        <p className="text-xs text-ink-3" title={pass.digest}>
          signed by {pass.signer} · <code>{pass.digest.slice(0, 19)}…</code>
        </p>
      </div>
      {reason !== undefined && reason !== null && <p className="text-ink-2 [overflow-wrap:anywhere]">{reason}</p>}
      <dl className="grid grid-cols-1 gap-x-8 gap-y-1.5 text-xs sm:grid-cols-2 xl:grid-cols-4">
        <Fact name="Ops">
          {pass.nodesBefore === pass.nodesAfter
            ? `${pass.nodesBefore}, as before`
            : `${pass.nodesBefore} → ${pass.nodesAfter}`}
        </Fact>
        {timing !== undefined && timing !== null && (
          <>
            <Fact name="Decode, one token">
              <Change before={timing.decodeBeforeMs} after={timing.decodeAfterMs} spread={timing.spread} />
            </Fact>
            <Fact name="A short prompt">
              <Change before={timing.prefillBeforeMs} after={timing.prefillAfterMs} spread={timing.spread} />
            </Fact>
          </>
        )}
        {validation !== undefined && validation !== null && (
          <Fact name="Against the reference">
            {validation.probes !== undefined && validation.probes !== null
              ? `${validation.probes} probes agree; largest deviation ${exact(validation.relativeDeviation)} of a row's size`
              : `differs by ${exact(validation.relativeDeviation)} of a row's size at ${validation.place}; up to ${exact(validation.tolerance)} is rounding`}
          </Fact>
        )}
      </dl>
    </li>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-ink-3">{name}</dt>
      <dd className="text-ink">{children}</dd>
    </div>
  );
}

/** Two medians and what lies between them. Within the spread a difference means nothing, and looks so. */
function Change({ before, after, spread }: { before: number; after: number; spread: number }) {
  const part = after / before - 1;
  const clear = Math.abs(part) > spread;
  const tone = !clear ? "text-ink-3" : part < 0 ? "text-good" : "text-bad";
  return (
    <>
      {significant(before)} → {significant(after)} ms{" "}
      <span className={cx("whitespace-nowrap", tone)}>
        {part < 0 ? "−" : "+"}
        {significant(Math.abs(part) * 100)} % (spread {significant(spread * 100)} %)
      </span>
    </>
  );
}

function exact(value: number): string {
  return value === 0 ? "0" : significant(value);
}

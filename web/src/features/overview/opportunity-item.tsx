"use client";
// One finding: how urgent, in one line; opened, why one should believe it, what to do, and how to tell if it helped.
import type { FoundOpportunity, Opportunity } from "@/api/types";
import { Badge, type Tone } from "@/components/ui/badge";
import { Icon, type IconName } from "@/components/ui/icon";
import { significant } from "@/format/number";
import { text } from "@/format/quantity";
import { ago, span } from "@/format/time";
import { useNow } from "@/lib/use-now";

const SEVERITIES: Record<Opportunity["severity"], { tone: Tone; icon: IconName; word: string }> = {
  high: { tone: "bad", icon: "warning", word: "High" },
  medium: { tone: "warn", icon: "warning", word: "Medium" },
  low: { tone: "neutral", icon: "bulb", word: "Low" },
  info: { tone: "neutral", icon: "info", word: "Info" },
};

export function OpportunityItem({ found }: { found: FoundOpportunity }) {
  const { analyzer, firstSeen, opportunity } = found;
  const { tone, icon, word } = SEVERITIES[opportunity.severity];
  const now = useNow();
  return (
    <li className="border-b border-line last:border-0">
      <details className="group">
        <summary className="flex cursor-pointer list-none items-start gap-2.5 px-3.5 py-2.5 hover:bg-raised">
          <span className="mt-px w-18 shrink-0">
            <Badge tone={tone} icon={icon}>
              {word}
            </Badge>
          </span>
          <span className="min-w-0 grow">
            <span className="block text-ink">{opportunity.title}</span>
            <span className="text-xs text-ink-3">
              {analyzer} · first seen {ago(firstSeen, now)}
            </span>
          </span>
          <Icon name="chevron" className="mt-0.5 text-ink-3 group-open:rotate-180" />
        </summary>
        <div className="flex flex-col gap-3 px-3.5 pb-3.5 sm:pl-24">
          <div>
            <h3 className="text-xs font-semibold text-ink-2">Evidence</h3>
            <ul className="mt-1 flex flex-col gap-1">
              {opportunity.evidence.map((piece, index) => (
                <li key={index} className="text-ink-2">
                  <span className="font-medium whitespace-nowrap text-ink">{text(piece.value, piece.unit)}</span>:{" "}
                  {piece.statement} <code className="text-xs text-ink-3 [overflow-wrap:anywhere]">{piece.metric}</code>
                </li>
              ))}
            </ul>
          </div>
          <div>
            <h3 className="text-xs font-semibold text-ink-2">What to do</h3>
            <Action action={opportunity.action} />
          </div>
          <div>
            <h3 className="text-xs font-semibold text-ink-2">How to tell whether it was right</h3>
            <p className="mt-1 text-ink-2">{prediction(opportunity)}</p>
          </div>
        </div>
      </details>
    </li>
  );
}

function Action({ action }: { action: Opportunity["action"] }) {
  if (action.tag === "investigate") return <p className="mt-1 text-ink-2">{action.val}</p>;
  const { key, value, current } = action.val;
  return (
    <p className="mt-1 text-ink-2">
      Set <code className="text-ink">{key}</code> to <code className="text-ink">{value}</code> (now{" "}
      <code>{current}</code>) and start the server again.
    </p>
  );
}

function prediction({ prediction: { metric, direction, atLeast, withinSeconds } }: Opportunity): string {
  const way = direction === "increase" ? "rises" : "falls";
  return `${metric} ${way} by at least ${significant(atLeast * 100)} % within ${span(withinSeconds)}. If it does not, the finding was wrong.`;
}

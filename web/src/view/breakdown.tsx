// Parts of a whole: one bar, and a legend with every part's value and share. Bar and legend carry the same numbers.
import type { Breakdown as BreakdownNode } from "@/api/types";
import { ProvenanceMark } from "@/components/ui/provenance";
import { significant } from "@/format/number";
import { text } from "@/format/quantity";
import { seriesColour } from "./colour";

export function Breakdown({ description, unit, provenance, parts }: BreakdownNode) {
  const total = parts.reduce((sum, part) => sum + part.value, 0);
  const share = (value: number) => (total > 0 ? value / total : 0);
  return (
    <figure className="flex min-w-0 flex-col gap-2">
      <figcaption className="flex items-center gap-1.5 text-xs text-ink-2">
        {description}
        <ProvenanceMark provenance={provenance} />
      </figcaption>
      {total > 0 && (
        <div aria-hidden="true" className="flex h-6 gap-px overflow-hidden rounded-sm">
          {parts.map((part, index) =>
            part.value > 0 ? (
              <div
                key={index}
                title={`${part.name}: ${text(part.value, unit)}`}
                className="flex min-w-0.5 items-center justify-center overflow-hidden text-2xs font-semibold text-ground"
                style={{ flexGrow: part.value, flexBasis: 0, background: seriesColour(index) }}
              >
                {share(part.value) > 0.05 ? index + 1 : null}
              </div>
            ) : null,
          )}
        </div>
      )}
      <ol className="grid grid-cols-[repeat(auto-fill,minmax(13rem,1fr))] gap-x-5 text-xs">
        {parts.map((part, index) => (
          <li key={index} className="flex items-baseline gap-2 border-b border-line py-1">
            <span
              aria-hidden="true"
              className="flex h-4 w-5 shrink-0 items-center justify-center self-center rounded-sm text-2xs font-semibold text-ground"
              style={{ background: seriesColour(index) }}
            >
              {index + 1}
            </span>
            <span className="min-w-0 grow truncate text-ink" title={part.name}>
              {part.name}
            </span>
            <span className="whitespace-nowrap text-ink-2">{text(part.value, unit)}</span>
            <span className="w-12 text-right whitespace-nowrap text-ink-3">
              {significant(share(part.value) * 100)} %
            </span>
          </li>
        ))}
      </ol>
      {parts.length === 0 && <p className="text-sm text-ink-3">No parts.</p>}
    </figure>
  );
}

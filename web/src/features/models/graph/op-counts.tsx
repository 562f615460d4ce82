// How many ops of each kind a graph has before and after: the same difference in figures.
import type { Graph } from "@/api/types";
import { cx } from "@/lib/cx";

export function OpCounts({ before, after }: { before: Graph; after: Graph }) {
  const counts = [count(before), count(after)] as const;
  const kinds = [...new Set([...counts[0].keys(), ...counts[1].keys()])].sort();
  return (
    <table className="w-full text-sm">
      <caption className="sr-only">Ops by kind, before and after optimization</caption>
      <thead>
        <tr className="border-b border-line-strong text-xs text-ink-2">
          <th scope="col" className="py-1 text-left font-medium">
            Op
          </th>
          <th scope="col" className="py-1 text-right font-medium">
            Before
          </th>
          <th scope="col" className="py-1 text-right font-medium">
            After
          </th>
          <th scope="col" className="py-1 text-right font-medium">
            Change
          </th>
        </tr>
      </thead>
      <tbody>
        {kinds.map((kind) => {
          const [from, to] = [counts[0].get(kind) ?? 0, counts[1].get(kind) ?? 0];
          return (
            <tr key={kind} className="border-b border-line last:border-0">
              <th scope="row" className="py-1 text-left font-normal text-ink">
                {kind}
              </th>
              <td className="py-1 text-right text-ink-2">{from}</td>
              <td className="py-1 text-right text-ink-2">{to}</td>
              <td className={cx("py-1 text-right", from === to ? "text-ink-3" : "font-medium text-ink")}>
                {from === to ? "same" : signed(to - from)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function count(graph: Graph): Map<string, number> {
  const found = new Map<string, number>();
  for (const { op } of graph.nodes) found.set(op.tag, (found.get(op.tag) ?? 0) + 1);
  return found;
}

function signed(change: number): string {
  return change > 0 ? `+${change}` : `−${-change}`;
}

// Rows and columns. Numbers stand at the right, in the unit of their column.
import type { Cell, Table as TableNode, Unit } from "@/api/types";
import { text } from "@/format/quantity";
import { cx } from "@/lib/cx";

export function Table({ caption, columns, rows }: TableNode) {
  const numeric = columns.map((_, column) => rows.some((row) => row[column]?.tag === "number"));
  return (
    <div role="region" aria-label={caption} tabIndex={0} className="min-w-0 shrink-0 overflow-x-auto">
      <table className="w-full border-collapse text-sm">
        <caption className="pb-1.5 text-left text-xs text-ink-3">{caption}</caption>
        <thead>
          <tr className="border-b border-line-strong">
            {columns.map((column, index) => (
              <th
                key={index}
                scope="col"
                className={cx(
                  "px-2 py-1 text-xs font-medium text-ink-2 first:pl-0 last:pr-0",
                  numeric[index] ? "text-right" : "text-left",
                )}
              >
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index} className="border-b border-line last:border-0">
              {row.map((cell, column) => (
                <td
                  key={column}
                  className={cx(
                    "px-2 py-1 first:pl-0 last:pr-0",
                    numeric[column] ? "text-right whitespace-nowrap" : "text-left",
                  )}
                >
                  {content(cell, columns[column]?.unit ?? "none")}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function content(cell: Cell, unit: Unit): string {
  switch (cell.tag) {
    case "empty":
      return "";
    case "text":
      return cell.val;
    case "number":
      return text(cell.val, unit);
  }
}

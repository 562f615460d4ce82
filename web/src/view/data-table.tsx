// The table behind a drawing. Long ones show their beginning and say how much is left out.
interface Props {
  caption: string;
  head: string[];
  rows: string[][];
}

const SHOWN = 200;

export function DataTable({ caption, head, rows }: Props) {
  return (
    <div
      role="region"
      aria-label={caption}
      tabIndex={0}
      className="max-h-64 min-h-0 overflow-auto rounded-md border border-line"
    >
      <table className="w-full text-xs">
        <caption className="sr-only">{caption}</caption>
        <thead className="sticky top-0 bg-raised text-ink-2">
          <tr>
            {head.map((title, index) => (
              <th key={index} scope="col" className="px-2 py-1 text-right font-medium first:text-left">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, SHOWN).map((row, index) => (
            <tr key={index} className="border-t border-line">
              {row.map((cell, column) => (
                <td key={column} className="px-2 py-0.5 text-right whitespace-nowrap first:text-left">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > SHOWN && (
        <p className="border-t border-line px-2 py-1 text-xs text-ink-3">
          {SHOWN} of {rows.length} rows
        </p>
      )}
    </div>
  );
}

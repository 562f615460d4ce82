// The switch between a drawing and its data as a table.
import { Icon } from "@/components/ui/icon";

interface Props {
  on: boolean;
  onChange: (on: boolean) => void;
  /** What the drawing shows, for the name of the switch. */
  what: string;
}

export function AsTable({ on, onChange, what }: Props) {
  const label = `${on ? "Draw" : "Show as a table"}: ${what}`;
  return (
    <button
      type="button"
      aria-label={label}
      title={on ? "Draw" : "Show as a table"}
      onClick={() => onChange(!on)}
      className="-my-0.5 rounded-sm p-1 text-ink-3 hover:bg-raised hover:text-ink"
    >
      <Icon name={on ? "pulse" : "table"} className="size-3.5" />
    </button>
  );
}

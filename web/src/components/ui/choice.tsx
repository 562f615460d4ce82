// One of a few: a group of buttons of which one is pressed.
import { cx } from "@/lib/cx";

interface Props<T extends string> {
  label: string;
  options: { value: T; name: string }[];
  value: T;
  onChange: (value: T) => void;
}

export function Choice<T extends string>({ label, options, value, onChange }: Props<T>) {
  return (
    <div
      role="group"
      aria-label={label}
      className="flex flex-wrap gap-0.5 rounded-md border border-line bg-sunken p-0.5"
    >
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className={cx(
            "h-7 rounded-sm px-2.5 text-xs",
            option.value === value
              ? "bg-raised font-medium text-ink outline outline-line-strong"
              : "text-ink-2 hover:text-ink",
          )}
        >
          {option.name}
        </button>
      ))}
    </div>
  );
}

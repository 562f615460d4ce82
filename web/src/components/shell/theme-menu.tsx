"use client";
// The choice of theme, as a group of three buttons of which one is pressed.
import { Icon } from "@/components/ui/icon";
import { cx } from "@/lib/cx";
import { THEMES, THEME_NAMES, useTheme } from "@/lib/theme";

const SHORT = { dark: "Dark", light: "Light", "high-contrast": "Contrast" } as const;

export function ThemeMenu() {
  const theme = useTheme((state) => state.theme);
  const choose = useTheme((state) => state.choose);
  return (
    <div
      role="group"
      aria-label="Theme"
      className="flex items-center gap-0.5 rounded-md border border-line bg-sunken p-0.5"
    >
      <Icon name="theme" className="mx-1 size-3.5 text-ink-3" />
      {THEMES.map((option) => (
        <button
          key={option}
          type="button"
          aria-pressed={option === theme}
          aria-label={THEME_NAMES[option]}
          onClick={() => choose(option)}
          className={cx(
            "grow rounded-sm px-1 py-1 text-2xs",
            option === theme
              ? "bg-raised font-medium text-ink outline outline-line-strong"
              : "text-ink-2 hover:text-ink",
          )}
        >
          {SHORT[option]}
        </button>
      ))}
    </div>
  );
}

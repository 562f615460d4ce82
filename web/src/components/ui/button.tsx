// Buttons, in three weights and two sizes. A button without words needs `label`.
import type { ButtonHTMLAttributes, ReactNode } from "react";
import { cx } from "@/lib/cx";
import { Icon, type IconName } from "./icon";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: "plain" | "primary" | "danger" | "quiet";
  size?: "small" | "medium";
  icon?: IconName | undefined;
  /** The name of a button that shows an icon only; also its tooltip. */
  label?: string | undefined;
  children?: ReactNode;
}

const KINDS = {
  plain: "border-line-strong bg-raised text-ink hover:border-ink-3 hover:bg-line",
  primary: "border-accent bg-accent text-on-accent hover:brightness-110",
  danger: "border-bad bg-bad-soft text-bad hover:bg-bad hover:text-ground",
  quiet: "border-transparent text-ink-2 hover:bg-raised hover:text-ink",
};

export function Button({ kind = "plain", size = "medium", icon, label, children, className, type, ...rest }: Props) {
  const worded = children !== undefined && children !== null;
  return (
    <button
      {...rest}
      type={type ?? "button"}
      aria-label={label ?? rest["aria-label"]}
      title={label}
      className={cx(
        "inline-flex items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap transition-colors",
        "disabled:cursor-not-allowed disabled:border-line disabled:bg-transparent disabled:text-ink-3",
        size === "small" ? "h-7 text-xs" : "h-8 text-sm",
        worded ? (size === "small" ? "px-2" : "px-3") : size === "small" ? "w-7" : "w-8",
        KINDS[kind],
        className,
      )}
    >
      {icon !== undefined && <Icon name={icon} className="size-3.5" />}
      {children}
    </button>
  );
}

// Words, as they are: nothing in them is markup.
import type { Text as TextNode } from "@/api/types";
import { TONE_ICON, TONE_TEXT } from "@/components/ui/badge";
import { Icon } from "@/components/ui/icon";
import { cx } from "@/lib/cx";

export function Text({ text, style, tone }: TextNode) {
  const icon = TONE_ICON[tone];
  const sign = icon !== undefined && <Icon name={icon} className="mr-1 inline size-3.5 align-[-0.15em]" />;
  const colour = tone === "neutral" ? undefined : TONE_TEXT[tone];
  const words = "whitespace-pre-wrap [overflow-wrap:anywhere]";
  switch (style) {
    case "heading":
      return (
        <h3 className={cx("text-sm font-semibold", words, colour ?? "text-ink")}>
          {sign}
          {text}
        </h3>
      );
    case "caption":
      return (
        <p className={cx("text-xs", words, colour ?? "text-ink-3")}>
          {sign}
          {text}
        </p>
      );
    case "code":
      return (
        <pre className={cx("rounded-md border border-line bg-sunken p-2.5 text-xs", words, colour ?? "text-ink")}>
          {text}
        </pre>
      );
    case "body":
      return (
        <p className={cx("text-sm", words, colour ?? "text-ink-2")}>
          {sign}
          {text}
        </p>
      );
  }
}

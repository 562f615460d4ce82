// What a plugin's signature asks for, and which of it the operator granted.
import { Icon } from "@/components/ui/icon";
import { cx } from "@/lib/cx";

export function Grants({ requested, granted }: { requested: string[]; granted: string[] }) {
  if (requested.length === 0) {
    return (
      <p className="border-t border-line px-3.5 py-2 text-xs text-ink-3">
        Asks for nothing: it sees only what it is given.
      </p>
    );
  }
  const allowed = new Set(granted);
  const missing = requested.some((capability) => !allowed.has(capability));
  return (
    <div className="flex flex-col gap-1.5 border-t border-line px-3.5 py-2 text-xs">
      <ul aria-label="Capabilities" className="flex flex-wrap gap-x-4 gap-y-1">
        {requested.map((capability) => {
          const has = allowed.has(capability);
          return (
            <li key={capability} className="flex min-w-0 items-center gap-1.5">
              <Icon name={has ? "check" : "cross"} className={cx("size-3", has ? "text-good" : "text-warn")} />
              <code className="text-ink [overflow-wrap:anywhere]">{capability}</code>
              <span className={has ? "sr-only" : "whitespace-nowrap text-warn"}>{has ? "granted" : "not granted"}</span>
            </li>
          );
        })}
      </ul>
      {missing && (
        <p className="text-ink-3">
          A package gets what you grant when you install it. For a folder of your own, write{" "}
          <code>[passes] grants = [&quot;metrics&quot;, &quot;log&quot;]</code> into <code>config.toml</code>.
        </p>
      )}
    </div>
  );
}

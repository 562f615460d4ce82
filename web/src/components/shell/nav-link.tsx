"use client";
// A link to a page. It loads the page's code when somebody is about to go there, not before: the first load stays small.
import Link from "next/link";
import { useRouter } from "next/navigation";
import { Icon } from "@/components/ui/icon";
import { cx } from "@/lib/cx";
import type { Page } from "./nav";

export function NavLink({ page, current, onGo }: { page: Page; current: boolean; onGo?: (() => void) | undefined }) {
  const router = useRouter();
  const prepare = () => router.prefetch(page.href);
  return (
    <Link
      href={page.href}
      prefetch={false}
      onMouseEnter={prepare}
      onFocus={prepare}
      onClick={onGo}
      aria-current={current ? "page" : undefined}
      className={cx(
        "group flex h-8 items-center gap-2.5 rounded-md border-l-2 px-2.5 text-sm",
        current
          ? "border-accent bg-raised font-medium text-ink"
          : "border-transparent text-ink-2 hover:bg-raised hover:text-ink",
      )}
    >
      <Icon name={page.icon} className={current ? "text-accent" : "text-ink-3 group-hover:text-ink-2"} />
      <span className="grow">{page.name}</span>
      <kbd
        aria-hidden="true"
        className="hidden text-2xs text-ink-3 lg:group-hover:inline lg:group-focus-visible:inline"
      >
        g {page.key}
      </kbd>
    </Link>
  );
}

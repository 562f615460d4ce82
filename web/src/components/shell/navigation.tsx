"use client";
// All pages in their groups: in the rail, and in the menu of narrow screens.
import { usePathname } from "next/navigation";
import { GROUPS, isCurrent } from "./nav";
import { NavLink } from "./nav-link";

export function Navigation({ onGo }: { onGo?: () => void }) {
  const path = usePathname();
  return (
    <nav aria-label="Pages" className="flex flex-col gap-5">
      {GROUPS.map((group) => (
        <div key={group.name} className="flex flex-col gap-0.5">
          <p className="px-3 pb-1 text-2xs font-medium tracking-wide text-ink-3 uppercase">{group.name}</p>
          <ul className="flex flex-col gap-0.5">
            {group.pages.map((page) => (
              <li key={page.href}>
                <NavLink page={page} current={isCurrent(page, path)} onGo={onGo} />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

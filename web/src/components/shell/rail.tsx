"use client";
// The rail of wide screens: the mark, the pages, and the instruments that concern every page.
import Link from "next/link";
import { Mark } from "./brand";
import { Navigation } from "./navigation";
import { ThemeMenu } from "./theme-menu";

export function Rail() {
  return (
    <div className="fixed inset-y-0 left-0 z-20 hidden w-52 flex-col gap-6 overflow-y-auto border-r border-line bg-panel px-2.5 py-4 lg:flex">
      <Link href="/" prefetch={false} className="flex items-center gap-2.5 rounded-md px-2 text-ink">
        <Mark className="size-6" />
        <span className="text-lg font-semibold tracking-tight">Inferno</span>
      </Link>
      <Navigation />
      <div className="mt-auto flex flex-col gap-2">
        <ThemeMenu />
      </div>
    </div>
  );
}

"use client";
// The rail of wide screens: the mark, the pages, and the instruments that concern every page.
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { system } from "@/api/queries";
import { Button } from "@/components/ui/button";
import { Mark } from "./brand";
import { useHelp } from "./help";
import { LiveStatus } from "./live-status";
import { Navigation } from "./navigation";
import { ThemeMenu } from "./theme-menu";

export function Rail() {
  const { data } = useQuery(system);
  const show = useHelp((state) => state.show);
  return (
    <header className="fixed inset-y-0 left-0 z-20 hidden w-52 flex-col gap-6 overflow-y-auto border-r border-line bg-panel px-2.5 py-4 lg:flex">
      <Link href="/" prefetch={false} className="flex items-center gap-2.5 rounded-md px-2 text-ink">
        <Mark className="size-6" />
        <span className="text-lg font-semibold tracking-tight">Inferno</span>
        {data !== undefined && <span className="mt-0.5 text-2xs text-ink-3">{data.version}</span>}
      </Link>
      <Navigation />
      <div className="mt-auto flex flex-col gap-2">
        <div className="flex items-center justify-between">
          <LiveStatus />
          <Button kind="quiet" size="small" icon="help" label="Keyboard shortcuts" onClick={() => show(true)} />
        </div>
        <ThemeMenu />
      </div>
    </header>
  );
}

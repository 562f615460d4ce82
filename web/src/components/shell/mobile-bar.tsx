"use client";
// The top bar of narrow screens: the mark, and a drawer with the pages.
import Link from "next/link";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Mark } from "./brand";
import { LiveStatus } from "./live-status";
import { Navigation } from "./navigation";
import { ThemeMenu } from "./theme-menu";

export function MobileBar() {
  const [open, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <header className="sticky top-0 z-20 flex h-12 items-center gap-2 border-b border-line bg-panel px-3 lg:hidden">
      <Link href="/" prefetch={false} className="flex items-center gap-2 rounded-md font-semibold text-ink">
        <Mark className="size-5" />
        Inferno
      </Link>
      <div className="ml-auto flex items-center gap-1">
        <LiveStatus />
        <Button kind="quiet" icon="menu" aria-haspopup="dialog" onClick={() => setOpen(true)}>
          Menu
        </Button>
      </div>
      <Dialog open={open} onClose={close} title="Pages" place="drawer">
        <div className="flex flex-col gap-5">
          <Navigation onGo={close} />
          <ThemeMenu />
        </div>
      </Dialog>
    </header>
  );
}

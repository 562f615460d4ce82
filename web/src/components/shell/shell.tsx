"use client";
// The frame around every page: skip link, rail or top bar, and the place where the page goes.
import type { ReactNode } from "react";
import { Banners } from "./banners";
import { Help } from "./help";
import { MobileBar } from "./mobile-bar";
import { Rail } from "./rail";

export function Shell({ children }: { children: ReactNode }) {
  return (
    <>
      <a
        href="#main"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-accent px-3 py-2 font-medium text-on-accent focus:translate-y-0"
      >
        Skip to the page
      </a>
      <Rail />
      <MobileBar />
      <Help />
      <main id="main" tabIndex={-1} className="min-w-0 outline-none lg:pl-52">
        <Banners />
        <div className="mx-auto flex max-w-[150rem] flex-col gap-4 p-3 pb-16 sm:p-5 3xl:p-6">{children}</div>
      </main>
    </>
  );
}

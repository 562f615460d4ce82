"use client";
// Listens for shortcuts, unless somebody types, a modifier is held, a dialog is open, or they are switched off.
import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { THEMES, useTheme } from "@/lib/theme";
import { commandOf, isTyping, WAIT_MS } from "./shortcuts";

export function useShortcuts(enabled: boolean, onHelp: () => void): void {
  const router = useRouter();
  useEffect(() => {
    if (!enabled) return;
    let before: { key: string; at: number } | null = null;
    const listen = (event: KeyboardEvent) => {
      const busy = event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented;
      if (busy || isTyping(event.target) || document.querySelector("[role='dialog']") !== null) return;
      const fresh = before !== null && event.timeStamp - before.at < WAIT_MS ? before.key : null;
      const command = commandOf(event.key, fresh);
      before = command === "wait" ? { key: event.key, at: event.timeStamp } : null;
      if (command === null || command === "wait") return;
      event.preventDefault();
      if (command.do === "go") router.push(command.href);
      if (command.do === "help") onHelp();
      if (command.do === "theme") nextTheme();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [enabled, onHelp, router]);
}

function nextTheme(): void {
  const { theme, choose } = useTheme.getState();
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  if (next !== undefined) choose(next);
}

"use client";
// The shortcuts and the dialog that lists them. They can be switched off, for those whose speech input types letters.
import { useCallback, useSyncExternalStore } from "react";
import { create } from "zustand";
import { Dialog } from "@/components/ui/dialog";
import { Checkbox } from "@/components/ui/field";
import { Kbd } from "@/components/ui/kbd";
import { stored } from "@/lib/stored";
import { PAGES } from "./nav";
import { useShortcuts } from "./use-shortcuts";

const setting = stored("inferno.shortcuts", "on");

export const useHelp = create<{ open: boolean; show: (open: boolean) => void }>((set) => ({
  open: false,
  show: (open) => set({ open }),
}));

export function Help() {
  const { open, show } = useHelp();
  const enabled = useSyncExternalStore(setting.subscribe, setting.get, () => "on") === "on";
  useShortcuts(
    enabled,
    useCallback(() => show(true), [show]),
  );
  return (
    <Dialog open={open} onClose={() => show(false)} title="Keyboard">
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-1.5">
        {PAGES.map((page) => (
          <Row key={page.href} keys={["g", page.key]} what={page.name} />
        ))}
        <Row keys={["t"]} what="Next theme" />
        <Row keys={["?"]} what="This list" />
        <Row keys={["Tab"]} what="Next control; every control can be reached" />
        <Row keys={["Esc"]} what="Close a dialog" />
      </dl>
      <div className="mt-4 border-t border-line pt-3">
        <Checkbox
          label="Shortcuts of single letters"
          hint="Off: letters do nothing outside of fields. Kept in this browser."
          checked={enabled}
          onChange={(event) => setting.set(event.target.checked ? "on" : "off")}
        />
      </div>
    </Dialog>
  );
}

function Row({ keys, what }: { keys: string[]; what: string }) {
  return (
    <>
      <dt className="flex gap-1">
        {keys.map((key) => (
          <Kbd key={key}>{key}</Kbd>
        ))}
      </dt>
      <dd className="text-ink-2">{what}</dd>
    </>
  );
}

"use client";
// A component as a file of this computer: chosen, or dropped anywhere on the page. It stays in the browser.
import { useId, useRef, useState, type DragEvent, type ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { usePlayground } from "./store";

export function FilePicker() {
  const chooseFile = usePlayground((state) => state.chooseFile);
  const input = useRef<HTMLInputElement>(null);
  const hint = useId();
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
      <Button size="small" icon="up" aria-describedby={hint} onClick={() => input.current?.click()}>
        Choose a .wasm file
      </Button>
      <p id={hint} className="text-xs text-ink-3">
        or drop one anywhere on this page. It does not leave this browser.
      </p>
      <input
        ref={input}
        type="file"
        accept=".wasm,application/wasm"
        aria-label="A component as a .wasm file"
        tabIndex={-1}
        className="sr-only"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file !== undefined) void chooseFile(file);
          // The same file can be chosen again after it was built again.
          event.target.value = "";
        }}
      />
    </div>
  );
}

export function DropAnywhere({ children }: { children: ReactNode }) {
  const chooseFile = usePlayground((state) => state.chooseFile);
  const [over, setOver] = useState(false);
  const holdsFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");
  return (
    // Dropping has an equal that everybody can use: the button that chooses a file.
    <div
      className="relative flex flex-col gap-4"
      onDragOver={(event) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={(event) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        setOver(false);
        const file = event.dataTransfer.files[0];
        if (file !== undefined) void chooseFile(file);
      }}
    >
      {children}
      {over && (
        <div
          aria-hidden="true"
          className="pointer-events-none absolute -inset-1.5 z-20 flex items-start justify-center rounded-lg border-2 border-dashed border-accent bg-ground/80 pt-24 text-lg font-medium text-accent"
        >
          Drop the component here
        </div>
      )}
    </div>
  );
}
